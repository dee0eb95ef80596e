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

/** One audience in all clouds; a token for it is worth nothing to Azure Resource Manager. */
const SCOPE = "https://containerregistry.azure.net/.default";

/**
 * The registry's refresh token: the Entra token of whoever asks, exchanged.
 *
 * @param host the login server, in lower case, as its family has recognised it
 * @param cloud the registry's
 * @throws ProviderError `azure-*`, `entra-*`, `acr-*`, those of the files and tokens that prove an application, and the
 *   codes of metadata and wire
 */
export async function fetchAcrRefreshToken(
  host: string,
  cloud: AzureCloud,
  access: AzureIdentity,
  subjectTokens: GetSubjectToken,
  world: World,
): Promise<Secret> {
  return exchangeForRefreshToken(host, await fetchEntraToken(cloud, access, subjectTokens, world), world);
}

/**
 * Of whoever the access names, from the sign-in host of the registry's cloud or the one that the rule has in its place. Whoever
 * writes a pod chooses the registry: what proves the node is shown to no other cloud than its own.
 */
export async function fetchEntraToken(
  cloud: AzureCloud,
  { credentialSource, endpoints }: AzureIdentity,
  subjectTokens: GetSubjectToken,
  world: World,
): Promise<EntraToken> {
  const authority = endpoints.authority ?? cloud.authority;
  if (credentialSource.kind === "node") return nodeToken(cloud.name, authority, credentialSource, world);
  if (credentialSource.isFromEnvironment) {
    requireCloud(cloud.name, nodeCloud(world, undefined));
    refuseUnsupported(world.env, "Azure");
    requireAuthority(authority, cloud, world);
  }
  const { createClientProof, requestApplicationToken } = await import("./client-credentials.ts");
  return requestApplicationToken(
    credentialSource,
    await createClientProof(credentialSource, authority, subjectTokens, world),
    authority,
    SCOPE,
    world,
  );
}

/**
 * A token of the node's managed identity for an application of its tenant: what other clouds trust the node by.
 *
 * @param resource the application's ID URI, such as `api://pull`
 * @throws ProviderError `azure-*`, `entra-*`, `platform-*`, and the codes of metadata
 */
export async function fetchManagedIdentityAssertion(resource: string, world: World): Promise<SubjectToken> {
  const choice = selectManagedIdentity(undefined, world);
  const { token, identity } = await fetchManagedIdentityToken(`${resource}/.default`, choice, world);
  return { token, expiresAt: readJwtExpiry(token), identityLabel: identity };
}

/** Of the node's managed identity, or of the service principal of azure.json. */
async function nodeToken(
  cloud: AzureCloudName,
  authority: string,
  start: AzureCredentialSource & { kind: "node" },
  world: World,
): Promise<EntraToken> {
  const { azureConfigPath: path, tenantId } = start;
  const config = path === undefined ? undefined : await readAzureJsonIdentity(path, world);
  requireCloud(cloud, nodeCloud(world, config));
  const byRule = start.clientId ?? start.resourceId ?? start.objectId;
  if (byRule === undefined && config !== undefined && !config.useManagedIdentity)
    return servicePrincipalToken(config, path ?? "", authority, world);
  const named = byRule === undefined ? identityIn(config) : start;
  const managed = await fetchManagedIdentityToken(SCOPE, selectManagedIdentity(named, world), world);
  return { ...managed, tenantId: tenantId ?? config?.tenantId ?? (world.env.AZURE_TENANT_ID || undefined) };
}

interface NodeCloud {
  readonly name: AzureCloudName;
  /** For messages: what names the cloud. */
  readonly source: string;
}

/** Returns the node's Azure cloud: azure.json's, else the environment's, else the public one. Throws `environment-invalid`. */
function nodeCloud({ env }: World, config: AzureJsonIdentity | undefined): NodeCloud {
  const { AZURE_ENVIRONMENT: text } = env;
  const named = text ? findAzureCloud(text) : undefined;
  if (text && named === undefined)
    throw refuseVariable("AZURE_ENVIRONMENT", `is not one of ${AZURE_CLOUD_NAMES}`);
  if (config?.cloud !== undefined) return { name: config.cloud, source: "cloud in azure.json" };
  if (named !== undefined) return { name: named, source: "AZURE_ENVIRONMENT" };
  return { name: "AzureCloud", source: "default" };
}

/**
 * Requires AZURE_AUTHORITY_HOST, where it is set, to be the sign-in host that is requested, or another of the cloud's.
 *
 * @throws ProviderError `environment-invalid`
 */
function requireAuthority(
  requested: string,
  { name, authority, otherAuthorities = [] }: AzureCloud,
  { env }: World,
): void {
  const url = readEndpointUrl(env, "AZURE_AUTHORITY_HOST", "without-path");
  if (url === undefined || [requested, authority, ...otherAuthorities].includes(url.origin)) return;
  throw new ProviderError("environment-invalid", {
    detail: `AZURE_AUTHORITY_HOST is not a sign-in host of ${name}`,
    hint: "remove it, and name the node's Azure cloud by AZURE_ENVIRONMENT; a rule may name another sign-in host by azure.endpoints.authority",
  });
}

/** Azure's clouds have operators of their own: a token of one is not shown to a registry of another. */
function requireCloud(registryCloud: AzureCloudName, { name, source }: NodeCloud): void {
  if (registryCloud === name) return;
  const detail = `the registry's is ${registryCloud}, the node's ${name}, by ${source}`;
  throw new ProviderError("azure-cloud-mismatch", { detail });
}

/** The one field holds either id. It is nearer than the environment and wins. */
function identityIn(config: AzureJsonIdentity | undefined): ManagedIdentityId | undefined {
  const named = config?.userAssignedIdentity;
  if (named === undefined) return undefined;
  return named.includes("/") ? { resourceId: named } : { clientId: named };
}

async function servicePrincipalToken(
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
  return requestApplicationToken({ tenantId, clientId }, proof, authority, SCOPE, world);
}
