import type { Secret } from "../../core/secret.ts";
import type { World } from "../../core/world.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import { showValue } from "../../errors/show-value.ts";
import { refuseUnsupported, refuseVariable } from "../../formats/choices.ts";
import { readEndpointUrl } from "../../formats/endpoint-url.ts";
import { readJwtExpiry } from "../../formats/jwt.ts";
import type { AzureCredentialSource, AzureIdentity } from "../../identities/azure.ts";
import type { GetSubjectToken, SubjectToken } from "../../identities/subject-token.ts";
import { type EntraToken, exchangeForRefreshToken } from "./acr-exchange.ts";
import { type AzureJsonIdentity, describeIncomplete, readAzureJsonIdentity } from "./azure-json-identity.ts";
import { AZURE_CLOUD_NAMES, type AzureCloud, type AzureCloudName, findAzureCloud } from "./clouds.ts";
import {
  fetchManagedIdentityToken,
  type ManagedIdentityId,
  selectManagedIdentity,
} from "./managed-identity.ts";

/** The scope of container registries in all Azure clouds. Azure Resource Manager does not accept tokens for it. */
const ACR_SCOPE = "https://containerregistry.azure.net/.default";

/**
 * Fetches a refresh token of the registry: an Entra token of the identity, exchanged at the registry.
 *
 * @param host the registry's login server, in lower case
 * @param cloud the registry's cloud
 * @throws ProviderError `azure-*`, `entra-*`, `acr-*`, the codes of the application's credential, and the metadata and network
 *   codes
 */
export async function fetchAcrRefreshToken(
  host: string,
  cloud: AzureCloud,
  identity: AzureIdentity,
  getSubjectToken: GetSubjectToken,
  world: World,
): Promise<Secret> {
  return exchangeForRefreshToken(host, await fetchEntraToken(cloud, identity, getSubjectToken, world), world);
}

/**
 * Fetches an Entra token of the identity from the rule's sign-in host, or else that of the registry's cloud. The pod author
 * chooses the registry, so the node's credentials are sent only to the node's own cloud.
 */
export async function fetchEntraToken(
  cloud: AzureCloud,
  { credentialSource, endpoints }: AzureIdentity,
  getSubjectToken: GetSubjectToken,
  world: World,
): Promise<EntraToken> {
  const authority = endpoints.authority ?? cloud.authority;
  if (credentialSource.kind === "node")
    return fetchNodeEntraToken(cloud.name, authority, credentialSource, world);
  if (credentialSource.isFromEnvironment) {
    assertSameCloud(cloud.name, resolveNodeCloud(world, undefined));
    refuseUnsupported(world.env, "Azure");
    assertAuthorityOfCloud(authority, cloud, world);
  }
  const { createClientProof, requestApplicationToken } = await import("./client-credentials.ts");
  return requestApplicationToken(
    credentialSource,
    await createClientProof(credentialSource, authority, getSubjectToken, world),
    authority,
    ACR_SCOPE,
    world,
  );
}

/**
 * Fetches a token of the node's managed identity for an application of its tenant. Other clouds accept it as a subject token.
 *
 * @param resource the application's ID URI, such as `api://pull`
 * @throws ProviderError `azure-*`, `entra-*`, `platform-*` and the metadata codes
 */
export async function fetchManagedIdentityAssertion(resource: string, world: World): Promise<SubjectToken> {
  const id = selectManagedIdentity(undefined, world);
  const { token, identity } = await fetchManagedIdentityToken(`${resource}/.default`, id, world);
  return { token, expiresAt: readJwtExpiry(token), identityLabel: identity };
}

