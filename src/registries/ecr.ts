import { AWS_PARTITIONS, type AwsPartition, isRegionOf } from "../clouds/aws/partitions.ts";
import type { Asker } from "../identities/identity.ts";
import type { RegistryHost } from "../image.ts";
import type { LoginResult, Logins } from "../login.ts";
import type { World } from "../world.ts";
import { logIn } from "./aws-login.ts";
import type { Registry, RegistryFamily } from "./registry.ts";

/** What the name of a private registry says. */
interface PrivateRegistry {
  readonly account: string;
  readonly region: string;
  readonly partition: AwsPartition;
  readonly fips: boolean;
  readonly dualStack: boolean;
}

/** One spelling of registry names: the labels between account and region, and what they mean. */
interface Form {
  readonly service: string;
  readonly fips: boolean;
  readonly dualStack: boolean;
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
};

function readHost(host: RegistryHost): PrivateRegistry | undefined {
  const [account = "", ...rest] = host.labels;
  if (!ACCOUNT.test(account)) return undefined;
  const afterAccount = rest.join(".");
  for (const form of FORMS) {
    if (!afterAccount.startsWith(`${form.service}.`)) continue;
    for (const partition of AWS_PARTITIONS) {
      const region = regionIn(afterAccount.slice(form.service.length), form, partition);
      if (region !== undefined)
        return { account, region, partition, fips: form.fips, dualStack: form.dualStack };
    }
  }
  return undefined;
}

/** The region, if everything around it is of this form and partition and it is a region of this partition. */
function regionIn(afterService: string, form: Form, partition: AwsPartition): string | undefined {
  const suffix = form.dualStack ? partition.dualStackRegistrySuffix : partition.suffix;
  if (suffix === undefined || !afterService.endsWith(`.${suffix}`)) return undefined;
  const region = afterService.slice(1, -suffix.length - 1);
  return isRegionOf(partition, region) ? region : undefined;
}

function registryOf(host: RegistryHost, found: PrivateRegistry): Registry {
  const { account, region, partition } = found;
  return {
    family: "ecr",
    host,
    coordinates: { account, region, partition: partition.name, endpoint: endpointOf(found) },
    login: (asker, world, logins) => logInTo(found, asker, world, logins),
  };
}

/** A FIPS or dual-stack registry is asked for at the API of the same kind: an IPv6-only node reaches no other. */
function endpointOf({ region, partition, fips, dualStack }: PrivateRegistry): string {
  const service = fips ? "ecr-fips" : "ecr";
  return dualStack
    ? `https://${service}.${region}.${partition.dualStackApiSuffix}`
    : `https://api.${service}.${region}.${partition.suffix}`;
}

function logInTo(found: PrivateRegistry, asker: Asker, world: World, logins: Logins): Promise<LoginResult> {
  const { region, partition } = found;
  return logIn({ service: "ecr", region, endpoint: endpointOf(found) }, partition.name, asker, world, logins);
}

/** Partitions that share a suffix share its patterns. */
function matchImages(): readonly string[] {
  const patterns = FORMS.flatMap((form) =>
    AWS_PARTITIONS.map((partition) => (form.dualStack ? partition.dualStackRegistrySuffix : partition.suffix))
      .filter((suffix) => suffix !== undefined)
      .map((suffix) => `*.${form.service}.*.${suffix}`),
  );
  return [...new Set(patterns)];
}
