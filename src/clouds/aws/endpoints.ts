import { parseBoolean, refuseVariable } from "../../choices.ts";
import { parseEndpointUrl } from "../../endpoint-url.ts";
import type { EnvironmentName } from "../../environment.ts";
import { ProviderError } from "../../errors.ts";
import type { AwsAccess } from "../../identities/aws.ts";
import { quoteValue, showValue } from "../../show-value.ts";
import type { Environment } from "../../world.ts";
import {
  type AwsService,
  type EndpointVariant,
  hasFips,
  partitionOf,
  regionalEndpoint,
} from "./partitions.ts";
import { type NamedProfile, refuseKey } from "./profile-settings.ts";
import type { Profile } from "./shared-files.ts";

/** Returns the URL at which a service is requested in a region. Throws `environment-value`, `aws-no-fips-endpoint`. */
export type Endpoints = (service: AwsService, region: string) => string;

/** A value that the operator configured, with what errors call it. */
interface Setting {
  readonly name: string;
  readonly text: string;
  readonly refuse: (problem: string) => ProviderError;
}

/** What the operator configured about the endpoints of AWS's services. */
export interface EndpointSettings {
  /** The setting that requires FIPS endpoints, if there is one. */
  readonly fips: Setting | undefined;
  readonly dualStack: Setting | undefined;
  /** The endpoint in place of AWS's own. */
  readonly custom: (service: AwsService) => Setting | undefined;
}

const VARIABLES = {
  ecr: "AWS_ENDPOINT_URL_ECR",
  "ecr-public": "AWS_ENDPOINT_URL_ECR_PUBLIC",
  sts: "AWS_ENDPOINT_URL_STS",
} as const satisfies Record<AwsService, EnvironmentName>;

/** Each service's name in a `[services]` section. */
const SERVICE_KEYS = { ecr: "ecr", "ecr-public": "ecr_public", sts: "sts" } as const satisfies Record<
  AwsService,
  string
>;

/**
 * Reads the settings of AWS's endpoints: a variable comes before the profile's key ("Service-specific endpoints" and "Dual-stack and FIPS endpoints" in the AWS SDKs
 * Reference Guide).
 *
 * @param named the profile of the node, for a login of the node
 * @throws ProviderError `environment-value`, `aws-profile-setting`
 */
export function readEndpointSettings(env: Environment, named?: NamedProfile): EndpointSettings {
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
        : (variable(VARIABLES[service]) ??
          variable("AWS_ENDPOINT_URL") ??
          findKey(`${SERVICE_KEYS[service]}.endpoint_url`, named?.services, named) ??
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

const RULE_KEYS = { ecr: "ecr", "ecr-public": "ecrPublic", sts: "sts" } as const;

/**
 * The endpoints of one login. A rule's endpoint replaces a configured one, which replaces AWS's own. AWS's own are all of one
 * variant: a FIPS registry's role is assumed at a FIPS endpoint, and a dual-stack registry's login needs no IPv4.
 *
 * @param variant of the registry
 */
export function endpointsFor(
  variant: EndpointVariant,
  ruled: AwsAccess["endpoints"],
  { fips, dualStack, custom }: EndpointSettings,
): Endpoints {
  const required = fips ?? dualStack;
  const effective = {
    fips: variant.fips || fips !== undefined,
    dualStack: variant.dualStack || dualStack !== undefined,
  };
  return (service, region) => {
    const configured = findRuled(service, ruled) ?? custom(service);
    if (configured === undefined) return awsEndpoint(service, region, effective);
    // As in AWS's SDKs: nothing shows that a custom endpoint is a FIPS or a dual-stack one.
    if (required !== undefined) throw required.refuse(`cannot be combined with ${configured.name}`);
    const { origin, pathname } = parseEndpointUrl(configured.text, "with-path", configured.refuse);
    return origin + pathname;
  };
}

function findRuled(service: AwsService, ruled: AwsAccess["endpoints"]): Setting | undefined {
  const name = `aws.endpoints.${RULE_KEYS[service]}`;
  const text = ruled[RULE_KEYS[service]];
  const refuse = (problem: string) => new ProviderError("config-invalid", { detail: `${name} ${problem}` });
  return text === undefined ? undefined : { name, text, refuse };
}

/** AWS's own endpoint. Throws `environment-value`, `aws-no-fips-endpoint`. */
export function awsEndpoint(service: AwsService, region: string, variant: EndpointVariant): string {
  const partition = partitionOf(region);
  if (partition === undefined)
    throw new ProviderError("environment-value", {
      detail: `the region ${quoteValue("region", region)} is none (AWS_REGION, AWS_DEFAULT_REGION or the profile's)`,
    });
  if (variant.fips && !hasFips(service, region, partition))
    throw new ProviderError("aws-no-fips-endpoint", {
      detail: `${service} in ${showValue("region", region)}`,
    });
  return regionalEndpoint(service, region, partition, variant);
}