/** Fetches a token of the node's managed identity, or of the service principal in azure.json. */
async function fetchNodeEntraToken(
  cloud: AzureCloudName,
  authority: string,
  source: AzureCredentialSource & { kind: "node" },
  world: World,
): Promise<EntraToken> {
  const { azureConfigPath: path, tenantId } = source;
  const config = path === undefined ? undefined : await readAzureJsonIdentity(path, world);
  assertSameCloud(cloud, resolveNodeCloud(world, config));
  const ruleIdentity = source.clientId ?? source.resourceId ?? source.objectId;
  if (ruleIdentity === undefined && config !== undefined && !config.useManagedIdentity)
    return fetchServicePrincipalToken(config, path ?? "", authority, world);
  const configuredId = ruleIdentity === undefined ? identityFromAzureJson(config) : source;
  const id = selectManagedIdentity(configuredId, world);
  const token = await fetchManagedIdentityToken(ACR_SCOPE, id, world);
  return { ...token, tenantId: tenantId ?? config?.tenantId ?? (world.env.AZURE_TENANT_ID || undefined) };
}

interface NodeCloud {
  readonly name: AzureCloudName;
  /** How the cloud was determined, for messages. */
  readonly source: string;
}

/** Returns the node's Azure cloud from azure.json, else from the environment, else the public one. Throws `environment-invalid`. */
function resolveNodeCloud({ env }: World, config: AzureJsonIdentity | undefined): NodeCloud {
  const { AZURE_ENVIRONMENT: text } = env;
  const cloud = text ? findAzureCloud(text) : undefined;
  if (text && cloud === undefined)
    throw refuseVariable("AZURE_ENVIRONMENT", `is not one of ${AZURE_CLOUD_NAMES}`);
  if (config?.cloud !== undefined) return { name: config.cloud, source: "from cloud in azure.json" };
  if (cloud !== undefined) return { name: cloud, source: "from AZURE_ENVIRONMENT" };
  return { name: "AzureCloud", source: "by default" };
}

/** Throws `environment-invalid` if AZURE_AUTHORITY_HOST is neither the requested sign-in host nor another one of the cloud. */
function assertAuthorityOfCloud(
  requested: string,
  { name, authority, otherAuthorities = [] }: AzureCloud,
  { env }: World,
): void {
  const url = readEndpointUrl(env, "AZURE_AUTHORITY_HOST", "without-path");
  if (url === undefined || [requested, authority, ...otherAuthorities].includes(url.origin)) return;
  throw new ProviderError("environment-invalid", {
    detail: `AZURE_AUTHORITY_HOST is not a sign-in host of ${name}`,
    hint: "remove it, and set AZURE_ENVIRONMENT to the node's Azure cloud; a rule may set another sign-in host with azure.endpoints.authority",
  });
}

/** Azure's clouds have different operators: a token of one cloud is never sent to a registry of another. */
function assertSameCloud(registryCloud: AzureCloudName, { name, source }: NodeCloud): void {
  if (registryCloud === name) return;
  const detail = `the registry's cloud is ${registryCloud}, the node's is ${name}, ${source}`;
  throw new ProviderError("azure-cloud-mismatch", { detail });
}

/** `userAssignedIdentityID` holds a client id or a resource id. It takes precedence over the environment. */
function identityFromAzureJson(config: AzureJsonIdentity | undefined): ManagedIdentityId | undefined {
  const id = config?.userAssignedIdentity;
  if (id === undefined) return undefined;
  return id.includes("/") ? { resourceId: id } : { clientId: id };
}

async function fetchServicePrincipalToken(
  config: AzureJsonIdentity,
  path: string,
  authority: string,
  world: World,
): Promise<EntraToken> {
  const { tenantId, clientId, clientSecret } = config;
  if (!tenantId || !clientId || !clientSecret)
    throw new ProviderError("azure-config-incomplete", {
      detail: `${showValue("path", path)}: ${describeIncomplete(config)}`,
    });
  const { requestApplicationToken } = await import("./client-credentials.ts");
  const identity = `service principal ${showValue("guid", clientId)}`;
  const proof = { kind: "secret", value: clientSecret, identity } as const;
  return requestApplicationToken({ tenantId, clientId }, proof, authority, ACR_SCOPE, world);
}
