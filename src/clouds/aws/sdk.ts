import { HOUR, type Milliseconds } from "../../core/time.ts";
import type { HttpResponse } from "../../core/world.ts";
import type { Egress } from "../../egress/egress.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import type { AwsCredentials } from "./credentials.ts";

/** The parts of the SDK's request that are read here (`@smithy/types` HttpRequest). */
interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

/** What an AWS client is given in place of its own: our HTTP, our retries, and no file or variable of its own choice. */
export function sdkConfig(egress: Egress, endpoint: string, region: string) {
  return {
    // Computed from the registry's own host, or the operator's: the SDK has no say in where it comes out.
    endpoint,
    region,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    requestHandler: requestHandler(egress),
    retryStrategy: createRetryStrategy(egress),
    maxAttempts: 2,
    retryMode: "standard",
    defaultsMode: "standard" as const,
    authSchemePreference: noPreference,
    userAgentAppId: "registry-credential-provider",
  };
}

/** Given so that none is looked for in the shared files. */
const noPreference: string[] = [];

function requestHandler(egress: Egress) {
  return {
    metadata: { handlerProtocol: "http/1.1" },
    async handle(request: SdkRequest) {
      const response = await egress.send({
        method: methodOf(request.method),
        url: urlOf(request),
        headers: request.headers,
        body: bodyOf(request.body),
      });
      return {
        response: { statusCode: response.status, headers: { ...response.headers }, body: bytesOf(response) },
      };
    },
  };
}

function urlOf({ protocol, hostname, port, path }: SdkRequest): URL {
  return new URL(path, `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}`);
}

/** These services are only ever posted to. */
function methodOf(method: string): "POST" {
  if (method === "POST") return method;
  throw new ProviderError("internal", { detail: `the AWS SDK wants to ${method}` });
}

function bodyOf(body: unknown): string | Uint8Array | undefined {
  if (body === undefined || typeof body === "string" || body instanceof Uint8Array) return body;
  throw new ProviderError("internal", { detail: "the AWS SDK sends a stream" });
}

function bytesOf({ body }: HttpResponse): Uint8Array {
  return Buffer.from(body);
}

/**
 * The maximum clock difference that is corrected. A clock that is set to local time is off by up to 14 h. The SDK has no
 * limit: a malicious endpoint could make it sign a request for a time years ahead, at which the keys may still be valid.
 */
const MAX_CORRECTION: Milliseconds = 24 * HOUR;

/**
 * Only the egress repeats a request. The SDK repeats one for the one thing that the egress cannot: a signature that
 * the service's clock made invalid is made again, by that clock.
 */
function createRetryStrategy(egress: Egress) {
  return {
    mode: "standard",
    acquireInitialRetryToken: async () => retryToken(0),
    refreshRetryTokenForRetry: async (token: { getRetryCount(): number }, info: { error?: unknown }) => {
      const isCorrectable = Math.abs(egress.lastExchange?.clockSkew ?? 0) <= MAX_CORRECTION;
      if (token.getRetryCount() === 0 && isCorrectable && isSkewCorrected(info.error)) return retryToken(1);
      throw info.error;
    },
    recordSuccess: () => {},
  };
}

function retryToken(count: number) {
  return { getRetryCount: () => count, getRetryDelay: () => 0 };
}

function isSkewCorrected(error: unknown): boolean {
  if (typeof error !== "object" || error === null || !("$metadata" in error)) return false;
  const metadata = error.$metadata;
  return typeof metadata === "object" && metadata !== null && "clockSkewCorrected" in metadata;
}

/** Credentials as the SDK wants them: given, so that it never looks for any. */
export function sdkCredentials({ accessKeyId, secretAccessKey, sessionToken }: AwsCredentials) {
  const keys = { accessKeyId, secretAccessKey: secretAccessKey.expose() };
  const identity = sessionToken === undefined ? keys : { ...keys, sessionToken: sessionToken.expose() };
  return async () => identity;
}
