import {
  AWS_PARTITIONS,
  type AwsPartition,
  type EndpointVariant,
  isRegionInPartition,
  regionalEndpoint,
} from "../clouds/aws/partitions.ts";
import type { RegistryHost, RegistryName } from "../core/image-reference.ts";
import { ecrCacheDuration, prepareEcrLogin } from "./ecr-login.ts";
import type { Registry, RegistryFamily } from "./registry.ts";

/** A parsed name of a private registry. */
interface PrivateRegistry {
  readonly account: string;
  readonly region: string;
  readonly partition: AwsPartition;
  readonly variant: EndpointVariant;
}

/** A form of registry names: the labels between account and region, and the endpoint variant they stand for. */
interface Form extends EndpointVariant {
  readonly service: string;
}

const FORMS: readonly Form[] = [
  { service: "dkr.ecr", fips: false, dualStack: false },
  { service: "dkr.ecr-fips", fips: true, dualStack: false },
  { service: "dkr-ecr", fips: false, dualStack: true },
  { service: "dkr-ecr-fips", fips: true, dualStack: true },
];

const ACCOUNT = /^[0-9]{12}$/;

/** ECR private registries: `<account>.dkr.ecr.<region>.<suffix>` and the FIPS and dual-stack forms. */
export const ecr: RegistryFamily = {
  name: "ecr",
  section: "aws",
  matchImages: listMatchImages(),
  match: (host) => {
    const parsed = parseEcrHost(host);
    return parsed && createEcrRegistry(host, parsed);
  },
  listNames: listEcrNames,
};

function parseEcrHost(host: RegistryHost): PrivateRegistry | undefined {
  const [account = "", ...rest] = host.labels;
  if (!ACCOUNT.test(account)) return undefined;
  const afterAccount = rest.join(".");
  for (const form of FORMS) {
    for (const partition of AWS_PARTITIONS) {
      const region = extractRegion(afterAccount, form, partition);
      if (region !== undefined && isRegionInPartition(partition, region))
        return { account, region, partition, variant: form };
    }
  }
  return undefined;
}

/** Returns the label in the region's position if the rest of the name has this form and partition. It may be no region. */
function extractRegion(afterAccount: string, form: Form, partition: AwsPartition): string | undefined {
  const suffix = findSuffix(form, partition);
  if (suffix === undefined) return undefined;
  const [begin, end] = [`${form.service}.`, `.${suffix}`];
  const hasForm = afterAccount.startsWith(begin) && afterAccount.endsWith(end);
  return hasForm ? afterAccount.slice(begin.length, -end.length) : undefined;
}

function findSuffix(form: Form, partition: AwsPartition): string | undefined {
  return form.dualStack ? partition.dualStackRegistrySuffix : partition.suffix;
}

/** Lists the name in each form of its partition. Partitions that share a suffix have the same forms. */
function listEcrNames(name: string): readonly RegistryName[] {
  const [account = "", ...rest] = name.split(".");
  for (const form of FORMS) {
    for (const partition of AWS_PARTITIONS) {
      const region = extractRegion(rest.join("."), form, partition);
      if (region !== undefined) return listNamesInPartition(partition, account, region);
    }
  }
  return [];
}

function listNamesInPartition(
  partition: AwsPartition,
  account: string,
  region: string,
): readonly RegistryName[] {
  return FORMS.flatMap((form) => {
    const suffix = findSuffix(form, partition);
    return suffix === undefined ? [] : [{ host: [account, form.service, region, suffix].join(".") }];
  });
}

function createEcrRegistry(host: RegistryHost, parsed: PrivateRegistry): Registry {
  const { account, region, partition, variant } = parsed;
  const endpoint = regionalEndpoint("ecr", region, partition, variant);
  return {
    family: "ecr",
    section: "aws",
    host,
    coordinates: { account, region, partition: partition.name, endpoint },
    listNames: listEcrNames,
    prepareLogin: (context) => prepareEcrLogin({ service: "ecr", region, variant }, partition.name, context),
    cacheDuration: ecrCacheDuration,
  };
}

/** Partitions that share a suffix share its patterns, hence the set. */
function listMatchImages(): readonly string[] {
  const patterns = FORMS.flatMap((form) =>
    AWS_PARTITIONS.map((partition) => findSuffix(form, partition))
      .filter((suffix) => suffix !== undefined)
      .map((suffix) => `*.${form.service}.*.${suffix}`),
  );
  return [...new Set(patterns)];
}
