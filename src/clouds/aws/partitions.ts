/** One of AWS's separate worlds: accounts, endpoints and DNS names of one mean nothing in another. */
export interface AwsPartition {
  readonly name: string;
  /** What stands in a region's name before its compass word and number: `us-gov` in `us-gov-east-1`. */
  readonly area: RegExp;
  readonly suffix: string;
  /** Suffix of dual-stack registry names; absent where ECR has none. */
  readonly dualStackRegistrySuffix?: string;
  readonly dualStackApiSuffix: string;
}

/**
 * Areas are patterns, so that a region that AWS opens tomorrow needs no release of ours: AWS owns every name under these
 * suffixes, and two partitions that share one (`amazonaws.com`) differ in the shape of their areas.
 * Source: the partition table of AWS SDK for JavaScript 3.1169, whose resolver the tests compare with.
 */
export const AWS_PARTITIONS: readonly AwsPartition[] = [
  {
    name: "aws",
    area: /^(?!cn$)[a-z]{2}$/,
    suffix: "amazonaws.com",
    dualStackRegistrySuffix: "on.aws",
    dualStackApiSuffix: "api.aws",
  },
  {
    name: "aws-us-gov",
    area: /^us-gov$/,
    suffix: "amazonaws.com",
    dualStackRegistrySuffix: "on.aws",
    dualStackApiSuffix: "api.aws",
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
  },
  { name: "aws-iso", area: /^us-iso$/, suffix: "c2s.ic.gov", dualStackApiSuffix: "api.aws.ic.gov" },
  { name: "aws-iso-b", area: /^us-isob$/, suffix: "sc2s.sgov.gov", dualStackApiSuffix: "api.aws.scloud" },
  {
    name: "aws-iso-e",
    area: /^eu-isoe$/,
    suffix: "cloud.adc-e.uk",
    dualStackApiSuffix: "api.cloud-aws.adc-e.uk",
  },
  {
    name: "aws-iso-f",
    area: /^us-isof$/,
    suffix: "csp.hci.ic.gov",
    dualStackApiSuffix: "api.aws.hci.ic.gov",
  },
];

/** `<area>-<compass word>-<number>`: `east`, `northwest`, `central`; numbers from 1. */
const REGION_END = /^-[a-z]{4,9}-[1-9][0-9]?$/;

/** Whether the name has the shape of a region of this partition. */
export function isRegionOf(partition: AwsPartition, region: string): boolean {
  const end = region.lastIndexOf("-", region.lastIndexOf("-") - 1);
  return end > 0 && partition.area.test(region.slice(0, end)) && REGION_END.test(region.slice(end));
}

/** The partition of a region, by its name's shape. */
export function partitionOf(region: string): AwsPartition | undefined {
  return AWS_PARTITIONS.find((partition) => isRegionOf(partition, region));
}
