import type { HttpResponse } from "../../core/world.ts";
import type { Egress } from "../../egress/egress.ts";
import type { ErrorCode } from "../../errors/provider-error.ts";
import { parseJsonObject } from "../../formats/json.ts";
import { type ErrorMapping, recogniseCode, type VendorError } from "../shared/response.ts";
import { GOOGLE_CODES } from "../shared/vendor-codes.ts";
import type { ExchangePlan } from "./exchange-plan.ts";

const EXCHANGE_REFUSAL_STATUSES: readonly number[] = [400, 401, 403, 404];
const SCOPE_MISSING = "ACCESS_TOKEN_SCOPE_INSUFFICIENT";

/**
 * Returns the error mapping of the token services. The request's path identifies the service: an operator's endpoints may share
 * one host.
 */
export function googleErrors(egress: Egress, { kind }: ExchangePlan["source"]): ErrorMapping {
  return {
    readVendorError,
    codeFor: ({ code }, { status }): ErrorCode | undefined => {
      if (!EXCHANGE_REFUSAL_STATUSES.includes(status)) return undefined;
      // The HTTP mapping of `google.rpc.Status`.
      if (egress.lastExchange?.path.endsWith(":generateAccessToken"))
        return code === SCOPE_MISSING ? "google-scope-missing" : "google-impersonation-refused";
      // RFC 6749 §5.2 and RFC 8693 §2.2.2.
      if (kind === "key") return "google-key-refused";
      return code === "invalid_target" ? "google-provider-unknown" : "google-federation-refused";
    },
  };
}

/** Reads `{"error":"…"}` of OAuth, or `{"error":{"status":…,"details":[{"reason":…}]}}` of the other APIs. */
function readVendorError({ body }: HttpResponse): VendorError {
  const error = parseJsonObject(body)?.["error"];
  if (typeof error !== "object" || error === null) return { code: recogniseCode(error, GOOGLE_CODES) };
  const details: unknown = "details" in error ? error.details : undefined;
  const [first]: readonly unknown[] = Array.isArray(details) ? details : [];
  const reason = typeof first === "object" && first !== null && "reason" in first ? first.reason : undefined;
  return { code: recogniseCode(reason ?? ("status" in error ? error.status : undefined), GOOGLE_CODES) };
}
