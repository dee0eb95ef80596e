/** Entra's errors: an OAuth error with an AADSTS number in the description and in a list, and with trace ids. */
import { type Answer, answerJson } from "./exchange.ts";

export const answerNoTenant = (tenant: string): Answer =>
  answerAadError(
    400,
    "invalid_request",
    90002,
    `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`,
  );

let traces = 0;

export function answerAadError(status: number, error: string, code: number, why: string): Answer {
  traces += 1;
  const trace = `00000000-0000-4000-c000-${String(traces).padStart(12, "0")}`;
  return answerJson(status, {
    error,
    error_description: `AADSTS${code}: ${why} Trace ID: ${trace} Correlation ID: ${trace}`,
    error_codes: [code],
    timestamp: new Date()
      .toISOString()
      .replace("T", " ")
      .replace(/\.\d+Z/, "Z"),
    trace_id: trace,
    correlation_id: trace,
    error_uri: `https://login.microsoftonline.com/error?code=${code}`,
  });
}
