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

/** Entra's error numbers (Entra "Error code reference", "Workload identity federation: troubleshoot"). */
const ENTRA_CODES: ReadonlyMap<string, ErrorCode> = new Map(
  Object.entries<ErrorCode>({
    // The application has no federated credential, or none with this issuer, audience or subject.
    AADSTS70021: "entra-no-federated-credential",
    AADSTS700211: "entra-no-federated-credential",
    AADSTS700212: "entra-no-federated-credential",
    AADSTS700213: "entra-no-federated-credential",
    // No expression matches the subject, or the subject differs in case.
    AADSTS7002131: "entra-no-federated-credential",
    AADSTS7002137: "entra-no-federated-credential",
    AADSTS7002138: "entra-no-federated-credential",
    // Entra cannot reach the assertion's issuer, or the issuer does not publish the key.
    AADSTS50166: "entra-assertion-rejected",
    AADSTS90061: "entra-assertion-rejected",
    AADSTS7000272: "entra-assertion-rejected",
    // The assertion's signature, format, validity period, lifetime or certificate.
    AADSTS50013: "entra-assertion-rejected",
    AADSTS50027: "entra-assertion-rejected",
    AADSTS70023: "entra-assertion-rejected",
    AADSTS700021: "entra-assertion-rejected",
    AADSTS700024: "entra-assertion-expired",
    AADSTS700027: "entra-assertion-rejected",
    AADSTS700030: "entra-assertion-rejected",
    // The secret is wrong or expired.
    AADSTS7000215: "entra-secret-rejected",
    AADSTS7000222: "entra-secret-rejected",
    AADSTS700016: "entra-application-unknown",
    AADSTS90002: "entra-tenant-unknown",
    AADSTS900023: "entra-tenant-unknown",
    // The tenant does not know the resource, or the identity is not assigned to it.
    AADSTS50001: "entra-resource-unknown",
    AADSTS500011: "entra-resource-unknown",
    AADSTS501051: "entra-resource-unknown",
  }),
);

/** Errors of Entra and IMDS. `error` is a class of errors; the AADSTS number in the description is the cause. */
export const azureErrors: ErrorMapping = {
  readVendorError: readAzureError,
  codeFor: (vendor, { status, headers, body }): ErrorCode | undefined => {
    if (vendor.code?.startsWith("AADSTS") && [400, 401, 403].includes(status))
      return ENTRA_CODES.get(vendor.code) ?? "entra-refused";
    // The Arc agent's challenge names a key file that only some users can read. The library fails there.
    if (status === 401 && /^Basic realm=/i.test(headers["www-authenticate"] ?? ""))
      return "azure-arc-challenge-failed";
    if (status !== 400) return undefined;
    if (/multiple user assigned identities/i.test(body)) return "azure-identity-ambiguous";
    return /identity not found/i.test(body) ? "azure-identity-not-found" : undefined;
  },
};

function readAzureError({ body, headers }: HttpResponse): VendorError {
  const content = parseJsonObject(body);
  const requestId =
    content?.["correlation_id"] ?? headers["x-ms-request-id"] ?? headers["x-ms-correlation-request-id"];
  return {
    code: /\bAADSTS\d{4,8}\b/.exec(body)?.[0] ?? recogniseCode(content?.["error"], OAUTH_CODES),
    requestId: recogniseRequestId(requestId),
  };
}
