/** No flag is taken as the value of another: a flag without a valid value ends the run. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { requestFor, run } from "./start.ts";

/** The policy refuses this image, so a run that returns a login has ignored the policy. */
const IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/secret/app";
const POLICY = `apiVersion: registry-credential-provider/v1
kind: Config
rules:
  - match: ["123456789012.dkr.ecr.us-east-1.amazonaws.com"]
    allow: { repositories: ["team"] }
`;
const CLUSTER = "https://container.googleapis.com/v1/projects/shop-1/locations/europe-west1/clusters/shop";

/** Configuration files of this program and of the kubelet, by file name. */
const CONFIG_FILES: Readonly<Record<string, string>> = {
  "policy.json": '{"apiVersion":"registry-credential-provider/v1","kind":"Config","rules":[]}',
  "escaped.json": '{"apiVersion":"registry-credential-provider\\/v1"}',
  "tag.yaml": "apiVersion: !!str registry-credential-provider/v1\n",
  "anchor.yaml": "apiVersion: &v registry-credential-provider/v1\n",
  "no-version.yaml": "kind: Config\n",
  "rules.yaml": "rules: []\n",
  "mirrors.yaml": "mirrors: []\n",
  "require-rule.yaml": "requireRule: true\n",
  "kubelet.yaml": "apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\nproviders: []\n",
};

let root = "";
before(async () => {
  root = await mkdtemp(join(tmpdir(), "arguments-"));
  await writeFile(join(root, "policy.yaml"), POLICY, { mode: 0o600 });
  const files = {
    ...CONFIG_FILES,
    "azure.json": '{"cloud":"AzurePublicCloud"}',
    "azure.yaml": "cloud: AzurePublicCloud\n",
    "large.json": `{"cloud":"AzurePublicCloud"}${" ".repeat(256 * 1024)}`,
    "broken.yaml": `${POLICY}rules: [\n`,
    "empty.json": "",
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(root, name), text, { mode: 0o600 });
});
after(() => rm(root, { recursive: true }));

/** Each flag that takes a value, with valid and invalid values. */
const VALUED: readonly {
  readonly flag: string;
  readonly good: string;
  readonly bad: string;
  /** Other arguments that the flag requires. */
  readonly also?: readonly string[];
}[] = [
  { flag: "-v", good: "0", bad: "two" },
  { flag: "--v", good: "2", bad: "two" },
  { flag: "--stderrthreshold", good: "2", bad: "loud" },
  {
    flag: "--vmodule",
    good: "aws=9",
    bad: "aws",
  },
  { flag: "--log-dir", good: "/var/log", bad: "logs" },
  { flag: "--log-file", good: "/var/log/x.log", bad: "x.log" },
  { flag: "--log-file-max-size", good: "1800", bad: "1GB" },
  { flag: "--log-backtrace-at", good: "main.go:12", bad: "main.go" },
  { flag: "--config", good: "{policy}", bad: "policy.yaml" },
  { flag: "--authFlow", good: "gcr", bad: "GCR" },
  { flag: "-a", good: "gcr", bad: "GCR" },
  { flag: "--project-id", good: "shop-1", bad: "A B", also: [`--identity-provider=${CLUSTER}`] },
  {
    flag: "--identity-provider",
    good: CLUSTER,
    bad: "https://other.example",
    also: ["--project-id=shop-1"],
  },
];

const BARE = [
  "--logtostderr",
  "--alsologtostderr",
  "--one-output",
  "--add-dir-header",
  "--skip-headers",
  "--skip-log-headers",
] as const;

const CONFIG = "--config={policy}";

