import type { EnvironmentName } from "../../core/environment.ts";
import type { Environment } from "../../core/world.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import { parseBoolean, refuseUnsupported, refuseVariable } from "../../formats/choices.ts";
import { parseEndpointUrl } from "../../formats/endpoint-url.ts";
import type { AwsIdentity } from "../../identities/aws.ts";
import type { AwsRegion } from "./configured-region.ts";
import { type AwsService, type EndpointVariant, hasFipsEndpoint, regionalEndpoint } from "./partitions.ts";
import { type NamedProfile, refuseKey } from "./profile-settings.ts";
import type { Profile } from "./shared-files.ts";

/** Returns the URL at which a service is requested in a region. Throws `environment-invalid`, `aws-no-fips-endpoint`. */
export type ResolveEndpoint = (service: AwsService, region: AwsRegion) => string;

/** A configured value, with the name that errors use for it. */
interface Setting {
  readonly name: string;
  readonly text: string;
  readonly refuse: (problem: string) => ProviderError;
}

/** The operator's settings about the endpoints of AWS's services. */
export interface EndpointSettings {
  /** The setting that requires FIPS endpoints, if there is one. */
  readonly fips: Setting | undefined;
  readonly dualStack: Setting | undefined;
  /** The endpoint that replaces AWS's own. */
  readonly custom: (service: AwsService) => Setting | undefined;
}

/** The names of each service's endpoint: the variable, the key in a `[services]` section, the key in a rule's `aws.endpoints`. */
const SERVICE_NAMES = {
  ecr: { variable: "AWS_ENDPOINT_URL_ECR", profileKey: "ecr", ruleKey: "ecr" },
  "ecr-public": { variable: "AWS_ENDPOINT_URL_ECR_PUBLIC", profileKey: "ecr_public", ruleKey: "ecrPublic" },
  sts: { variable: "AWS_ENDPOINT_URL_STS", profileKey: "sts", ruleKey: "sts" },
} as const satisfies Record<AwsService, object>;

/**
 * Reads the settings about AWS's endpoints. A variable takes precedence over the profile's key (AWS SDKs Reference Guide,
 * "Service-specific endpoints" and "Dual-stack and FIPS endpoints").
 *
 * @param named the node's profile; only for a login of the node
 * @throws ProviderError `environment-invalid`, `aws-profile-setting-invalid`
 */
export function readEndpointSettings(env: Environment, named?: NamedProfile): EndpointSettings {
  refuseUnsupported(env, "AWS");
  const variable = (name: EnvironmentName) => findVariable(name, env);
  const key = (name: string) => findKey(name, named?.profile, named);
  const isIgnored = isTrue(
    variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") ?? key("ignore_configured_endpoint_urls"),
  );
  const fips = variable("AWS_USE_FIPS_ENDPOINT") ?? key("use_fips_endpoint");
  const dualStack = variable("AWS_USE_DUALSTACK_ENDPOINT") ?? key("use_dualstack_endpoint");
  return {
    fips: isTrue(fips) ? fips : undefined,
    dualStack: isTrue(dualStack) ? dualStack : undefined,
    custom: (service) =>
      isIgnored
        ? undefined
        : (variable(SERVICE_NAMES[service].variable) ??
          variable("AWS_ENDPOINT_URL") ??
          findKey(`${SERVICE_NAMES[service].profileKey}.endpoint_url`, named?.services, named) ??
          key("endpoint_url")),
  };
}

function findVariable(name: EnvironmentName, env: Environment): Setting | undefined {
  const text = env[name];
  return text ? { name, text, refuse: (problem) => refuseVariable(name, problem) } : undefined;
}

function findKey(
  key: string,
  section: Profile | undefined,
  named: NamedProfile | undefined,
): Setting | undefined {
  const text = section?.get(key);
  if (!text || named === undefined) return undefined;
  return { name: `${key} of the profile`, text, refuse: (problem) => refuseKey(named.name, key, problem) };
}

function isTrue(setting: Setting | undefined): boolean {
  return setting !== undefined && parseBoolean(setting.text, setting.refuse) === true;
}

/**
 * Creates the resolver of one login's endpoints. A rule's endpoint takes precedence over a configured one, and that over AWS's
 * own. AWS's own are all of one variant: a role for a FIPS registry is assumed at a FIPS endpoint, and the login for a
 * dual-stack registry needs no IPv4.
 *
 * @param variant of the registry's name
 * @param ruleEndpoints endpoints of the rule
 */
export function createEndpointResolver(
  variant: EndpointVariant,
  ruleEndpoints: AwsIdentity["endpoints"],
  { fips, dualStack, custom }: EndpointSettings,
): ResolveEndpoint {
  const required = fips ?? dualStack;
  const effective = {
    fips: variant.fips || fips !== undefined,
    dualStack: variant.dualStack || dualStack !== undefined,
  };
  return (service, region) => {
    const configured = findRuleEndpoint(service, ruleEndpoints) ?? custom(service);
    if (configured === undefined) {
      if (effective.fips) requireFips(service, region, fips);
      return regionalEndpoint(service, region.name, region.partition, effective);
    }
    // AWS's SDKs refuse this too, because nothing shows that a custom endpoint is a FIPS or a dual-stack one.
    if (required !== undefined) throw required.refuse(`cannot be combined with ${configured.name}`);
    const { origin, pathname } = parseEndpointUrl(configured.text, "with-path", configured.refuse);
    return origin + pathname;
  };
}

function findRuleEndpoint(service: AwsService, ruleEndpoints: AwsIdentity["endpoints"]): Setting | undefined {
  const { ruleKey } = SERVICE_NAMES[service];
  const name = `aws.endpoints.${ruleKey}`;
  const text = ruleEndpoints[ruleKey];
  const refuse = (problem: string) => new ProviderError("config-invalid", { detail: `${name} ${problem}` });
  return text === undefined ? undefined : { name, text, refuse };
}

/**
 * Refuses a service that has no FIPS endpoint in the region. The error names the setting that chooses the region and the one
 * that requires FIPS.
 *
 * @param fips the setting that requires FIPS; undefined: the registry's name does
 * @throws ProviderError `aws-no-fips-endpoint`
 */
function requireFips(service: AwsService, region: AwsRegion, fips: Setting | undefined): void {
  if (hasFipsEndpoint(service, region.name, region.partition)) return;
  const { setting } = region;
  const fixes = [
    setting === undefined
      ? "pull from a registry in a region with FIPS endpoints"
      : `set ${setting} to a region with FIPS endpoints, or remove it`,
    fips === undefined ? "pull by the registry's name without -fips" : `remove ${fips.name}`,
  ];
  throw new ProviderError("aws-no-fips-endpoint", {
    detail: `${service} in ${region.name}, the region ${setting === undefined ? "of the registry" : `by ${setting}`}; ${fips?.name ?? "the registry's name"} requires FIPS`,
    hint: `${fixes.join(", or ")}; no request is sent to another endpoint`,
  });
}
