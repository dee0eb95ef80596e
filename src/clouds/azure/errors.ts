import type { ErrorCode } from "../../errors.ts";
import type { HttpResponse } from "../../world.ts";
import { codeOf, type Reading, tryParse, type VendorError } from "../answer.ts";

/** Entra's and IMDS's errors: `error` names a class, the AADSTS number in the text names the cause. */
export const readingOfAzure: Reading = {
  vendorError: azureError,
  codeFor: (vendor, { status, headers, body }): ErrorCode | undefined => {
    if (vendor.code?.startsWith("AADSTS") && [400, 401, 403].includes(status)) return "entra-refused";
    if (status === 401 && isChallenge(headers)) return "azure-arc-key";
    if (status !== 400) return undefined;
    if (/multiple user assigned identities/i.test(body)) return "azure-several-identities";
    return /identity not found/i.test(body) ? "azure-identity-not-found" : undefined;
  },
};

/** Of the Arc agent, which names a file that only its friends can read: the library ended there. */
function isChallenge(headers: HttpResponse["headers"]): boolean {
  return /^Basic realm=/i.test(headers["www-authenticate"] ?? "");
}

function azureError({ body, headers }: HttpResponse): VendorError {
  const answer = tryParse(body);
  const requestId =
    answer?.["correlation_id"] ?? headers["x-ms-request-id"] ?? headers["x-ms-correlation-request-id"];
  return {
    code: /\bAADSTS\d{1,10}\b/.exec(body)?.[0] ?? codeOf(answer?.["error"]),
    requestId: codeOf(requestId),
  };
}
