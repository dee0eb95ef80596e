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

/** A token of Microsoft Entra for container registries, and what the exchange wants to know beside it. */
export interface EntraToken {
  readonly token: Secret;
  readonly tenantId: string | undefined;
  /** Whose it is, for messages. */
  readonly identity: string;
}

/**
 * A token of Entra for one of the registry's own, straight at the registry: its challenge is not asked for, so no `realm`
 * can name another place for the token (Azure/acr `docs/AAD-OAuth.md`, "Calling POST /oauth2/exchange").
 *
 * @param host the login server, in lower case, as the registry's family has recognised it
 * @throws ProviderError `acr-*` and the codes of the wire
 */
export async function exchangeForRefreshToken(
  host: string,
  token: EntraToken,
  world: World,
): Promise<Secret> {
  const { identity } = token;
  const origin = `https://${host}`;
  const egress = new Egress(world, [{ origin, kind: "token", stage: "exchange" }]);
  const response = await egress
    .send({
      method: "POST",
      url: new URL("/oauth2/exchange", origin),
      headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
      body: exchangeForm(host, token),
    })
    .catch((error: unknown) => {
      throw error instanceof ProviderError ? error.with({ identity }) : error;
    });
  if (response.status !== 200) throw errorFromResponse(response, egress, READING, { identity });
  const facts = { ...egress.lastExchange?.facts, identity };
  return new Secret(requireToken(parseJsonResponse(response.body, facts), "refresh_token", facts));
}

/** The tenant is optional. Of a tenant's domain nobody says whether it is taken: it is left out. */
function exchangeForm(host: string, { token, tenantId = "" }: EntraToken): string {
  const fields = { grant_type: "access_token", service: host, access_token: token.expose() };
  return new URLSearchParams(TENANT_ID.test(tenantId) ? { ...fields, tenant: tenantId } : fields).toString();
}

const READING: ErrorMapping = {
  vendorError: exchangeError,
  codeFor: (_vendor, { status, body }): ErrorCode | undefined => {
    if (status === 401)
      return /arm aad token disallowed/i.test(body) ? "acr-arm-audience-rejected" : "acr-unauthorized";
    if (status !== 403) return undefined;
    return /is not allowed access|aka\.ms\/acr\/firewall/i.test(body)
      ? "acr-firewall-blocked"
      : "acr-access-denied";
  },
};

/** `{"errors":[{"code":…}]}`, or Entra's shape. */
function exchangeError({ body, headers }: HttpResponse): VendorError {
  const answer = parseJsonObject(body);
  const errors = answer?.["errors"];
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  const code =
    typeof first === "object" && first !== null && "code" in first ? first.code : answer?.["error"];
  return {
    code: recogniseCode(code, ACR_CODES),
    requestId: recogniseRequestId(headers["x-ms-correlation-request-id"]),
  };
}
