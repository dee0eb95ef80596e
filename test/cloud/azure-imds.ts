/**
 * Azure's instance metadata service, managed identity part ("How to use managed identities on an Azure VM to acquire an
 * access token"): it requires `Metadata: true`, refuses forwarded requests, and knows api-version 2018-02-01. The resource is a
 * known one or the ID URI of an application of the tenant (AADSTS501051 if the identity must be assigned to it). `client_id`,
 * `msi_res_id` or `object_id` selects an identity of the machine. All numbers in the response are strings. A trailing slash is
 * allowed, because MSAL sends one.
 */
import { ACR_RESOURCE, type AzureDirectory } from "./azure-directory.ts";
import { type Answer, type Asked, answerJson, type Service } from "./exchange.ts";
import type { AzureApplication, AzureIdentity } from "./options.ts";

const PATH = "/metadata/identity/oauth2/token";
const SELECTORS = {
  client_id: "clientId",
  msi_res_id: "resourceId",
  mi_res_id: "resourceId",
  object_id: "objectId",
} as const;
const ARM = [
  "https://management.azure.com/",
  "https://management.azure.com",
  "https://management.core.windows.net/",
];

export class AzureImds implements Service {
  readonly name = "azure-imds";
  readonly #directory: AzureDirectory;

  constructor(directory: AzureDirectory) {
    this.#directory = directory;
  }

  step(asked: Asked): string {
    return asked.path === PATH || asked.path === `${PATH}/` ? "token" : "other";
  }

  answer(asked: Asked): Answer {
    if (this.step(asked) !== "token") return this.failure(404);
    if (asked.method !== "GET") return this.failure(405);
    if (asked.headers["x-forwarded-for"] !== undefined)
      return answerInvalidRequest("Proxied requests are not allowed");
    if (asked.headers["metadata"]?.toLowerCase() !== "true")
      return answerInvalidRequest("Required metadata header not specified");
    if (asked.query.get("api-version") !== "2018-02-01")
      return answerInvalidRequest("Required query variable 'api-version' is not supported");
    return answerManagedIdentityToken(asked, this.#directory);
  }

  failure(status: number): Answer {
    const names: Readonly<Record<number, string>> = {
      404: "not_found",
      410: "gone",
      429: "too_many_requests",
      500: "server_error",
    };
    const headers: Record<string, string> = status === 429 ? { "retry-after": "1" } : {};
    return answerJson(
      status,
      { error: names[status] ?? "unknown", error_description: `Simulated ${status}` },
      headers,
    );
  }
}

/** Answers a valid request. The Arc agent shares this part. */
export function answerManagedIdentityToken(asked: Asked, directory: AzureDirectory): Answer {
  const resource = asked.query.get("resource") ?? "";
  if (resource === "") return answerInvalidRequest("Required query variable 'resource' is missing");
  const application = directory.options.applications.find(({ uri }) => uri === resource);
  if (application === undefined && ![ACR_RESOURCE, `${ACR_RESOURCE}/`, ...ARM].includes(resource))
    return answerUnknownResource(resource);
  const identity = selectIdentity(asked, directory.options.identities);
  if (typeof identity === "string") return answerInvalidRequest(identity);
  if (application?.assigned?.includes(identity.objectId) === false)
    return answerUnassigned(identity, application);
  return issueToken(asked, directory, identity, resource);
}

function issueToken(
  asked: Asked,
  directory: AzureDirectory,
  identity: AzureIdentity,
  resource: string,
): Answer {
  const issued = directory.issue(asked, identity, resource);
  return answerJson(200, {
    access_token: issued.token,
    client_id: identity.clientId,
    expires_in: String(issued.expiresOn - Math.floor(asked.now / 1000)),
    expires_on: String(issued.expiresOn),
    ext_expires_in: String(directory.options.tokenLife),
    not_before: String(issued.notBefore),
    resource,
    token_type: "Bearer",
  });
}

/** Returns the selected identity, or the error response. */
function selectIdentity(asked: Asked, identities: readonly AzureIdentity[]): AzureIdentity | string {
  for (const [parameter, field] of Object.entries(SELECTORS)) {
    const wanted = asked.query.get(parameter);
    if (wanted === null) continue;
    const found = identities.find((one) => one[field].toLowerCase() === wanted.toLowerCase());
    return found ?? "Identity not found";
  }
  const system = identities.find((one) => one.kind === "system");
  if (system !== undefined) return system;
  const [only, ...others] = identities;
  if (only === undefined) return "Identity not found";
  return others.length === 0 ? only : SEVERAL;
}

const SEVERAL =
  "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request";

const answerInvalidRequest = (why: string): Answer =>
  answerJson(400, { error: "invalid_request", error_description: why });

function answerUnknownResource(resource: string): Answer {
  const why = `AADSTS500011: The resource principal named ${resource} was not found in the tenant.`;
  return answerJson(400, { error: "invalid_resource", error_description: why });
}

function answerUnassigned({ clientId }: AzureIdentity, { uri }: AzureApplication): Answer {
  const why = `AADSTS501051: Application '${clientId}' is not assigned to a role for the application '${uri}'.`;
  return answerJson(400, { error: "invalid_grant", error_description: why });
}
