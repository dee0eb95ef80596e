import { Secret } from "../core/secret.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { isJsonObject, type JsonObject } from "../formats/json.ts";
import { decodeUtf8 } from "../formats/utf8.ts";

/** The kubelet's `CredentialProviderRequest`, checked (kubernetes/kubelet `pkg/apis/credentialprovider/v1/types.go`). */
export interface CredentialRequest {
  /** The response must have the same one. */
  readonly apiVersion: ApiVersion;
  readonly image: string;
  readonly serviceAccountToken: Secret | undefined;
  readonly serviceAccountAnnotations: Readonly<Record<string, string>>;
}

const REQUEST_API_VERSIONS = [
  "credentialprovider.kubelet.k8s.io/v1",
  "credentialprovider.kubelet.k8s.io/v1beta1",
  "credentialprovider.kubelet.k8s.io/v1alpha1",
] as const;
export type ApiVersion = (typeof REQUEST_API_VERSIONS)[number];

/** Bytes. Enough for the largest ServiceAccount (256 KiB of annotations, up to six times as long when escaped) and a token. */
export const MAX_REQUEST_BYTES = 2 * 1024 * 1024;
const MAX_IMAGE_BYTES = 1024;
/** A request has two levels. Later kubelets may add more. */
const MAX_DEPTH = 32;

/** Parses a request. Throws a ProviderError of the stage `request`, which never quotes the input: it may hold a token. */
export function parseRequest(bytes: Uint8Array): CredentialRequest {
  if (bytes.length > MAX_REQUEST_BYTES) throw new ProviderError("request-too-large");
  const text = decodeUtf8(bytes);
  if (text === undefined) throw new ProviderError("request-not-utf8");
  const request = parseObject(text);
  if (request["kind"] !== "CredentialProviderRequest")
    throw new ProviderError("request-wrong-kind", { detail: describeMissing("kind", request) });
  const apiVersion = REQUEST_API_VERSIONS.find((version) => version === request["apiVersion"]);
  if (apiVersion === undefined)
    throw new ProviderError("request-wrong-version", { detail: describeMissing("apiVersion", request) });
  return {
    apiVersion,
    image: parseImageField(request["image"]),
    serviceAccountToken: parseToken(request["serviceAccountToken"]),
    serviceAccountAnnotations: parseAnnotations(request["serviceAccountAnnotations"]),
  };
}

/** Tells a missing field from a wrong value, which is not shown: it may be anything. */
function describeMissing(name: string, request: JsonObject): string | undefined {
  return request[name] === undefined ? `${name} is missing` : undefined;
}

function parseObject(text: string): JsonObject {
  assertShallow(text);
  const value = parseJson(text);
  // perf: the kubelet's requests equal their canonical form, which has no duplicate field, so the scan is skipped.
  if (JSON.stringify(value) !== text.trimEnd()) assertNoDuplicateFields(text);
  if (!isJsonObject(value)) throw new ProviderError("request-not-an-object");
  return { __proto__: null, ...value };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ProviderError("request-not-json", { detail: text.trim() === "" ? "it was empty" : undefined });
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING: readonly number[] = [0x5b, 0x7b];
const CLOSING: readonly number[] = [0x5d, 0x7d];

/** Limits the depth before parsing, because nested brackets take the parser a hundred times their size in memory. Works for any text. */
function assertShallow(text: string): void {
  let depth = 0;
  let isInString = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charCodeAt(index);
    if (isInString && character === BACKSLASH) index += 1;
    else if (character === QUOTE) isInString = !isInString;
    else if (!isInString && OPENING.includes(character)) depth += 1;
    else if (!isInString && CLOSING.includes(character)) depth -= 1;
    if (depth > MAX_DEPTH) throw new ProviderError("request-too-deep");
  }
}

/** A bracket, or a string with the colon that makes it a key. Matching takes linear time for JSON, where every string ends. */
const BRACKET_OR_STRING = /[[\]{}]|("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?/gs;

/** Refuses duplicate fields, which `JSON.parse` accepts. The text is valid JSON. */
function assertNoDuplicateFields(text: string): void {
  const fields = new Set<string>();
  let depth = 0;
  for (const [token, string, colon] of text.matchAll(BRACKET_OR_STRING)) {
    if (token === "{" || token === "[") depth += 1;
    else if (token === "}" || token === "]") depth -= 1;
    else if (string !== undefined && colon !== undefined && depth === 1) {
      const name = String(parseJson(string));
      if (fields.has(name)) throw new ProviderError("request-duplicate-field");
      fields.add(name);
    }
  }
}

function parseImageField(image: unknown): string {
  if (image === undefined || image === "") throw new ProviderError("image-missing");
  if (typeof image !== "string")
    throw new ProviderError("request-wrong-type", { detail: "image is not a string" });
  if (Buffer.byteLength(image) > MAX_IMAGE_BYTES) throw new ProviderError("image-too-long");
  return image;
}

/** Without a token, the kubelet omits the field or leaves it empty. */
function parseToken(token: unknown): Secret | undefined {
  if (token === undefined || token === "") return undefined;
  if (typeof token === "string") return new Secret(token);
  throw new ProviderError("request-wrong-type", { detail: "serviceAccountToken is not a string" });
}

function parseAnnotations(annotations: unknown): Readonly<Record<string, string>> {
  if (annotations === undefined || annotations === null) return {};
  const entries = isJsonObject(annotations) ? Object.entries(annotations) : undefined;
  if (entries?.every((entry): entry is [string, string] => typeof entry[1] === "string")) {
    return Object.fromEntries(entries);
  }
  throw new ProviderError("request-wrong-type", {
    detail: "serviceAccountAnnotations is not a map of strings",
  });
}