const REFUSED: readonly (readonly string[])[] = [
  ...VALUED.flatMap(({ flag, bad, also = [] }) => [
    ...(flag === "--config" ? [] : [[...also, flag, CONFIG]]),
    [...also, CONFIG, flag],
    [flag, "--logtostderr", ...also, CONFIG],
    [`${flag}=`, ...also, CONFIG],
    [...also, flag, bad, ...(flag === "--config" ? [] : [CONFIG])],
  ]),
  ...BARE.flatMap((flag) => ["", "maybe"].map((value) => [`${flag}=${value}`, CONFIG])),
  ["--log_dir", CONFIG],
  ["--log_backtrace_at", CONFIG],
  ["get-credentials", "--help", CONFIG],
  ["--version", CONFIG],
  // Configuration files in place of azure.json, which only logins to ACR use.
  ["{policy}"],
  ["get-credentials", "{policy}"],
  ["{root}/policy.json"],
  ["{policy}", CONFIG],
  ...Object.keys(CONFIG_FILES).map((name) => [`{root}/${name}`]),
  ["policy.yaml"],
  ["{root}/no such.yaml"],
  ["{root}/policy.yaml:"],
  [CONFIG, CONFIG],
  [CONFIG, "--config", "{policy}"],
  [CONFIG, "--authFlow=gcr", "--authFlow=gcr"],
  [CONFIG, "--authFlow=gcr", "-a", "gcr"],
  [CONFIG, `--identity-provider=${CLUSTER}`, "--project-id=shop-1", "--project-id=shop-2"],
  [CONFIG, `--identity-provider=${CLUSTER}`, `--identity-provider=${CLUSTER}`, "--project-id=shop-1"],
];

/** Words that are meant as `--config`. */
const MISSPELT: readonly string[] = [
  "config={policy}",
  "conf:{policy}",
  "config:{policy}",
  "--conf={policy}",
  "\u2014config={policy}",
  "\u2013-config={policy}",
  "-\u2011config={policy}",
  "\u2011\u2011config={policy}",
  "\u200b--config={policy}",
  " --config={policy}",
  "\t--config={policy}",
  "\ufeff--config={policy}",
];

/** Words that name no usable azure.json, with the error's code. */
const UNUSABLE: readonly (readonly [word: string, code: string])[] = [
  ["{root}/missing.json", "azure-config-unreadable"],
  ["{root}", "azure-config-unreadable"],
  ["{root}/large.json", "azure-config-unreadable"],
  ["{root}/broken.yaml", "azure-config-malformed"],
  ["{root}/empty.json", "azure-config-malformed"],
];

/** The policy is read. */
const ACCEPTED: readonly (readonly string[])[] = [
  ...VALUED.filter(({ flag }) => flag !== "--config").flatMap(({ flag, good, also = [] }) => [
    [flag, good, ...also, CONFIG],
    [`${flag}=${good}`, ...also, CONFIG],
  ]),
  ...BARE.flatMap((flag) => [
    [flag, CONFIG],
    [`${flag}=true`, CONFIG],
  ]),
  ["--config", "{policy}"],
  ["-v2", CONFIG],
  ["-v2", "-v=4", "--v=3", CONFIG],
  ["--log_dir", "/var/log", CONFIG],
  ["{root}/azure.json", CONFIG],
  ["{root}/azure.yaml", CONFIG],
];

async function runWithArguments(
  args: readonly string[],
): Promise<readonly [number | null, string, string | undefined]> {
  const filled = args.map((word) =>
    word.replaceAll("{policy}", "{root}/policy.yaml").replaceAll("{root}", root),
  );
  const { status, stdout, stderr } = await run({ args: filled, stdin: requestFor(IMAGE) });
  return [status, stdout, /\[code ([a-z-]+),/.exec(stderr)?.[1]];
}

describe("arguments", { concurrency: 4 }, () => {
  for (const args of REFUSED)
    test(`${JSON.stringify(args)} are refused`, async () => {
      assert.deepEqual(await runWithArguments(args), [2, "", "argument-invalid"]);
    });
  for (const word of MISSPELT)
    test(`${JSON.stringify(word)} is refused as an unknown flag`, async () => {
      assert.deepEqual(await runWithArguments([word]), [2, "", "argument-unknown"]);
    });
  for (const [word, code] of UNUSABLE)
    test(`${word} is refused as azure.json for the image of another cloud`, async () => {
      assert.deepEqual(await runWithArguments([word, CONFIG]), [2, "", code]);
    });
  for (const args of ACCEPTED)
    test(`the policy is read with ${JSON.stringify(args)}`, async () => {
      assert.deepEqual(await runWithArguments(args), [1, "", "repository-not-allowed"]);
    });
});
