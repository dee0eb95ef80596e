/** The services of a fake cloud, and the service of each TLS server name. */
import { Acr, findAcrCloud } from "./acr.ts";
import { ATTACKER_HOST, attacker } from "./attacker.ts";
import { awsEndpoint } from "./aws-hosts.ts";
import { AzureArc } from "./azure-arc.ts";
import { AzureDirectory } from "./azure-directory.ts";
import { AzureImds } from "./azure-imds.ts";
import { ContainerCredentials } from "./container-credentials.ts";
import { Ecr } from "./ecr.ts";
import { EcrPublic } from "./ecr-public.ts";
import { Entra, isEntra } from "./entra.ts";
import type { Service } from "./exchange.ts";
import { GceMetadata } from "./gce-metadata.ts";
import { GoogleOAuth } from "./google-oauth.ts";
import { GooglePools } from "./google-pools.ts";
import { GoogleSts } from "./google-sts.ts";
import { GOOGLE_ISSUER, GoogleTokens } from "./google-tokens.ts";
import { Iam } from "./iam.ts";
import { IamCredentials } from "./iam-credentials.ts";
import { Imds } from "./imds.ts";
import type { Ledger } from "./ledger.ts";
import { Oidc } from "./oidc.ts";
import type { Settings } from "./options.ts";
import { createPlainRegistries } from "./plain-registry.ts";
import { isRegistry, Registry } from "./registry.ts";
import { Sts } from "./sts.ts";

export type MetadataName = "imds" | "container" | "gce" | "azure-imds" | "azure-arc" | "attacker";

export interface Services {
  readonly iam: Iam;
  readonly oidc: Oidc;
  readonly google: GoogleTokens;
  readonly arc: AzureArc;
  /** The services over plain HTTP, each on its own port. */
  readonly metadata: Readonly<Record<MetadataName, Service>>;
  /** Finds the TLS service of a name. The path distinguishes a registry's API from ACR's exchange. */
  route(host: string, path: string): Service | undefined;
}

export function makeServices(settings: Settings, ledger: Ledger): Services {
  const iam = new Iam(settings.aws, ledger);
  const oidc = new Oidc(settings.cluster.issuer, ledger);
  const google = new GoogleTokens(settings.google, ledger);
  const directory = new AzureDirectory(settings.azure, ledger);
  oidc.trust(GOOGLE_ISSUER, () => google.signer.publicKey);
  oidc.trust(directory.issuer, () => directory.signer.publicKey);
  const ecr = new Ecr(iam, ledger);
  const ecrPublic = new EcrPublic(iam, ledger);
  const acr = new Acr(directory, ledger);
  const arc = new AzureArc(directory, ledger);
  const sts = new Sts(iam, oidc, ledger);
  const aws: Readonly<Record<string, Service>> = {
    ecr,
    "ecr-public": ecrPublic,
    sts,
  };
  const entra = new Entra(directory, oidc);
  const registry = new Registry({ ecr, ecrPublic, google, acr }, ledger);
  const named: Readonly<Record<string, Service>> = {
    ...listGoogleHosts(settings, google, {
      sts: new GoogleSts(google, new GooglePools(settings.google, oidc, sts)),
      iamcredentials: new IamCredentials(settings.google, google),
    }),
    [ATTACKER_HOST]: attacker,
    ...createPlainRegistries(settings.registries, ledger),
  };
  return {
    iam,
    oidc,
    google,
    arc,
    metadata: {
      imds: new Imds(iam, ledger),
      container: new ContainerCredentials(iam, oidc),
      gce: new GceMetadata(settings.google, google),
      "azure-imds": new AzureImds(directory),
      "azure-arc": arc,
      attacker,
    },
    route(host, path) {
      const endpoint = awsEndpoint(host);
      if (endpoint !== undefined) return aws[endpoint.service];
      if (isEntra(host)) return entra;
      if (findAcrCloud(host) !== undefined && path.startsWith("/oauth2/exchange")) return acr;
      return isRegistry(host) ? registry : named[host];
    },
  };
}

/** The services that exchange tokens, under the names of their universe and of the operator. */
function listGoogleHosts(
  { google: { universe, privateHosts } }: Settings,
  tokens: GoogleTokens,
  { sts, iamcredentials }: { readonly sts: Service; readonly iamcredentials: Service },
): Readonly<Record<string, Service>> {
  const oauth2 = new GoogleOAuth(tokens);
  const own = { sts, iamcredentials, oauth2 };
  const named = Object.entries(privateHosts).map(([host, name]) => [host, own[name]] as const);
  return {
    ...Object.fromEntries(named),
    [`sts.${universe}`]: sts,
    [`iamcredentials.${universe}`]: iamcredentials,
    // Partner universes have no OAuth endpoint: a self-signed JWT is the token.
    ...(universe === "googleapis.com" ? { "oauth2.googleapis.com": oauth2 } : {}),
  };
}
