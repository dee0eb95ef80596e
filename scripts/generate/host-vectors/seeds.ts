/** A genuine host, cut where the domain of its owner begins; hostile hosts are derived from it. */
export interface Seed {
  /** The part before the domain, with a dot at its end, or empty. */
  readonly own: string;
  readonly domain: string;
}

const CUT_HOSTS = [
  "111122223333.dkr.ecr.us-east-1.|amazonaws.com",
  "111122223333.dkr.ecr-fips.us-gov-west-1.|amazonaws.com",
  "111122223333.dkr-ecr.eu-west-1.|on.aws",
  "111122223333.dkr.ecr.cn-north-1.|amazonaws.com.cn",
  "111122223333.dkr-ecr.cn-northwest-1.|on.amazonwebservices.com.cn",
  "111122223333.dkr.ecr.us-iso-east-1.|c2s.ic.gov",
  "111122223333.dkr.ecr.us-isob-east-1.|sc2s.sgov.gov",
  "111122223333.dkr.ecr.eu-isoe-west-1.|cloud.adc-e.uk",
  "111122223333.dkr.ecr.us-isof-south-1.|csp.hci.ic.gov",
  "111122223333.dkr.ecr.eusc-de-east-1.|amazonaws.eu",
  "public.|ecr.aws",
  "ecr-public.|aws.com",
  "|gcr.io",
  "eu.|gcr.io",
  "us-central1-docker.|pkg.dev",
  "docker.europe-west1.|rep.pkg.dev",
  "docker.|pkg-berlin-build0.goog",
  "u-france-east1-docker.|s3nsregistry.fr",
  "myreg.|azurecr.io",
  "myreg-a1b2c3.|azurecr.cn",
  "myreg.usgovvirginia.geo.|azurecr.us",
  "myreg.|azurecr.sovcloud-azure.fr",
  "container.|cloud.google.com",
];

export const SEEDS: readonly Seed[] = CUT_HOSTS.map((host) => {
  const [own = "", domain = ""] = host.split("|");
  return { own, domain };
});

export const HOSTS: readonly string[] = SEEDS.map(({ own, domain }) => own + domain);

/** Returns the item at an index modulo the length of the list. */
export function nth(list: readonly string[], index: number): string {
  return list[index % list.length] ?? "";
}

/** Splits a list that is written as words. */
export function splitWords(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

/** `from`, `from` + 1, … `to` */
export function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

export type Classes = Readonly<Record<string, readonly string[]>>;
