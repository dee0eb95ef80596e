import { ProviderError } from "../../errors/provider-error.ts";
import { showValue } from "../../errors/show-value.ts";
import { type AwsRegion, parseRegion } from "./configured-region.ts";
import type { Profile } from "./shared-files.ts";

/** A profile of the shared files. */
export interface ProfileEntry {
  readonly name: string;
  readonly profile: Profile;
}

/** The profile that provides the settings of a login. */
export interface NamedProfile extends ProfileEntry {
  /** The section that its key `services` names. */
  readonly services: Profile | undefined;
}

/** Unsupported keys that would change the destination of a request or require a person, each with the alternative. */
const UNSUPPORTED: ReadonlyMap<string, string> = new Map([
  ["mfa_serial", "it requires interactive input at each login"],
  ["ca_bundle", "set SSL_CERT_FILE or NODE_EXTRA_CA_CERTS in the provider's env"],
  ["ec2_metadata_service_endpoint", "set AWS_EC2_METADATA_SERVICE_ENDPOINT in the provider's env"],
  ["ec2_metadata_service_endpoint_mode", "set AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE in the provider's env"],
]);

/**
 * Refuses a profile with a key that AWS's tools honour and this program does not, where the key changes the destination or
 * the identity. Other unknown keys are ignored, as AWS's tools ignore them.
 *
 * @throws ProviderError `aws-profile-setting-invalid`
 */
export function requireSupported(name: string, profile: Profile): void {
  for (const [key, problem] of UNSUPPORTED) if (profile.get(key)) throw refuseKey(name, key, problem);
  if (profile.get("sts_regional_endpoints")?.toLowerCase() === "legacy")
    throw refuseKey(name, "sts_regional_endpoints", "the STS endpoint is always the regional one");
}

/** Returns the region of a profile. Throws `aws-profile-setting-invalid`. */
export function readProfileRegion({ name, profile }: ProfileEntry): AwsRegion | undefined {
  const region = profile.get("region");
  if (!region) return undefined;
  const setting = `region of profile ${showValue("name", name)}`;
  return parseRegion(region, setting, (problem) => refuseKey(name, "region", problem));
}

/** Returns the error about one key of a profile. Its value is not shown. */
export function refuseKey(profileName: string, key: string, problem: string): ProviderError {
  const detail = `profile ${showValue("name", profileName)}: ${key}: ${problem}`;
  return new ProviderError("aws-profile-setting-invalid", { detail });
}
