import { nth, splitWords } from "./seeds.ts";

/** A supported host, and the facts that its name contains. */
export interface Genuine {
  readonly image: string;
  readonly family: "ecr" | "ecr-public" | "artifact-registry" | "acr";
  readonly account?: string;
  readonly region?: string;
  readonly partition: string;
  readonly endpoint: string;
}

/** The regions of botocore, and some that do not exist yet: AWS opens several per year. */
const AWS_REGIONS = `
  af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1
  ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1
  eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1
  me-south-1 me-west-1 mx-central-1 sa-east-1 sa-west-1 us-east-1 us-east-2 us-west-1 us-west-2
  ap-southeast-12 eu-central-3 nz-north-1 us-northeast-1`;
const FIPS_REGIONS = "us-east-1 us-east-2 us-west-1 us-west-2 ca-central-1";
const DUAL_STACK_REGIONS =
  "us-east-1 us-west-2 eu-west-1 eu-central-1 ap-south-1 ap-northeast-1 sa-east-1 il-central-1";

const ACCOUNTS = ["111122223333", "000000000000", "999999999999", "012345678901", "123456789012"];

/** Paths after the host, which must not change the result. */
const PATHS = [
  "/app",
  "/team/app/web",
  "",
  "/",
  "/public.ecr.aws/nginx",
  "/myreg.azurecr.io/app",
  "/a@sha256:0123",
  "/a:443",
  "/../gcr.io/a",
  "//evil.example/a",
];

type Ecr = (account: string, region: string) => readonly [host: string, api: string];

/** Registry host and API host of each form, as in the documentation and the SDKs of AWS. */
const ECR_FORMS: readonly (readonly [partition: string, regions: string, names: Ecr])[] = [
  ["aws", AWS_REGIONS, (a, r) => [`${a}.dkr.ecr.${r}.amazonaws.com`, `api.ecr.${r}.amazonaws.com`]],
  [
    "aws",
    FIPS_REGIONS,
    (a, r) => [`${a}.dkr.ecr-fips.${r}.amazonaws.com`, `api.ecr-fips.${r}.amazonaws.com`],
  ],
  ["aws", DUAL_STACK_REGIONS, (a, r) => [`${a}.dkr-ecr.${r}.on.aws`, `ecr.${r}.api.aws`]],
  ["aws", FIPS_REGIONS, (a, r) => [`${a}.dkr-ecr-fips.${r}.on.aws`, `ecr-fips.${r}.api.aws`]],
  ...gov("us-gov-east-1 us-gov-west-1 us-gov-central-1"),
  ...china("cn-north-1 cn-northwest-1 cn-east-1"),
  ...plainAndFips("aws-eusc", "eusc-de-east-1 eusc-de-west-2", "amazonaws.eu"),
  ...plainAndFips("aws-iso", "us-iso-east-1 us-iso-west-1", "c2s.ic.gov"),
  ...plainAndFips("aws-iso-b", "us-isob-east-1 us-isob-west-1", "sc2s.sgov.gov"),
  ...plainAndFips("aws-iso-e", "eu-isoe-west-1", "cloud.adc-e.uk"),
  ...plainAndFips("aws-iso-f", "us-isof-south-1 us-isof-east-1", "csp.hci.ic.gov"),
];

function plainAndFips(partition: string, regions: string, suffix: string) {
  const plain: Ecr = (a, r) => [`${a}.dkr.ecr.${r}.${suffix}`, `api.ecr.${r}.${suffix}`];
  const fips: Ecr = (a, r) => [`${a}.dkr.ecr-fips.${r}.${suffix}`, `api.ecr-fips.${r}.${suffix}`];
  return [[partition, regions, plain] as const, [partition, regions, fips] as const];
}

function dualStack(partition: string, regions: string, suffix: string, apiSuffix: string) {
  const plain: Ecr = (a, r) => [`${a}.dkr-ecr.${r}.${suffix}`, `ecr.${r}.${apiSuffix}`];
  const fips: Ecr = (a, r) => [`${a}.dkr-ecr-fips.${r}.${suffix}`, `ecr-fips.${r}.${apiSuffix}`];
  return [[partition, regions, plain] as const, [partition, regions, fips] as const];
}

function gov(regions: string) {
  return [
    ...plainAndFips("aws-us-gov", regions, "amazonaws.com"),
    ...dualStack("aws-us-gov", regions, "on.aws", "api.aws"),
  ];
}

function china(regions: string) {
  const [suffix, apiSuffix] = ["on.amazonwebservices.com.cn", "api.amazonwebservices.com.cn"];
  return [
    ...plainAndFips("aws-cn", regions, "amazonaws.com.cn"),
    ...dualStack("aws-cn", regions, suffix, apiSuffix),
  ];
}

function ecr(): readonly Genuine[] {
  return ECR_FORMS.flatMap(([partition, regions, names]) =>
    splitWords(regions).map((region, i) => {
      const account = nth(ACCOUNTS, i);
      const [host, api] = names(account, region);
      return {
        image: host + nth(PATHS, i),
        family: "ecr",
        account,
        region,
        partition,
        endpoint: `https://${api}`,
      };
    }),
  );
}

function ecrPublic(): readonly Genuine[] {
  const shared = { family: "ecr-public", region: "us-east-1", partition: "aws" } as const;
  const [plain, dual] = [
    "https://api.ecr-public.us-east-1.amazonaws.com",
    "https://ecr-public.us-east-1.api.aws",
  ];
  return [
    ...PATHS.map((path) => ({ image: `public.ecr.aws${path}`, ...shared, endpoint: plain })),
    ...PATHS.map((path) => ({ image: `ecr-public.aws.com${path}`, ...shared, endpoint: dual })),
  ];
}

