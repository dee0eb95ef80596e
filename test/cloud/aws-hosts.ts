/** AWS host names: partitions, API endpoints, registries. One table, from the SDK's endpoint rules and AWS's documents. */

interface Partition {
  readonly name: string;
  readonly regions: RegExp;
  readonly suffix: string;
  readonly dualStack: string;
  /** Suffix of dual-stack registries, where there are any. */
  readonly registryDualStack?: string;
  /** Regions with FIPS endpoints. */
  readonly fips: readonly string[];
}

const PARTITIONS: readonly Partition[] = [
  {
    name: "aws",
    // Any continent, so that regions yet to open are known too.
    regions: /^(?!cn-)[a-z]{2}-[a-z]+-\d+$/,
    suffix: "amazonaws.com",
    dualStack: "api.aws",
    registryDualStack: "on.aws",
    fips: ["us-east-1", "us-east-2", "us-west-1", "us-west-2"],
  },
  {
    name: "aws-cn",
    regions: /^cn-[a-z]+-\d+$/,
    suffix: "amazonaws.com.cn",
    dualStack: "api.amazonwebservices.com.cn",
    registryDualStack: "on.amazonwebservices.com.cn",
    fips: [],
  },
  {
    name: "aws-us-gov",
    regions: /^us-gov-[a-z]+-\d+$/,
    suffix: "amazonaws.com",
    dualStack: "api.aws",
    registryDualStack: "on.aws",
    fips: ["us-gov-east-1", "us-gov-west-1"],
  },
  iso("aws-iso", /^us-iso-[a-z]+-\d+$/, "c2s.ic.gov", "api.aws.ic.gov", ["us-iso-east-1", "us-iso-west-1"]),
  iso("aws-iso-b", /^us-isob-[a-z]+-\d+$/, "sc2s.sgov.gov", "api.aws.scloud", ["us-isob-east-1"]),
  iso("aws-iso-e", /^eu-isoe-[a-z]+-\d+$/, "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", ["eu-isoe-west-1"]),
  iso("aws-iso-f", /^us-isof-[a-z]+-\d+$/, "csp.hci.ic.gov", "api.aws.hci.ic.gov", [
    "us-isof-south-1",
    "us-isof-east-1",
  ]),
  iso("aws-eusc", /^eusc-[a-z]+-[a-z]+-\d+$/, "amazonaws.eu", "api.amazonwebservices.eu", ["eusc-de-east-1"]),
];

function iso(
  name: string,
  regions: RegExp,
  suffix: string,
  dualStack: string,
  fips: readonly string[],
): Partition {
  return { name, regions, suffix, dualStack, fips };
}

export interface AwsEndpoint {
  readonly service: "ecr" | "ecr-public" | "sts";
  readonly region: string;
  readonly partition: string;
  readonly global: boolean;
}

export interface EcrRegistry {
  readonly account: string;
  readonly region: string;
  readonly partition: string;
  readonly fips: boolean;
}

const LABEL = "([a-z0-9-]+)";

export function awsEndpoint(host: string): AwsEndpoint | undefined {
  if (host === "sts.amazonaws.com")
    return { service: "sts", region: "us-east-1", partition: "aws", global: true };
  for (const partition of PARTITIONS) {
    const found = endpointIn(host, partition);
    if (found !== undefined) return found;
  }
  return undefined;
}

function endpointIn(host: string, partition: Partition): AwsEndpoint | undefined {
  const suffix = `\\.(?:${literal(partition.suffix)}|vpce\\.${literal(partition.suffix)})$`;
  const plain = new RegExp(
    `^(?:vpce-[a-z0-9-]+\\.)?(?:api\\.)?(ecr-public|ecr-fips|ecr|sts-fips|sts)\\.${LABEL}${suffix}`,
  ).exec(host);
  const dual = new RegExp(
    `^(ecr-public|ecr-fips|ecr|sts-fips|sts)\\.${LABEL}\\.${literal(partition.dualStack)}$`,
  ).exec(host);
  const [, name = "", region = ""] = plain ?? dual ?? [];
  const service = findService(name);
  if (service === undefined || !partition.regions.test(region)) return undefined;
  if (plain && host.includes("api.") !== (service !== "sts")) return undefined;
  if (name.endsWith("-fips") && !partition.fips.includes(region)) return undefined;
  if (plain && name === "sts-fips" && partition.name === "aws-us-gov") return undefined;
  if (service === "ecr-public" && !PUBLIC_REGIONS.includes(region)) return undefined;
  return { service, region, partition: partition.name, global: false };
}

/** ECR Public has an API endpoint in these two, and only the first gives logins. */
const PUBLIC_REGIONS = ["us-east-1", "us-west-2"];

function findService(name: string): AwsEndpoint["service"] | undefined {
  if (name === "ecr-public") return name;
  if (name.startsWith("ecr")) return "ecr";
  return name.startsWith("sts") ? "sts" : undefined;
}

export function ecrRegistry(host: string): EcrRegistry | undefined {
  for (const partition of PARTITIONS) {
    const dual = partition.registryDualStack;
    const forms = [`dkr\\.ecr(-fips)?\\.${LABEL}\\.${literal(partition.suffix)}`];
    if (dual !== undefined) forms.push(`dkr-ecr(-fips)?\\.${LABEL}\\.${literal(dual)}`);
    for (const form of forms) {
      const found = new RegExp(`^(\\d{12})\\.${form}$`).exec(host);
      const [, account = "", fips, region = ""] = found ?? [];
      if (!found || !partition.regions.test(region)) continue;
      if (fips && !partition.fips.includes(region)) continue;
      return { account, region, partition: partition.name, fips: fips !== undefined };
    }
  }
  return undefined;
}

export const isEcrPublic = (host: string): boolean =>
  host === "public.ecr.aws" || host === "ecr-public.aws.com";

/** The plain registry name of an account in a region. */
export function registryName(account: string, endpoint: AwsEndpoint): string {
  const suffix =
    PARTITIONS.find((partition) => partition.name === endpoint.partition)?.suffix ?? "amazonaws.com";
  return `${account}.dkr.ecr.${endpoint.region}.${suffix}`;
}

const literal = (text: string): string => text.replaceAll(".", "\\.");
