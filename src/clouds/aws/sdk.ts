import { HOUR, type Milliseconds } from "../../core/time.ts";
import type { Egress } from "../../egress/egress.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import type { AwsCredentials } from "./credentials.ts";

/** The parts of the SDK's request that are used here (`@smithy/types` HttpRequest). */
interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

/**
 * Creates the configuration of an AWS client. It sets every option that the SDK would otherwise read from the environment and
 * the shared files, and replaces its HTTP client and its retries by those of `Egress`.
 */
export function createSdkConfig(egress: Egress, endpoint: string, region: string) {
  return {
    // Computed from the registry's host or configured by the operator, never by the SDK's endpoint rules.
    endpoint,
    region,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    requestHandler: createRequestHandler(egress),
    retryStrategy: createRetryStrategy(egress),
    maxAttempts: 2,
    retryMode: "standard",
    defaultsMode: "standard" as const,
    authSchemePreference: NO_AUTH_SCHEMES,
    userAgentAppId: "registry-credential-provider",
  };
}

const NO_AUTH_SCHEMES: string[] = [];

function createRequestHandler(egress: Egress) {
  return {
    metadata: { handlerProtocol: "http/1.1" },
    async handle({ method, protocol, hostname, port, path, headers, body }: SdkRequest) {
      if (method !== "POST") throw new ProviderError("internal", { detail: `the AWS SDK sends a ${method}` });
      if (body !== undefined && typeof body !== "string" && !(body instanceof Uint8Array))
        throw new ProviderError("internal", { detail: "the AWS SDK sends a stream" });
      const url = new URL(path, `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}`);
      const response = await egress.send({ method, url, headers, body });
      return {
        response: {
          statusCode: response.status,
          headers: { ...response.headers },
          body: Buffer.from(response.body),
        },
      };
    },
  };
}

/**
 * The maximum clock difference that is corrected. A clock that is set to local time is off by up to 14 h. The SDK has no
 * limit: a malicious endpoint could make it sign a request for a time years ahead, at which the keys may still be valid.
 */
const MAX_CORRECTION: Milliseconds = 24 * HOUR;

/**
 * Leaves retries to `Egress`, except for one: if the service rejects a signature because the node's clock is wrong, the SDK signs
 * the request again with the service's time.
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

/** Reports whether the SDK has corrected its clock after this error (`@aws-sdk/core`). */
function isSkewCorrected(error: unknown): boolean {
  if (typeof error !== "object" || error === null || !("$metadata" in error)) return false;
  const metadata = error.$metadata;
  return typeof metadata === "object" && metadata !== null && "clockSkewCorrected" in metadata;
}

/** Creates the SDK's credential provider. With one, the SDK does not search for credentials itself. */
export function createSdkCredentials({ accessKeyId, secretAccessKey, sessionToken }: AwsCredentials) {
  const keys = { accessKeyId, secretAccessKey: secretAccessKey.expose() };
  const identity = sessionToken === undefined ? keys : { ...keys, sessionToken: sessionToken.expose() };
  return async () => identity;
}
