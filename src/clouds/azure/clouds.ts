/** As azure.json and AZURE_ENVIRONMENT name them; the last one is whichever AZURE_ENVIRONMENT_FILEPATH describes. */
export type AzureCloudName =
  | "AzureCloud"
  | "AzureUSGovernment"
  | "AzureChinaCloud"
  | "AzureBleuCloud"
  | "AzureDelosCloud"
  | "AzureStackCloud";

/** One of Azure's separate worlds: operators, tenants and sign-in hosts of one mean nothing in another. */
export interface AzureCloud {
  readonly name: AzureCloudName;
  /** Labels that the names of its registries end with. */
  readonly suffix: readonly string[];
  /** Origin of the sign-in host. */
  readonly authority: string;
  /** Origins of the same sign-in service under its other names. */
  readonly otherAuthorities?: readonly string[];
  /** What federated credentials are for by default (Entra "Workload identity federation", national clouds). */
  readonly audience: string;
}

export const PUBLIC_CLOUD_AUDIENCE = "api://AzureADTokenExchange";

/**
 * Sign-in hosts as MSAL knows them (`@azure/msal-common` AuthorityMetadata): China's is the newer of its two names, since
 * MSAL would ask the older one for it. `azurecr.de` is closed and belongs to nobody's pulls any more.
 */
export const AZURE_CLOUDS: readonly AzureCloud[] = [
  {
    name: "AzureCloud",
    suffix: ["azurecr", "io"],
    authority: "https://login.microsoftonline.com",
    otherAuthorities: ["https://login.windows.net", "https://login.microsoft.com", "https://sts.windows.net"],
    audience: PUBLIC_CLOUD_AUDIENCE,
  },
  {
    name: "AzureChinaCloud",
    suffix: ["azurecr", "cn"],
    authority: "https://login.partner.microsoftonline.cn",
    otherAuthorities: ["https://login.chinacloudapi.cn"],
    audience: "api://AzureADTokenExchangeChina",
  },
  {
    name: "AzureUSGovernment",
    suffix: ["azurecr", "us"],
    authority: "https://login.microsoftonline.us",
    otherAuthorities: ["https://login.usgovcloudapi.net"],
    audience: "api://AzureADTokenExchangeUSGov",
  },
  {
    name: "AzureBleuCloud",
    suffix: ["azurecr", "sovcloud-azure", "fr"],
    authority: "https://login.sovcloud-identity.fr",
    audience: PUBLIC_CLOUD_AUDIENCE,
  },
  {
    name: "AzureDelosCloud",
    suffix: ["azurecr", "sovcloud-azure", "de"],
    authority: "https://login.sovcloud-identity.de",
    audience: PUBLIC_CLOUD_AUDIENCE,
  },
];

const NAMES: ReadonlyMap<string, AzureCloudName> = new Map([
  ["azurecloud", "AzureCloud"],
  ["azurepubliccloud", "AzureCloud"],
  ["azureusgovernment", "AzureUSGovernment"],
  ["azureusgovernmentcloud", "AzureUSGovernment"],
  ["azurechinacloud", "AzureChinaCloud"],
  ["azurebleucloud", "AzureBleuCloud"],
  ["azuredeloscloud", "AzureDelosCloud"],
  ["azurestackcloud", "AzureStackCloud"],
]);

/** Returns the cloud with a name, in any case; undefined if there is none. */
export function findAzureCloud(name: string): AzureCloudName | undefined {
  return NAMES.get(name.toLowerCase());
}

/** Completes the sentence "the value must be …". */
export const AZURE_CLOUD_NAMES = [...new Set(NAMES.values())].join(", ");
