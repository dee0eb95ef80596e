import {
  AWS_PARTITIONS,
  type AwsPartition,
  type EndpointVariant,
  isRegionInPartition,
  regionalEndpoint,
} from "../clouds/aws/partitions.ts";
import type { RegistryHost, RegistryName } from "../core/image-reference.ts";
import type { LoginCache, LoginResult } from "../core/login.ts";
import type { World } from "../core/world.ts";
import type { LoginContext } from "../identities/identity.ts";
import { logIn } from "./ecr-login.ts";
import type { Registry, RegistryFamily } from "./registry.ts";

/** What the name of a private registry says. */
interface PrivateRegistry {
  readonly account: string;
  readonly region: string;
  readonly partition: AwsPartition;
  readonly variant: EndpointVariant;
}

/** One spelling of registry names: the labels between account and region, and what they mean. */
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

/** Private registries: `<account>.dkr.ecr.<region>.<suffix>` and its FIPS and dual-stack spellings. */
export const ecr: RegistryFamily = {
  name: "ecr",
  matchImages: matchImages(),
  match: (host) => {
    const found = readHost(host);
    return found && registryOf(host, found);
  },
  listNames,
};

function readHost(host: RegistryHost): PrivateRegistry | undefined {
  const [account = "", ...rest] = host.labels;
  if (!ACCOUNT.test(account)) return undefined;
  const afterAccount = rest.join(".");
  for (const form of FORMS) {
    for (const partition of AWS_PARTITIONS) {
      const region = regionIn(afterAccount, form, partition);
      if (region !== undefined && isRegionInPartition(partition, region))
        return { account, region, partition, variant: form };
    }
  }
  return undefined;
}

/** Returns the text in the region's place if the rest of the name has this form and partition. It may not be a region. */
function regionIn(afterAccount: string, form: Form, partition: AwsPartition): string | undefined {
  const suffix = suffixOf(form, partition);
  if (suffix === undefined) return undefined;
  const [begin, end] = [`${form.service}.`, `.${suffix}`];
  const isOfForm = afterAccount.startsWith(begin) && afterAccount.endsWith(end);
  return isOfForm ? afterAccount.slice(begin.length, -end.length) : undefined;
}

function suffixOf(form: Form, partition: AwsPartition): string | undefined {
  return form.dualStack ? partition.dualStackRegistrySuffix : partition.suffix;
}

/** Lists the name in each form of its partition. Partitions that share a suffix have the same forms. */
function listNames(name: string): readonly RegistryName[] {
  const [account = "", ...rest] = name.split(".");
  for (const form of FORMS) {
    for (const partition of AWS_PARTITIONS) {
      const region = regionIn(rest.join("."), form, partition);
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
    const suffix = suffixOf(form, partition);
    return suffix === undefined ? [] : [{ host: [account, form.service, region, suffix].join(".") }];
  });
}

function registryOf(host: RegistryHost, found: PrivateRegistry): Registry {
  const { account, region, partition, variant } = found;
  const endpoint = regionalEndpoint("ecr", region, partition, variant);
  return {
    family: "ecr",
    host,
    coordinates: { account, region, partition: partition.name, endpoint },
    listNames,
    login: (asker, world, logins) => logInTo(found, asker, world, logins),
  };
}

function logInTo(
  found: PrivateRegistry,
  asker: LoginContext,
  world: World,
  logins: LoginCache,
): Promise<LoginResult> {
  const { region, partition, variant } = found;
  return logIn({ service: "ecr", region, variant }, partition.name, asker, world, logins);
}

/** Partitions that share a suffix share its patterns. */
function matchImages(): readonly string[] {
  const patterns = FORMS.flatMap((form) =>
    AWS_PARTITIONS.map((partition) => suffixOf(form, partition))
      .filter((suffix) => suffix !== undefined)
      .map((suffix) => `*.${form.service}.*.${suffix}`),
  );
  return [...new Set(patterns)];
}
