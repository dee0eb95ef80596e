import type { World } from "../../core/world.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import { readChoice } from "../../formats/choices.ts";

/** `none`: DMI identifies no supported cloud. `unknown`: DMI cannot be read, as in some containers. */
export type Platform = "aws" | "google" | "azure" | "none" | "unknown";
export type Cloud = "aws" | "google" | "azure";

const PLATFORMS = ["aws", "google", "azure", "none"] as const;
const CLOUD_DISPLAY_NAMES: Readonly<Record<Cloud, string>> = {
  aws: "AWS",
  google: "Google Cloud",
  azure: "Azure",
};
/** How a node outside the cloud can have an identity there. */
const ALTERNATIVES: Readonly<Record<Cloud, string>> = {
  aws: "give it AWS credentials in the provider's env: keys, AWS_PROFILE, or AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN",
  google:
    "set google.workloadIdentityProvider with a subjectToken, or google.credentialsFile, in a rule of the configuration file",
  azure:
    "set an Entra application (with subjectToken, a secret or a certificate) in a rule of the configuration file, or name an azure.json with a service principal in the provider's args",
};

interface DmiFingerprint {
  readonly platform: Cloud;
  readonly file: string;
  readonly text: RegExp;
}

/**
 * DMI values that identify a cloud, in files that any user can read. Sources: AWS "Detect whether a host is an EC2 instance",
 * Google's `gcp-residency`, cloud-init's DataSourceAzure. Any Hyper-V host has Microsoft's vendor name; only Azure has the
 * asset tag.
 */
const DMI_FINGERPRINTS: readonly DmiFingerprint[] = [
  { platform: "aws", file: "sys_vendor", text: /^Amazon EC2$/ },
  { platform: "aws", file: "bios_vendor", text: /^Amazon EC2$/ },
  { platform: "aws", file: "bios_version", text: /amazon$/ },
  { platform: "google", file: "product_name", text: /^Google( Compute Engine)?$/ },
  { platform: "azure", file: "chassis_asset_tag", text: /^7783-7084-3265-9085-8269-3286-77$/ },
];
const DMI_DIRECTORY = "/sys/class/dmi/id";
/** Bytes. A page of sysfs. */
const MAX_DMI_FILE = 4096;
const DMI_HINT = `let this user read the file, or set REGISTRY_CREDENTIAL_PROVIDER_PLATFORM to one of ${PLATFORMS.join(", ")}`;

/** Returns the cloud that this node runs on. Makes no network request. Throws `environment-invalid`, `file-unreadable`. */
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

/** Throws if the node certainly runs elsewhere than in this cloud, so that its metadata service is not contacted. */
export async function requirePlatform(cloud: Cloud, world: World): Promise<void> {
  const platform = await detectPlatform(world);
  if (platform === cloud || platform === "unknown") return;
  const detail = `the login requires an identity of ${CLOUD_DISPLAY_NAMES[cloud]}`;
  if (platform === "none") {
    const hint = `if the node does run there, set REGISTRY_CREDENTIAL_PROVIDER_PLATFORM=${cloud}; otherwise ${ALTERNATIVES[cloud]}`;
    throw new ProviderError("platform-without-metadata", { detail, hint });
  }
  throw new ProviderError("platform-mismatch", {
    detail: `${detail}, and the node's cloud is ${CLOUD_DISPLAY_NAMES[platform]}`,
    hint: ALTERNATIVES[cloud],
  });
}

/** Ignores only a missing file: a wrong guess would send a request to the metadata address of another cloud. */
async function readDmi(file: string, world: World): Promise<string | undefined> {
  const text = await world.readFile(`${DMI_DIRECTORY}/${file}`, MAX_DMI_FILE).catch((error: unknown) => {
    throw error instanceof ProviderError ? error.with({ hint: DMI_HINT }) : error;
  });
  return text?.trim();
}
