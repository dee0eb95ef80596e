import { parseBoolean } from "../../choices.ts";
import { ProviderError } from "../../errors.ts";
import type { Profile } from "./shared-files.ts";

/** What to do in place of a key that changes whom requests go to, or who has to be there. */
const UNSUPPORTED: ReadonlyMap<string, string> = new Map([
  ["mfa_serial", "it needs a person at each login"],
  ["ca_bundle", "set SSL_CERT_FILE or NODE_EXTRA_CA_CERTS in the provider's env"],
  ["ec2_metadata_service_endpoint", "set AWS_EC2_METADATA_SERVICE_ENDPOINT in the provider's env"],
  ["ec2_metadata_service_endpoint_mode", "set AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE in the provider's env"],
  ["endpoint_url", "set AWS_ENDPOINT_URL in the provider's env"],
  ["services", "set AWS_ENDPOINT_URL_ECR and AWS_ENDPOINT_URL_STS in the provider's env"],
]);

const UNSUPPORTED_IF_TRUE: ReadonlyMap<string, string> = new Map([
  ["use_fips_endpoint", "ECR's endpoint is FIPS for an image whose host is"],
  ["use_dualstack_endpoint", "ECR's endpoint is dual-stack for an image whose host is"],
]);

/**
 * Refuses a profile with a key that AWS's tools honour and this program does not, where the key changes the destination or
 * the identity. Other unknown keys are ignored, as AWS's tools ignore them.
 *
 * @throws ProviderError `aws-profile-setting`
 */
export function requireSupported(name: string, profile: Profile): void {
  const refuse = (key: string, problem: string) =>
    new ProviderError("aws-profile-setting", { detail: `profile ${name}: ${key}: ${problem}` });
  for (const [key, instead] of UNSUPPORTED) if (profile.get(key)) throw refuse(key, instead);
  for (const [key, instead] of UNSUPPORTED_IF_TRUE)
    if (parseBoolean(profile.get(key), (problem) => refuse(key, problem))) throw refuse(key, instead);
  if (profile.get("sts_regional_endpoints")?.toLowerCase() === "legacy")
    throw refuse("sts_regional_endpoints", "the STS endpoint is always the regional one");
}
