/** All services of one cloud, and which of them a TLS name leads to. */
import { Acr, acrCloud } from "./acr.ts";
import { ATTACKER_HOST, attacker } from "./attacker.ts";
import { awsEndpoint } from "./aws-hosts.ts";
import { AzureDirectory } from "./azure-directory.ts";
import { AzureImds } from "./azure-imds.ts";
import { Ecr } from "./ecr.ts";
import { EcrPublic } from "./ecr-public.ts";
import type { Service } from "./exchange.ts";
import { GceMetadata } from "./gce-metadata.ts";
import { GoogleTokens } from "./google-tokens.ts";
import { Iam } from "./iam.ts";
import { Imds } from "./imds.ts";
import type { Ledger } from "./ledger.ts";
import type { Settings } from "./options.ts";
import { isRegistry, Registry } from "./registry.ts";

export type MetadataName = "imds" | "gce" | "azure-imds" | "attacker";

export interface Services {
  readonly iam: Iam;
  /** Plain HTTP, one port each. */
  readonly metadata: Readonly<Record<MetadataName, Service>>;
  /** TLS, by name; the path tells a registry's own API from its token service. */
  route(host: string, path: string): Service | undefined;
}

export function makeServices(settings: Settings, ledger: Ledger): Services {
  const iam = new Iam(settings.aws, ledger);
  const google = new GoogleTokens(settings.google, ledger);
  const directory = new AzureDirectory(settings.azure, ledger);
  const ecr = new Ecr(iam, ledger);
  const ecrPublic = new EcrPublic(iam, ledger);
  const acr = new Acr(directory, ledger);
  const registry = new Registry({ ecr, ecrPublic, google, acr });
  const aws: Readonly<Record<string, Service>> = { ecr, "ecr-public": ecrPublic };
  return {
    iam,
    metadata: {
      imds: new Imds(iam, ledger),
      gce: new GceMetadata(settings.google, google),
      "azure-imds": new AzureImds(directory),
      attacker,
    },
    route(host, path) {
      const endpoint = awsEndpoint(host);
      if (endpoint !== undefined) return aws[endpoint.service];
      if (acrCloud(host) !== undefined && path.startsWith("/oauth2/")) return acr;
      if (isRegistry(host)) return registry;
      return host === ATTACKER_HOST || host.endsWith(`.${ATTACKER_HOST}`) ? attacker : undefined;
    },
  };
}
