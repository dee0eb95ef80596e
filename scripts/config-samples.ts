/**
 * Writes `config/` but for `scenarios/`: a CredentialProviderConfig for each cloud, for all of them, and for each upstream provider's name. The
 * patterns are the registries' own, so that a sample never knows more or fewer hosts than the program.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { families } from "../src/registries/index.ts";
import type { FamilyName } from "../src/registries/registry.ts";

const FOLDER = new URL("../config/", import.meta.url);

interface Sample {
  readonly path: string;
  /** First lines of its comment. */
  readonly says: readonly string[];
  readonly provider: string;
  readonly families: readonly FamilyName[];
  readonly args?: readonly string[];
  /** What else may be set, as comment lines under the provider. */
  readonly choices?: readonly string[];
}

const PROGRAM = "registry-credential-provider";

const AWS_CHOICES = [
  "# Only where the node's identity is not its instance role (IAM Roles Anywhere, a profile, another cloud):",
  "# env:",
  "#   - name: AWS_CONFIG_FILE",
  "#     value: /etc/registry-credential-provider/aws-config",
  "#   - name: AWS_PROFILE",
  "#     value: registry",
];
const AZURE_CHOICES = [
  "# Only where the node has several managed identities, or a service principal. Its identity fields are read:",
  "# args:",
  "#   - /etc/kubernetes/azure.json",
];

export const SAMPLES: readonly Sample[] = [
  {
    path: "aws.yaml",
    says: ["Images of Amazon ECR and ECR Public, with the node's AWS identity."],
    provider: PROGRAM,
    families: ["ecr", "ecr-public"],
    choices: AWS_CHOICES,
  },
  {
    path: "google.yaml",
    says: ["Images of Artifact Registry and gcr.io, with the service account of the node's instance."],
    provider: PROGRAM,
    families: ["artifact-registry"],
  },
  {
    path: "azure.yaml",
    says: ["Images of Azure Container Registry, with the node's managed identity."],
    provider: PROGRAM,
    families: ["acr"],
    choices: AZURE_CHOICES,
  },
  {
    path: "all-clouds.yaml",
    says: [
      "Images of all four families. One file for every node: a registry of another cloud than the node's is answered with",
      "an error that says so, unless the provider is given credentials for it by its env or by azure.json.",
    ],
    provider: PROGRAM,
    families: ["ecr", "ecr-public", "artifact-registry", "acr"],
  },
  {
    path: "drop-in/ecr-credential-provider.yaml",
    says: ["In place of cloud-provider-aws's ecr-credential-provider, under its name."],
    provider: "ecr-credential-provider",
    families: ["ecr", "ecr-public"],
    args: ["get-credentials"],
  },
  {
    path: "drop-in/acr-credential-provider.yaml",
    says: [
      "In place of cloud-provider-azure's acr-credential-provider, under its name and with its argument.",
    ],
    provider: "acr-credential-provider",
    families: ["acr"],
    args: ["/etc/kubernetes/azure.json"],
  },
  {
    path: "drop-in/auth-provider-gcp.yaml",
    says: ["In place of cloud-provider-gcp's auth-provider-gcp, under its name and with its arguments."],
    provider: "auth-provider-gcp",
    families: ["artifact-registry"],
    args: ["get-credentials", "--v=3"],
  },
];

/** The file's text. */
export function sampleText(sample: Sample): string {
  return [...comment(sample).map((line) => `# ${line}`.trimEnd()), ...body(sample), ""].join("\n");
}

function comment({ says, provider }: Sample): readonly string[] {
  const link = `ln -s registry-credential-provider <bin dir>/${provider}`;
  return [
    ...says,
    "",
    `Executable  <bin dir>/${provider}, owned by root, mode 0755${provider === PROGRAM ? "" : "; a link will do:"}`,
    ...(provider === PROGRAM ? [] : [`            ${link}`]),
    "This file   wherever the second flag says, owned by root, mode 0644",
    "Kubelet     --image-credential-provider-bin-dir=<bin dir>",
    "            --image-credential-provider-config=<this file>",
    "",
    "The kubelet reads this file when it starts, and does not start where it finds a mistake in it. The README says where the",
    "distributions keep both. Written by scripts/config-samples.ts: a change here is undone by its next run.",
  ];
}

function body(sample: Sample): readonly string[] {
  const patterns = families
    .filter(({ name }) => sample.families.includes(name))
    .flatMap(({ matchImages }) => matchImages);
  return [
    "apiVersion: kubelet.config.k8s.io/v1",
    "kind: CredentialProviderConfig",
    "providers:",
    `  - name: ${sample.provider}`,
    "    apiVersion: credentialprovider.kubelet.k8s.io/v1",
    "    # Every answer says how long it holds; this is for none.",
    '    defaultCacheDuration: "0s"',
    ...(sample.args === undefined ? [] : ["    args:", ...sample.args.map((arg) => `      - ${quote(arg)}`)]),
    "    matchImages:",
    ...patterns.map((pattern) => `      - ${quote(pattern)}`),
    ...(sample.choices ?? []).map((line) => `    ${line}`),
  ];
}

function quote(text: string): string {
  return JSON.stringify(text);
}

/** Path under `config/` → text, of what is there now; what is in `scenarios/` is written by hand. */
export function committedSamples(): ReadonlyMap<string, string> {
  const paths = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter(
    (path) => path.endsWith(".yaml") && !path.startsWith("scenarios/"),
  );
  return new Map(paths.map((path) => [path, readFileSync(new URL(path, FOLDER), "utf8")]));
}

function writeSamples(): void {
  for (const path of committedSamples().keys()) rmSync(new URL(path, FOLDER));
  mkdirSync(new URL("drop-in/", FOLDER), { recursive: true });
  for (const sample of SAMPLES) writeFileSync(new URL(sample.path, FOLDER), sampleText(sample));
}

if (import.meta.main) writeSamples();
