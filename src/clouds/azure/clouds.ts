/** The names in azure.json and AZURE_ENVIRONMENT. `AzureStackCloud` is the custom cloud of AZURE_ENVIRONMENT_FILEPATH. */
export type AzureCloudName =
  | "AzureCloud"
  | "AzureUSGovernment"
  | "AzureChinaCloud"
  | "AzureBleuCloud"
  | "AzureDelosCloud"
  | "AzureStackCloud";

/** An Azure cloud. Each cloud has its own operator, tenants and sign-in hosts. */
export interface AzureCloud {
  readonly name: AzureCloudName;
  /** The last labels of its registries' host names. */
  readonly suffix: readonly string[];
  /** Origin of the sign-in host. */
  readonly authority: string;
  /** Origins of the sign-in host's other names. */
  readonly otherAuthorities?: readonly string[];
  /** The default audience of federated credentials (Entra "Workload identity federation", national clouds). */
  readonly audience: string;
}

export const PUBLIC_CLOUD_AUDIENCE = "api://AzureADTokenExchange";

/**
 * Sign-in hosts as in MSAL (`@azure/msal-common` AuthorityMetadata). For China this is the newer of two names: with the older
 * one, MSAL requests the newer one first. Azure Germany (`azurecr.de`) is closed.
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
