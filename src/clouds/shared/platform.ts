import type { World } from "../../core/world.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import { readChoice } from "../../formats/choices.ts";

/** `none`: DMI tells, and it is no cloud of ours. `unknown`: DMI cannot be read (a container, another system). */
export type Platform = "aws" | "google" | "azure" | "none" | "unknown";
export type Cloud = "aws" | "google" | "azure";

const PLATFORMS = ["aws", "google", "azure", "none"] as const;
const CLOUD_DISPLAY_NAMES: Readonly<Record<Cloud, string>> = {
  aws: "AWS",
  google: "Google Cloud",
  azure: "Azure",
};
/** How a node that is not of the cloud can have an identity there. */
const ALTERNATIVES: Readonly<Record<Cloud, string>> = {
  aws: "give it AWS credentials in the provider's env: keys, AWS_PROFILE, or AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN",
  google:
    "let a rule of the configuration file name google.workloadIdentityProvider with a subjectToken, or google.credentialsFile",
  azure:
    "name an application of Entra in a rule of the configuration file (with subjectToken, a secret or a certificate), or an azure.json with a service principal in the provider's args",
};

interface DmiFingerprint {
  readonly platform: Cloud;
  readonly file: string;
  readonly text: RegExp;
}

/**
 * What the firmware says of itself, in files that any user can read. Sources: AWS "Detect whether a host is an EC2
 * instance", Google's `gcp-residency`, cloud-init's DataSourceAzure. Hyper-V at home has Microsoft's vendor name too:
 * only Azure's asset tag is proof.
 */
const DMI_FINGERPRINTS: readonly DmiFingerprint[] = [
  { platform: "aws", file: "sys_vendor", text: /^Amazon EC2$/ },
  { platform: "aws", file: "bios_vendor", text: /^Amazon EC2$/ },
  { platform: "aws", file: "bios_version", text: /amazon$/ },
  { platform: "google", file: "product_name", text: /^Google( Compute Engine)?$/ },
  { platform: "azure", file: "chassis_asset_tag", text: /^7783-7084-3265-9085-8269-3286-77$/ },
];
const DMI = "/sys/class/dmi/id";
/** Bytes; a page of sysfs. */
const DMI_LIMIT = 4096;
const DMI_HINT = `let this user read the file, or set REGISTRY_CREDENTIAL_PROVIDER_PLATFORM to one of ${PLATFORMS.join(", ")}`;

/** Which cloud this node runs on, without asking any address. Throws `environment-invalid`, `file-unreadable`. */
export async function detectPlatform(world: World): Promise<Platform> {
  const configured = readChoice(world.env, "REGISTRY_CREDENTIAL_PROVIDER_PLATFORM", PLATFORMS);
  if (configured !== undefined) return configured;
  const read = new Map<string, string | undefined>();
  for (const { platform, file, text } of DMI_FINGERPRINTS) {
    if (!read.has(file)) read.set(file, await readDmi(file, world));
    if (text.test(read.get(file) ?? "")) return platform;
  }
  return [...read.values()].every((value) => value === undefined) ? "unknown" : "none";
}

/** Throws where the cloud's metadata service is certainly not on this node: it is then never asked. */
export async function requirePlatform(cloud: Cloud, world: World): Promise<void> {
  const platform = await detectPlatform(world);
  if (platform === cloud || platform === "unknown") return;
  const detail = `an identity of ${CLOUD_DISPLAY_NAMES[cloud]} is wanted`;
  if (platform === "none") {
    const hint = `if the node does run there, set REGISTRY_CREDENTIAL_PROVIDER_PLATFORM=${cloud}; otherwise ${ALTERNATIVES[cloud]}`;
    throw new ProviderError("platform-without-metadata", { detail, hint });
  }
  throw new ProviderError("platform-mismatch", {
    detail: `${detail}, the node's cloud is ${CLOUD_DISPLAY_NAMES[platform]}`,
    hint: ALTERNATIVES[cloud],
  });
}

/** Only a missing file is ignored: a wrong guess would send a request to another cloud's metadata address. */
async function readDmi(file: string, world: World): Promise<string | undefined> {
  const text = await world.readFile(`${DMI}/${file}`, DMI_LIMIT).catch((error: unknown) => {
    throw error instanceof ProviderError ? error.with({ hint: DMI_HINT }) : error;
  });
  return text?.trim();
}