/** docker-credential-gcr's list, and regions opened since. */
const GOOGLE_LOCATIONS = `
  us europe asia africa-south1 asia-east1 asia-east2 asia-northeast1 asia-northeast2 asia-northeast3 asia-south1 asia-south2
  asia-southeast1 asia-southeast2 asia-southeast3 australia-southeast1 australia-southeast2 europe-central2 europe-north1
  europe-north2 europe-southwest1 europe-west1 europe-west10 europe-west12 europe-west2 europe-west3 europe-west4
  europe-west6 europe-west8 europe-west9 me-central1 me-central2 me-west1 northamerica-northeast1 northamerica-northeast2
  northamerica-south1 southamerica-east1 southamerica-west1 us-central1 us-east1 us-east4 us-east5 us-south1 us-west1
  us-west2 us-west3 us-west4 us-west8`;
const REGIONAL_ENDPOINTS =
  "us-central1 us-east4 us-west8 europe-west3 europe-west12 asia-south1 me-central2 us eu";
/** The hosts that `gcloud auth configure-docker` sets up, and the one in the kubelet's own list. */
const CONTAINER_REGISTRY =
  "gcr.io us.gcr.io eu.gcr.io asia.gcr.io marketplace.gcr.io staging-k8s.gcr.io container.cloud.google.com";

/** Registry domain → universe: Google's build tooling and the partners' documents name them. */
const UNIVERSES: readonly (readonly [domain: string, universe: string, location: string])[] = [
  ["pkg-tpczero.goog", "apis-tpczero.goog", "u-us-prp1"],
  ["pkg-tpcone.goog", "apis-tpcone.goog", "u-us-prp2"],
  ["pkg-berlin-build0.goog", "apis-berlin-build0.goog", "u-germany-northeast1"],
  ["s3nsregistry.fr", "s3nsapis.fr", "u-france-east1"],
  ["qs3nsregistry.fr", "qs3nsapis.fr", "u-france-east2"],
];

function google(): readonly Genuine[] {
  const universal = (host: string, partition: string, region?: string) => ({
    host,
    partition,
    ...(region && { region }),
  });
  const rows = [
    ...splitWords(GOOGLE_LOCATIONS).map((l) => universal(`${l}-docker.pkg.dev`, "googleapis.com", l)),
    ...splitWords(REGIONAL_ENDPOINTS).map((l) => universal(`docker.${l}.rep.pkg.dev`, "googleapis.com", l)),
    ...splitWords(CONTAINER_REGISTRY).map((host) => universal(host, "googleapis.com")),
    ...UNIVERSES.map(([domain, universe]) => universal(`docker.${domain}`, universe)),
    ...UNIVERSES.map(([domain, universe, location]) =>
      universal(`${location}-docker.${domain}`, universe, location),
    ),
  ];
  return rows.map(({ host, ...facts }, i) => ({
    image: host + nth(PATHS, i),
    family: "artifact-registry",
    ...facts,
    endpoint: "http://metadata.google.internal",
  }));
}

/** Suffix → cloud, and regions of that cloud. `azurecr.de` was closed in 2021. */
const AZURE_CLOUDS: readonly (readonly [suffix: string, cloud: string, regions: string])[] = [
  [
    "azurecr.io",
    "AzureCloud",
    "eastus eastus2 westeurope northeurope southeastasia germanywestcentral brazilsouth",
  ],
  ["azurecr.cn", "AzureChinaCloud", "chinaeast2 chinanorth3"],
  ["azurecr.us", "AzureUSGovernment", "usgovvirginia usgovarizona"],
  ["azurecr.sovcloud-azure.fr", "AzureBleuCloud", "bleufrancecentral bleufrancesouth"],
  ["azurecr.sovcloud-azure.de", "AzureDelosCloud", "deloscloudgermanycentral deloscloudgermanynorth"],
];
const AZURE_NAMES = [
  "myreg",
  "contoso",
  "a1234",
  "1reg",
  "myreg-a1b2c3d4e5",
  "demo-abc123",
  "a".repeat(50),
  "x",
  "reg-0",
];

function azure(): readonly Genuine[] {
  const rows = AZURE_CLOUDS.flatMap(([suffix, partition, regions]) => [
    ...AZURE_NAMES.map((name) => ({ host: `${name}.${suffix}`, partition })),
    ...splitWords(regions).map((region, i) => ({
      host: `${nth(AZURE_NAMES, i)}.${region}.geo.${suffix}`,
      partition,
      region,
    })),
    ...splitWords(regions).map((region, i) => ({
      host: `${nth(AZURE_NAMES, i + 4)}.${region}.geo.${suffix}`,
      partition,
      region,
    })),
  ]);
  return rows.map(({ host, ...facts }, i) => ({
    image: host + nth(PATHS, i),
    family: "acr",
    ...facts,
    endpoint: `https://${host}/oauth2/exchange`,
  }));
}

/** Some of the rows with upper-case letters in the host: DNS names are case-insensitive, and such hosts reach the provider. */
function capitals(rows: readonly Genuine[]): readonly Genuine[] {
  const spelled = (image: string, i: number) => {
    const host = image.split("/", 1)[0] ?? "";
    const other = i % 2 === 0 ? host.toUpperCase() : host.replace(/[a-z]/, (letter) => letter.toUpperCase());
    return other + image.slice(host.length);
  };
  return rows.filter((_, i) => i % 9 === 4).map((row, i) => ({ ...row, image: spelled(row.image, i) }));
}

export function genuineRows(): readonly Genuine[] {
  const rows = [...ecr(), ...ecrPublic(), ...google(), ...azure()];
  return [...rows, ...capitals(rows)];
}
