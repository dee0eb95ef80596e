import { Secret } from "../../core/secret.ts";
import type { HttpResponse, World } from "../../core/world.ts";
import { Egress } from "../../egress/egress.ts";
import { type ErrorCode, ProviderError } from "../../errors/provider-error.ts";
import { GUID_PATTERN } from "../../formats/id-patterns.ts";
import { parseJsonObject } from "../../formats/json.ts";
import {
  type ErrorMapping,
  errorFromResponse,
  parseJsonResponse,
  recogniseCode,
  recogniseRequestId,
  requireToken,
  type VendorError,
} from "../shared/response.ts";
import { ACR_CODES } from "../shared/vendor-codes.ts";

const TENANT_ID = new RegExp(GUID_PATTERN);

/** A Microsoft Entra token for container registries, with what the exchange at the registry needs. */
export interface EntraToken {
  readonly token: Secret;
  readonly tenantId: string | undefined;
  /** The identity in messages. */
  readonly identity: string;
}

/**
 * Exchanges an Entra token for a refresh token of the registry (Azure/acr `docs/AAD-OAuth.md`, "Calling POST /oauth2/exchange").
 * The registry's challenge is not requested, so no `realm` in it can redirect the token.
 *
 * @param host the registry's login server, in lower case
 * @throws ProviderError `acr-*` and the network codes
 */
export async function exchangeForRefreshToken(
  host: string,
  { token, tenantId = "", identity }: EntraToken,
  world: World,
): Promise<Secret> {
  const origin = `https://${host}`;
  const form = new URLSearchParams({
    grant_type: "access_token",
    service: host,
    access_token: token.expose(),
  });
  // The tenant is optional. A domain is left out, because it is not documented whether the registry accepts one.
  if (TENANT_ID.test(tenantId)) form.set("tenant", tenantId);
  const egress = new Egress(world, [{ origin, kind: "token", stage: "exchange" }]);
  const response = await egress
    .send({
      method: "POST",
      url: new URL("/oauth2/exchange", origin),
      headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
      body: form.toString(),
    })
    .catch((error: unknown) => {
      throw error instanceof ProviderError ? error.with({ identity }) : error;
    });
  if (response.status !== 200) throw errorFromResponse(response, egress, acrErrors, { identity });
  const facts = { ...egress.lastExchange?.facts, identity };
  return new Secret(requireToken(parseJsonResponse(response.body, facts), "refresh_token", facts));
}

const acrErrors: ErrorMapping = {
  readVendorError: readAcrError,
  codeFor: (_vendor, { status, body }): ErrorCode | undefined => {
    if (status === 401)
      return /arm aad token disallowed/i.test(body) ? "acr-arm-audience-rejected" : "acr-unauthorized";
    if (status !== 403) return undefined;
    return /is not allowed access|aka\.ms\/acr\/firewall/i.test(body)
      ? "acr-firewall-blocked"
      : "acr-access-denied";
  },
};

/** Reads `{"errors":[{"code":…}]}` of the registry, or `{"error":…}` of Entra. */
function readAcrError({ body, headers }: HttpResponse): VendorError {
  const content = parseJsonObject(body);
  const errors = content?.["errors"];
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  const code =
    typeof first === "object" && first !== null && "code" in first ? first.code : content?.["error"];
  return {
    code: recogniseCode(code, ACR_CODES),
    requestId: recogniseRequestId(headers["x-ms-correlation-request-id"]),
  };
}
