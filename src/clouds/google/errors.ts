import type { Egress } from "../../egress/egress.ts";
import type { ErrorCode } from "../../errors.ts";
import type { HttpResponse } from "../../world.ts";
import { codeOf, type Reading, tryParse, type VendorError } from "../answer.ts";
import { readingOf } from "./metadata.ts";
import type { Services } from "./services.ts";

/** What each of the services means by refusing. */
export function refusalsOf(egress: Egress, services: Services): Reading {
  return {
    vendorError,
    codeFor: (vendor, response) => {
      const asked = egress.asked?.destination;
      if (asked?.kind === "metadata") return readingOf("google-no-account").codeFor(vendor, response);
      return asked && codeFor(asked.origin, vendor, response.status, services);
    },
  };
}

/** RFC 6749 §5.2 and RFC 8693 §2.2.2 for STS and OAuth; the HTTP mapping of `google.rpc.Status` for IAM Credentials. */
function codeFor(
  origin: string,
  { code }: VendorError,
  status: number,
  services: Services,
): ErrorCode | undefined {
  if (!REFUSALS.includes(status)) return undefined;
  if (origin === originOf(services.oauth2)) return "google-key-refused";
  if (origin === originOf(services.sts))
    return code === "invalid_target" ? "google-provider-unknown" : "google-federation-refused";
  return code === SCOPE_MISSING ? "google-scope-missing" : "google-impersonation-refused";
}

const REFUSALS: readonly number[] = [400, 401, 403, 404];
const SCOPE_MISSING = "ACCESS_TOKEN_SCOPE_INSUFFICIENT";

const originOf = (url: string): string => new URL(url).origin;

/** `{"error":"…"}` of OAuth, or `{"error":{"status":…,"details":[{"reason":…}]}}` of the other APIs. */
function vendorError({ body }: HttpResponse): VendorError {
  const error = tryParse(body)?.["error"];
  if (typeof error !== "object" || error === null) return { code: codeOf(error) };
  const details: unknown = "details" in error ? error.details : undefined;
  const [first]: readonly unknown[] = Array.isArray(details) ? details : [];
  const reason = typeof first === "object" && first !== null && "reason" in first ? first.reason : undefined;
  return { code: codeOf(reason) ?? codeOf("status" in error ? error.status : undefined) };
}
