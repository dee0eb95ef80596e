/** A partition of AWS. Accounts, endpoints and DNS names of one partition do not exist in another. */
export interface AwsPartition {
  readonly name: string;
  /** The part of a region's name before its direction and number: `us-gov` in `us-gov-east-1`. */
  readonly area: RegExp;
  readonly suffix: string;
  /** The suffix of dual-stack registry names; absent if ECR has none. */
  readonly dualStackRegistrySuffix?: string;
  readonly dualStackApiSuffix: string;
  /** The regions with FIPS endpoints; absent if there are none. */
  readonly fipsRegions?: RegExp;
}

const ANY_REGION = /^.+$/;

/**
 * The partition table of AWS SDK for JavaScript 3.1169. The tests compare it with the SDK's resolver. Areas are patterns, so that a
 * new region needs no new release of this program: AWS owns every name below these suffixes, and two partitions with the same
 * suffix (`amazonaws.com`) have areas of different forms.
 */
export const AWS_PARTITIONS: readonly AwsPartition[] = [
  {
    name: "aws",
    area: /^(?!cn$)[a-z]{2}$/,
    suffix: "amazonaws.com",
    dualStackRegistrySuffix: "on.aws",
    dualStackApiSuffix: "api.aws",
    fipsRegions: /^(us|ca)-[a-z]+-[0-9]+$/,
  },
  {
    name: "aws-us-gov",
    area: /^us-gov$/,
    suffix: "amazonaws.com",
    dualStackRegistrySuffix: "on.aws",
    dualStackApiSuffix: "api.aws",
    fipsRegions: ANY_REGION,
  },
  {
    name: "aws-cn",
    area: /^cn$/,
    suffix: "amazonaws.com.cn",
    dualStackRegistrySuffix: "on.amazonwebservices.com.cn",
    dualStackApiSuffix: "api.amazonwebservices.com.cn",
  },
  {
    name: "aws-eusc",
    area: /^eusc-[a-z]{2}$/,
    suffix: "amazonaws.eu",
    dualStackApiSuffix: "api.amazonwebservices.eu",
    fipsRegions: ANY_REGION,
  },
  {
    name: "aws-iso",
    area: /^us-iso$/,
    suffix: "c2s.ic.gov",
    dualStackApiSuffix: "api.aws.ic.gov",
    fipsRegions: ANY_REGION,
  },
  {
    name: "aws-iso-b",
    area: /^us-isob$/,
    suffix: "sc2s.sgov.gov",
    dualStackApiSuffix: "api.aws.scloud",
    fipsRegions: ANY_REGION,
  },
  {
    name: "aws-iso-e",
    area: /^eu-isoe$/,
    suffix: "cloud.adc-e.uk",
    dualStackApiSuffix: "api.cloud-aws.adc-e.uk",
    fipsRegions: ANY_REGION,
  },
  {
    name: "aws-iso-f",
    area: /^us-isof$/,
    suffix: "csp.hci.ic.gov",
    dualStackApiSuffix: "api.aws.hci.ic.gov",
    fipsRegions: ANY_REGION,
  },
];

/** The end of a region's name, after its area: a direction (`east`, `northwest`, `central`) and a number from 1. */
const REGION_END = /^-[a-z]{4,9}-[1-9][0-9]?$/;

/** Reports whether the name has the form of a region of the partition. */
export function isRegionInPartition(partition: AwsPartition, region: string): boolean {
  const end = region.lastIndexOf("-", region.lastIndexOf("-") - 1);
  return end > 0 && partition.area.test(region.slice(0, end)) && REGION_END.test(region.slice(end));
}

/** Returns the partition of a region, by the form of its name. */
export function findPartition(region: string): AwsPartition | undefined {
  return AWS_PARTITIONS.find((partition) => isRegionInPartition(partition, region));
}

export type AwsService = "ecr" | "ecr-public" | "sts";

/** The variant of a service's endpoint. An IPv6-only node can reach only dual-stack endpoints. */
export interface EndpointVariant {
  readonly fips: boolean;
  readonly dualStack: boolean;
}

export const STANDARD_ENDPOINT: EndpointVariant = { fips: false, dualStack: false };

/**
 * Returns AWS's own endpoint of a service. The tests compare it with the endpoint rules of AWS SDK for JavaScript 3.1169. In
 * `aws-us-gov` the standard endpoint of STS is also the FIPS endpoint.
 */
export function regionalEndpoint(
  service: AwsService,
  region: string,
  partition: AwsPartition,
  { fips, dualStack }: EndpointVariant,
): string {
  const name = fips ? `${service}-fips` : service;
  if (dualStack) return `https://${name}.${region}.${partition.dualStackApiSuffix}`;
  if (service !== "sts") return `https://api.${name}.${region}.${partition.suffix}`;
  return `https://${partition.name === "aws-us-gov" ? service : name}.${region}.${partition.suffix}`;
}

/**
 * Reports whether AWS has a FIPS endpoint of the service in the region (AWS General Reference, "FIPS endpoints"). A wrong
 * `true` leads to a name that does not resolve, never to an endpoint without FIPS.
 */
export function hasFipsEndpoint(service: AwsService, region: string, { fipsRegions }: AwsPartition): boolean {
  return service !== "ecr-public" && fipsRegions?.test(region) === true;
}
