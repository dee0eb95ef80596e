import type { Milliseconds } from "../../src/core/time.ts";
import { parseGoDuration } from "./go-duration.ts";
import { isJsonObject, type JsonObject, parseStrictJson } from "./json-strict.ts";

export interface AuthConfig {
  readonly username: string;
  readonly password: string;
}

export interface DecodedResponse {
  readonly cacheKeyType: "Image" | "Registry" | "Global";
  /** undefined: the provider's `defaultCacheDuration` applies. */
  readonly cacheDuration: Milliseconds | undefined;
  readonly auth: ReadonlyMap<string, AuthConfig>;
}

/** The parts of the provider's configuration and of the request that the kubelet checks the response against. */
export interface Asked {
  readonly apiVersion: string;
  readonly serviceAccountToken?: string | undefined;
  readonly cacheType?: "Token" | "ServiceAccount";
}

const FIELDS = ["kind", "apiVersion", "cacheKeyType", "cacheDuration", "auth"];
const CACHE_KEY_TYPES = ["Image", "Registry", "Global"] as const;

/**
 * Decodes a plugin's stdout with the checks of a kubelet since 1.32, in its order (`ExecPlugin` and `provide` of
 * pkg/credentialprovider/plugin/plugin.go).
 *
 * @throws Error with the reason, which the kubelet itself does not log because it may be secret
 */
export function decodeResponse(stdout: string | Uint8Array, asked: Asked): DecodedResponse {
  const response = parseStrictJson(typeof stdout === "string" ? stdout : decodeUtf8(stdout));
  if (!isJsonObject(response)) throw new Error("the answer is not an object");
  checkGroupVersionKind(response, asked.apiVersion);
  checkFields(response, FIELDS, "the answer");
  const decoded = {
    cacheDuration: decodeDuration(response),
    auth: decodeAuth(response),
    cacheKeyType: decodeCacheKeyType(response),
  };
  checkToken(decoded.auth, asked);
  return decoded;
}

/** Keeps a byte order mark, which JSON refuses. Go replaces invalid bytes by U+FFFD; here they are an error. */
function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error("the answer is not UTF-8");
  }
}

function checkGroupVersionKind(response: JsonObject, apiVersion: string): void {
  if (response["apiVersion"] !== apiVersion) throw new Error(`apiVersion is not ${apiVersion}`);
  if (response["kind"] !== "CredentialProviderResponse")
    throw new Error("kind is not CredentialProviderResponse");
}

function checkFields(object: JsonObject, known: readonly string[], where: string): void {
  const unknown = Object.keys(object).find((key) => !known.includes(key));
  if (unknown !== undefined) throw new Error(`${where} has the unknown field ${JSON.stringify(unknown)}`);
}

/** In Go, null and a missing field are both a nil pointer. */
function decodeDuration({ cacheDuration }: JsonObject): Milliseconds | undefined {
  if (cacheDuration === undefined || cacheDuration === null) return undefined;
  if (typeof cacheDuration !== "string") throw new Error("cacheDuration is not a string");
  return parseGoDuration(cacheDuration);
}

function decodeAuth({ auth }: JsonObject): ReadonlyMap<string, AuthConfig> {
  if (auth === undefined || auth === null) return new Map();
  if (!isJsonObject(auth)) throw new Error("auth is not a map");
  return new Map(Object.entries(auth).map(([key, value]) => [key, decodeAuthConfig(value ?? {})]));
}

function decodeAuthConfig(value: unknown): AuthConfig {
  if (!isJsonObject(value)) throw new Error("a value of auth is not an object");
  checkFields(value, ["username", "password"], "a value of auth");
  return { username: decodeText(value, "username"), password: decodeText(value, "password") };
}

/** In Go, null and a missing string are both the empty string. */
function decodeText(object: JsonObject, field: string): string {
  const value = object[field] ?? "";
  if (typeof value !== "string") throw new Error(`${field} is not a string`);
  return value;
}

function decodeCacheKeyType(response: JsonObject): DecodedResponse["cacheKeyType"] {
  const type = CACHE_KEY_TYPES.find((known) => known === response["cacheKeyType"]);
  if (type === undefined) throw new Error("cacheKeyType is none of Image, Registry and Global");
  return type;
}

/** Since 1.34, a response may contain the pod's token as a password only with the cache type Token. */
function checkToken(auth: ReadonlyMap<string, AuthConfig>, { serviceAccountToken, cacheType }: Asked): void {
  if (!serviceAccountToken || cacheType === "Token") return;
  if ([...auth.values()].some(({ password }) => password === serviceAccountToken))
    throw new Error("a password is the ServiceAccount token itself, which cacheType ServiceAccount forbids");
}
