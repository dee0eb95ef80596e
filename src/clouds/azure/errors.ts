import type { HttpResponse } from "../../core/world.ts";
import type { ErrorCode } from "../../errors/provider-error.ts";
import { parseJsonObject } from "../../formats/json.ts";
import {
  type ErrorMapping,
  recogniseCode,
  recogniseRequestId,
  type VendorError,
} from "../shared/response.ts";
import { OAUTH_CODES } from "../shared/vendor-codes.ts";

/** What Entra's numbers mean here (Entra "Error code reference", "Workload identity federation: troubleshoot"). */
const MEANINGS: ReadonlyMap<string, ErrorCode> = new Map(
  Object.entries<ErrorCode>({
    // No federated credential of the application: at all, with this issuer, audience, subject.
    AADSTS70021: "entra-no-federated-credential",
    AADSTS700211: "entra-no-federated-credential",
    AADSTS700212: "entra-no-federated-credential",
    AADSTS700213: "entra-no-federated-credential",
    // The same of a subject: no expression fits, another case of letters.
    AADSTS7002131: "entra-no-federated-credential",
    AADSTS7002137: "entra-no-federated-credential",
    AADSTS7002138: "entra-no-federated-credential",
    // The issuer of the assertion: Entra cannot reach it, or it does not publish the key.
    AADSTS50166: "entra-assertion-rejected",
    AADSTS90061: "entra-assertion-rejected",
    AADSTS7000272: "entra-assertion-rejected",
    // The assertion: its signature, its shape, its time, its length of life, its certificate.
    AADSTS50013: "entra-assertion-rejected",
    AADSTS50027: "entra-assertion-rejected",
    AADSTS70023: "entra-assertion-rejected",
    AADSTS700021: "entra-assertion-rejected",
    AADSTS700024: "entra-assertion-expired",
    AADSTS700027: "entra-assertion-rejected",
    AADSTS700030: "entra-assertion-rejected",
    // The secret: wrong, expired.
    AADSTS7000215: "entra-secret-rejected",
    AADSTS7000222: "entra-secret-rejected",
    AADSTS700016: "entra-application-unknown",
    AADSTS90002: "entra-tenant-unknown",
    AADSTS900023: "entra-tenant-unknown",
    // What the token is for: not known to the tenant, or the identity is not assigned to it.
    AADSTS50001: "entra-resource-unknown",
    AADSTS500011: "entra-resource-unknown",
    AADSTS501051: "entra-resource-unknown",
  }),
);

/** Entra's and IMDS's errors: `error` names a class, the AADSTS number in the text names the cause. */
export const azureErrors: ErrorMapping = {
  vendorError: azureError,
  codeFor: (vendor, { status, headers, body }): ErrorCode | undefined => {
    if (vendor.code?.startsWith("AADSTS") && [400, 401, 403].includes(status))
      return MEANINGS.get(vendor.code) ?? "entra-refused";
    if (status === 401 && isChallenge(headers)) return "azure-arc-challenge-failed";
    if (status !== 400) return undefined;
    if (/multiple user assigned identities/i.test(body)) return "azure-identity-ambiguous";
    return /identity not found/i.test(body) ? "azure-identity-not-found" : undefined;
  },
};

/** Of the Arc agent, which names a file that only its friends can read: the library ended there. */
function isChallenge(headers: HttpResponse["headers"]): boolean {
  return /^Basic realm=/i.test(headers["www-authenticate"] ?? "");
}

function azureError({ body, headers }: HttpResponse): VendorError {
  const answer = parseJsonObject(body);
  const requestId =
    answer?.["correlation_id"] ?? headers["x-ms-request-id"] ?? headers["x-ms-correlation-request-id"];
  return {
    code: /\bAADSTS\d{4,8}\b/.exec(body)?.[0] ?? recogniseCode(answer?.["error"], OAUTH_CODES),
    requestId: recogniseRequestId(requestId),
  };
}
