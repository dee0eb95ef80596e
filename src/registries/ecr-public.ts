import { type EndpointVariant, STANDARD_ENDPOINT } from "../clouds/aws/partitions.ts";
import type { RegistryHost, RegistryName } from "../core/image-reference.ts";
import { MINUTE } from "../core/time.ts";
import type { ErrorCode } from "../errors/provider-error.ts";
import { ecrCacheDuration, prepareEcrLogin } from "./ecr-login.ts";
import type { AnonymousFallback, Registry, RegistryFamily } from "./registry.ts";

/** The only region of the token API; others answer UnsupportedCommandException. */
const REGION = "us-east-1";
const PARTITION = "aws";

/** The API endpoint of each host, and its variant. */
const HOSTS: ReadonlyMap<string, readonly [endpoint: string, variant: EndpointVariant]> = new Map([
  ["public.ecr.aws", ["https://api.ecr-public.us-east-1.amazonaws.com", STANDARD_ENDPOINT]],
  ["ecr-public.aws.com", ["https://ecr-public.us-east-1.api.aws", { fips: false, dualStack: true }]],
]);

/**
 * The images are public. Without an AWS identity, or with one that is not allowed a login, they are pulled anonymously; that
 * lasts until an operator changes something. Any other failure remains a failure.
 */
export const ANONYMOUS_FALLBACK: AnonymousFallback = {
  errorCodes: new Set<ErrorCode>([
    "aws-access-denied",
    "aws-credentials-rejected",
    "aws-no-fips-endpoint",
    "aws-instance-has-no-role",
    "aws-metadata-disabled",
    "aws-partition-mismatch",
    "pod-identity-missing",
    "platform-mismatch",
    "platform-without-metadata",
  ]),
  // Spares a starting node dozens of refused requests; a role that is attached later takes effect soon enough.
  cacheDuration: 10 * MINUTE,
};

/** ECR Public. No login is needed, but with one AWS allows more pulls. */
export const ecrPublic: RegistryFamily = {
  name: "ecr-public",
  section: "aws",
  matchImages: [...HOSTS.keys()],
  match: (host) => {
    const found = HOSTS.get(host.name);
    return found && createEcrPublicRegistry(host, ...found);
  },
  listNames: listEcrPublicNames,
};

function listEcrPublicNames(name: string): readonly RegistryName[] {
  return HOSTS.has(name) ? [...HOSTS.keys()].map((host) => ({ host })) : [];
}

function createEcrPublicRegistry(host: RegistryHost, endpoint: string, variant: EndpointVariant): Registry {
  return {
    family: "ecr-public",
    section: "aws",
    host,
    coordinates: { region: REGION, partition: PARTITION, endpoint },
    listNames: listEcrPublicNames,
    prepareLogin: (context) =>
      prepareEcrLogin({ service: "ecr-public", region: REGION, variant }, PARTITION, context),
    cacheDuration: ecrCacheDuration,
    anonymousFallback: ANONYMOUS_FALLBACK,
  };
}
