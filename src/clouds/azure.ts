import { createHttpHeaders, type HttpClient } from "@azure/core-rest-pipeline";
import { ClientSecretCredential, ManagedIdentityCredential, type TokenCredential } from "@azure/identity";
import type { Destination } from "../egress/destination.ts";
import { Egress } from "../egress/egress.ts";
import { ProviderError } from "../errors.ts";
import type { AzureAccess } from "../identities/azure.ts";
import type { SubjectTokens } from "../identities/subject.ts";
import { Secret } from "../secret.ts";
import { SECOND } from "../time.ts";
import type { Environment, HttpResponse, World } from "../world.ts";
import { failureOf } from "./answer.ts";
import { type AzureCloud, type AzureConfig, cloudNamed, readAzureConfig } from "./azure/config.ts";
import { readingOfAzure } from "./azure/errors.ts";
import { type EntraToken, exchangeForRefreshToken } from "./azure/exchange.ts";
import { requirePlatform } from "./platform.ts";

/** One audience in all clouds; a token for it is worth nothing to Azure Resource Manager. */
const SCOPE = "https://containerregistry.azure.net/.default";
const IMDS = "http://169.254.169.254";
/** The Arc agent's fixed address and program (Azure Arc "Authenticate against Azure resources"). */
const ARC = "http://127.0.0.1:40342";
const ARC_AGENT = "/opt/azcmagent/bin/himds";
/** 404 and 410 while an identity is being set up (Entra "Retry guidance" for managed identities). */
const SETTING_UP = [404, 410];
const PATIENCE = 15 * SECOND;

/** The sign-in host of each cloud, first the one that is asked for; the library turns China's into its twin. */
const AUTHORITIES: Readonly<Partial<Record<AzureCloud, readonly [string, ...string[]]>>> = {
  AzureCloud: ["https://login.microsoftonline.com"],
  AzureUSGovernment: ["https://login.microsoftonline.us"],
  AzureChinaCloud: ["https://login.chinacloudapi.cn", "https://login.partner.microsoftonline.cn"],
};

/**
 * The registry's refresh token: the Entra token of whoever asks, exchanged.
 *
 * @param host the login server, in lower case, as its family has recognised it
 * @param cloud the registry's
 * @throws ProviderError `azure-*`, `entra-refused`, `acr-*`, and the codes of metadata and wire
 */
export async function refreshToken(
  host: string,
  cloud: string,
  access: AzureAccess,
  subjectTokens: SubjectTokens,
  world: World,
): Promise<Secret> {
  return exchangeForRefreshToken(host, await entraToken(cloud, access, subjectTokens, world), world);
}

export async function entraToken(
  cloud: string,
  { start }: AzureAccess,
  _subjectTokens: SubjectTokens,
  world: World,
): Promise<EntraToken> {
  if (start.kind !== "node") throw new ProviderError("internal", { detail: "not there yet" });
  return nodeToken(cloud, start, world);
}

/** Of the node's managed identity, or of the service principal of azure.json. */
async function nodeToken(
  cloud: string,
  { azureConfigPath }: AzureAccess["start"] & { kind: "node" },
  world: World,
): Promise<EntraToken> {
  const config = azureConfigPath === undefined ? undefined : await readAzureConfig(azureConfigPath, world);
  requireCloud(cloud, config === undefined ? cloudNamed(world.env.AZURE_ENVIRONMENT) : config.cloud);
  if (config === undefined || config.useManagedIdentity) return managedIdentityToken(config, world);
  return servicePrincipalToken(config, azureConfigPath ?? "", world);
}

/** Azure's clouds have operators of their own: a token of one is not shown to a registry of another. */
function requireCloud(registrys: string, nodes: AzureCloud | undefined): void {
  if (registrys === nodes) return;
  const detail = `the registry's is ${registrys}, the node's ${nodes ?? "is not known"}`;
  throw new ProviderError("azure-other-cloud", { detail });
}

async function managedIdentityToken(config: AzureConfig | undefined, world: World): Promise<EntraToken> {
  const choice = choose(config?.userAssignedIdentity, world.env);
  const egress = new Egress(world, [await metadataDestination(world)]);
  const credential = new ManagedIdentityCredential({ ...choice.options, ...sdkOptions(egress) });
  const token = await getToken(credential, egress, choice.identity);
  return {
    token,
    tenantId: config?.tenantId ?? (world.env.AZURE_TENANT_ID || undefined),
    identity: choice.identity,
  };
}

