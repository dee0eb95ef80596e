/**
 * Azure's separate clouds: their sign-in hosts (MSAL's AuthorityMetadata), issuers of version 1 tokens, and registry
 * suffixes (azure-cli's cloud profiles). Only an environment file describes `custom`; its names are made up. So are the
 * issuers of the sovereign clouds, which no test compares.
 */
import type { AzureCloudName } from "./options.ts";

interface AzureCloudNames {
  readonly authorities: readonly string[];
  readonly issuer: string;
  readonly suffix: string;
}

export const AZURE_CLOUDS: Readonly<Record<AzureCloudName, AzureCloudNames>> = {
  public: {
    authorities: ["login.microsoftonline.com", "login.windows.net"],
    issuer: "https://sts.windows.net/",
    suffix: "azurecr.io",
  },
  china: {
    authorities: ["login.chinacloudapi.cn", "login.partner.microsoftonline.cn"],
    issuer: "https://sts.chinacloudapi.cn/",
    suffix: "azurecr.cn",
  },
  usgov: {
    authorities: ["login.microsoftonline.us"],
    issuer: "https://login.microsoftonline.us/",
    suffix: "azurecr.us",
  },
  bleu: {
    authorities: ["login.sovcloud-identity.fr"],
    issuer: "https://login.sovcloud-identity.fr/",
    suffix: "azurecr.sovcloud-azure.fr",
  },
  delos: {
    authorities: ["login.sovcloud-identity.de"],
    issuer: "https://login.sovcloud-identity.de/",
    suffix: "azurecr.sovcloud-azure.de",
  },
  custom: {
    authorities: ["login.stack.example"],
    issuer: "https://sts.stack.example/",
    suffix: "azurecr.stack.example",
  },
};

const NAMES: readonly AzureCloudName[] = ["public", "china", "usgov", "bleu", "delos", "custom"];

/** Returns the cloud of a sign-in host. */
export const findCloudByAuthority = (host: string): AzureCloudName | undefined =>
  NAMES.find((name) => AZURE_CLOUDS[name].authorities.includes(host));

/** Returns the cloud of a registry suffix. */
export const findCloudBySuffix = (suffix: string): AzureCloudName | undefined =>
  NAMES.find((name) => AZURE_CLOUDS[name].suffix === suffix);
