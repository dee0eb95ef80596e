import { Secret } from "../core/secret.ts";
import { hasErrorCode, ProviderError } from "../errors/provider-error.ts";
import { isJsonObject, type JsonObject } from "../formats/json.ts";

/** The kubelet's `CredentialProviderRequest`, checked (kubernetes/kubelet `pkg/apis/credentialprovider/v1/types.go`). */
export interface CredentialRequest {
  /** Echoed in the answer: the kubelet refuses any other. */
  readonly apiVersion: ApiVersion;
  readonly image: string;
  readonly serviceAccountToken: Secret | undefined;
  readonly serviceAccountAnnotations: Readonly<Record<string, string>>;
}

const API_VERSIONS = [
  "credentialprovider.kubelet.k8s.io/v1",
  "credentialprovider.kubelet.k8s.io/v1beta1",
  "credentialprovider.kubelet.k8s.io/v1alpha1",
] as const;
export type ApiVersion = (typeof API_VERSIONS)[number];

/** Bytes. The largest ServiceAccount (256 KiB of annotations), escaped six-fold, and a token fit in. */
export const MAX_REQUEST_BYTES = 2 * 1024 * 1024;
const MAX_IMAGE = 1024;
/** A request has two levels; later kubelets may add some. */
const MAX_DEPTH = 32;

/** @throws ProviderError of stage `request`; its text never quotes the input, which may hold a token. */
export function parseRequest(bytes: Uint8Array): CredentialRequest {
  const request = parseObject(decode(bytes));
  if (request["kind"] !== "CredentialProviderRequest")
    throw new ProviderError("request-wrong-kind", { detail: missing(request["kind"]) });
  const apiVersion = API_VERSIONS.find((version) => version === request["apiVersion"]);
  if (apiVersion === undefined)
    throw new ProviderError("request-wrong-version", { detail: missing(request["apiVersion"]) });
  return {
    apiVersion,
    image: parseImageField(request["image"]),
    serviceAccountToken: parseToken(request["serviceAccountToken"]),
    serviceAccountAnnotations: parseAnnotations(request["serviceAccountAnnotations"]),
  };
}

/** What was there instead is not shown: it may be anything. */
function missing(field: unknown): string | undefined {
  return field === undefined ? "it is missing" : undefined;
}

function decode(bytes: Uint8Array): string {
  if (bytes.length > MAX_REQUEST_BYTES) throw new ProviderError("request-too-large");
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (!hasErrorCode(error, "ERR_ENCODING_INVALID_ENCODED_DATA")) throw error;
    throw new ProviderError("request-not-utf8");
  }
}

function parseObject(text: string): JsonObject {
  requireShallow(text);
  const value = parseJson(text);
  // As it would be written again, which has each field once: what the kubelet sends is, and needs no second look.
  if (JSON.stringify(value) !== text.trimEnd()) requireSingleFields(text);
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

/** Before anything is built of it: brackets take the parser a hundred times their size. Right of any text, JSON or not. */
function requireShallow(text: string): void {
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charCodeAt(at);
    if (isInString && sign === BACKSLASH) at += 1;
    else if (sign === QUOTE) isInString = !isInString;
    else if (!isInString && OPENING.includes(sign)) depth += 1;
    else if (!isInString && CLOSING.includes(sign)) depth -= 1;
    if (depth > MAX_DEPTH) throw new ProviderError("request-too-deep");
  }
}

/** A bracket, or a string with the colon that makes it a key. Linear only where every string ends, as in JSON. */
const TOKEN = /[[\]{}]|("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?/gs;

/** One pass over text that is JSON for what `JSON.parse` lets through: a field that is there twice. */
function requireSingleFields(text: string): void {
  const fields = new Set<string>();
  let depth = 0;
  for (const [token, string, colon] of text.matchAll(TOKEN)) {
    if (token === "{" || token === "[") depth += 1;
    else if (token === "}" || token === "]") depth -= 1;
    else if (string !== undefined && colon !== undefined && depth === 1) addField(fields, string);
  }
}

function addField(fields: Set<string>, key: string): void {
  const name = String(parseJson(key));
  if (fields.has(name)) throw new ProviderError("request-duplicate-field");
  fields.add(name);
}

function parseImageField(image: unknown): string {
  if (image === undefined || image === "") throw new ProviderError("image-missing");
  if (typeof image !== "string")
    throw new ProviderError("request-wrong-type", { detail: "image is not a string" });
  if (Buffer.byteLength(image) > MAX_IMAGE) throw new ProviderError("image-too-long");
  return image;
}

/** The kubelet leaves the field out, or empty, where there is no token. */
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