async function servicePrincipalToken(config: AzureConfig, path: string, world: World): Promise<EntraToken> {
  const { tenantId, clientId, clientSecret, cloud } = config;
  const origins = cloud && AUTHORITIES[cloud];
  if (!tenantId || !clientId || !clientSecret || !origins)
    throw new ProviderError("azure-config-incomplete", { detail: path });
  const egress = new Egress(
    world,
    origins.map((origin) => ({ origin, kind: "token", stage: "identity" })),
  );
  const identity = `service principal ${clientId}`;
  const credential = new ClientSecretCredential(tenantId, clientId, clientSecret.expose(), {
    ...sdkOptions(egress),
    authorityHost: origins[0],
    disableInstanceDiscovery: true,
  });
  return { token: await getToken(credential, egress, identity), tenantId, identity };
}

async function getToken(credential: TokenCredential, egress: Egress, identity: string): Promise<Secret> {
  try {
    const answer = await credential.getToken(SCOPE);
    if (answer !== null) return new Secret(answer.token);
  } catch (error) {
    throw failureOf(error, egress, readingOfAzure, { identity });
  }
  throw new ProviderError("answer-malformed", {
    ...egress.asked?.facts,
    identity,
    detail: "no access_token",
  });
}

interface Choice {
  readonly identity: string;
  readonly options: { clientId?: string; resourceId?: string; objectId?: string };
}

/** azure.json's one field holds either id; the environment has a name for each. The file is nearer and wins. */
function choose(named: string | undefined, env: Environment): Choice {
  if (named !== undefined) return named.includes("/") ? byResourceId(named) : byClientId(named);
  if (env.AZURE_CLIENT_ID) return byClientId(env.AZURE_CLIENT_ID);
  if (env.AZURE_MANAGED_IDENTITY_RESOURCE_ID) return byResourceId(env.AZURE_MANAGED_IDENTITY_RESOURCE_ID);
  const objectId = env.AZURE_MANAGED_IDENTITY_OBJECT_ID;
  if (objectId) return { identity: `managed identity with object id ${objectId}`, options: { objectId } };
  return { identity: "the node's managed identity", options: {} };
}

function byClientId(clientId: string): Choice {
  return { identity: `managed identity with client id ${clientId}`, options: { clientId } };
}

function byResourceId(resourceId: string): Choice {
  return { identity: `managed identity ${resourceId}`, options: { resourceId } };
}

/** Which service the library will ask: it chooses by the same marks, and the egress lets it reach no other. */
async function metadataDestination(world: World): Promise<Destination> {
  const {
    IDENTITY_ENDPOINT: arc,
    IMDS_ENDPOINT: arcToo,
    AZURE_POD_IDENTITY_AUTHORITY_HOST: host,
  } = world.env;
  if (arc && arcToo) return destination(originOf("IDENTITY_ENDPOINT", arc));
  if ((await world.readFile(ARC_AGENT, 0).catch(() => "")) !== undefined) return destination(ARC);
  if (host) return destination(originOf("AZURE_POD_IDENTITY_AUTHORITY_HOST", host));
  await requirePlatform("azure", world);
  return destination(IMDS);
}

function destination(origin: string): Destination {
  const patience = ({ status }: HttpResponse) => (SETTING_UP.includes(status) ? PATIENCE : undefined);
  return { origin, kind: "metadata", stage: "identity", patience };
}

function originOf(name: string, text: string): string {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === "") return url.origin;
  throw new ProviderError("environment-value", { detail: `${name} is not an http URL` });
}

/** The library's door, with its own retries shut off. */
function sdkOptions(egress: Egress) {
  const httpClient: HttpClient = {
    sendRequest: async (request) => {
      const { status, headers, body } = await egress.send({
        method: request.method === "POST" ? "POST" : "GET",
        url: new URL(request.url),
        headers: request.headers.toJSON(),
        body: typeof request.body === "string" ? request.body : undefined,
      });
      return { request, status, headers: createHttpHeaders({ ...headers }), bodyAsText: body };
    },
  };
  return { httpClient, retryOptions: { maxRetries: 0 } };
}
