import { readTokenFile } from "../../core/required-file.ts";
import { Secret } from "../../core/secret.ts";
import type { World } from "../../core/world.ts";
import type { Destination } from "../../egress/destination.ts";
import type { Egress } from "../../egress/egress.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import { showValue } from "../../errors/show-value.ts";
import { type JsonObject, parseJsonObject } from "../../formats/json.ts";
import { readJwtClaims, readJwtExpiry } from "../../formats/jwt.ts";
import type { SubjectToken } from "../../identities/subject-token.ts";
import { errorFromResponse, isToken } from "../shared/response.ts";
import { isPlainUrl, type JsonFields } from "./json-fields.ts";
import { metadataErrors } from "./metadata.ts";

/** Where a credential configuration has its subject token from; `field`: of a JSON object, in place of the whole text. */
export type ExternalTokenSource =
  | { readonly kind: "file"; readonly path: string; readonly field: string | undefined }
  | {
      readonly kind: "url";
      readonly url: URL;
      readonly headers: Readonly<Record<string, string>>;
      readonly field: string | undefined;
    }
  /** The node's own identity of AWS: its addresses are not taken from here. */
  | { readonly kind: "aws" };

const AWS_KEYS = [
  "environment_id",
  "region_url",
  "url",
  "regional_cred_verification_url",
  "imdsv2_session_token_url",
];
const KEYS = ["file", "url", "headers", "format"];
const REASONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    executable: "it would run a program as root",
    certificate: "client certificates are not supported",
  }),
);
/** Addresses that never leave the node: loopback, and link-local, where metadata services are. */
const LOCAL_HOST = /^(127\.\d+\.\d+\.\d+|\[::1\]|169\.254\.\d+\.\d+|\[fd00:ec2::254\])$/;
/** The hosts that AIP-4117 allows, in this one version of the format. */
const AWS_METADATA = /^http:\/\/(169\.254\.169\.254|\[fd00:ec2::254\])\/[\w./-]{1,200}$/;
const AWS_STS =
  /^https:\/\/sts\.\{region\}\.amazonaws\.com(\.cn)?\/?\?Action=GetCallerIdentity&Version=2011-06-15$/;

/** @throws ProviderError `google-credentials-file` */
export function parseExternalTokenSource(fields: JsonFields): ExternalTokenSource {
  if (fields.has("environment_id")) return parseAws(fields);
  fields.assertOnly(KEYS, REASONS);
  const field = fieldOf(fields.optionalObject("format"));
  if (fields.has("file") === fields.has("url"))
    throw fields.refusal("credential_source", "names not one source");
  if (fields.has("file")) return { kind: "file", path: fields.text("file", /^\/[ -~]{1,1023}$/), field };
  const url = URL.parse(fields.text("url", /^https?:\/\/[!-~]{1,1000}$/));
  if (url === null || !isPlainUrl(url) || !LOCAL_HOST.test(url.hostname))
    throw fields.refusal("url", "is not on the node: loopback and link-local addresses are");
  return { kind: "url", url, headers: fields.optionalObject("headers")?.headers() ?? {}, field };
}

function parseAws(fields: JsonFields): ExternalTokenSource {
  fields.assertOnly(AWS_KEYS);
  fields.text("environment_id", /^aws1$/);
  for (const name of ["region_url", "url", "imdsv2_session_token_url"]) fields.optional(name, AWS_METADATA);
  fields.text("regional_cred_verification_url", AWS_STS);
  return { kind: "aws" };
}

function fieldOf(format: JsonFields | undefined): string | undefined {
  format?.assertOnly(["type", "subject_token_field_name"]);
  const type = format?.text("type", /^(text|json)$/) ?? "text";
  return type === "json" ? format?.text("subject_token_field_name", /^[\w.-]{1,128}$/) : undefined;
}

/** Asked with short limits and never through a proxy, as what is on the node is. */
export function listSourceDestinations(source: ExternalTokenSource): readonly Destination[] {
  if (source.kind !== "url") return [];
  return [{ origin: source.url.origin, kind: "metadata", stage: "identity" }];
}

/** @throws ProviderError `subject-token-file`, `file-*`, `google-credentials-file` and the metadata codes */
export async function readExternalToken(
  source: ExternalTokenSource & { readonly kind: "file" | "url" },
  egress: Egress,
  world: World,
): Promise<SubjectToken> {
  const where = source.kind === "file" ? showValue("path", source.path) : showValue("url", source.url.origin);
  const refuse = (why: string) => new ProviderError("subject-token-file", { detail: `${where}: ${why}` });
  const text =
    source.kind === "file"
      ? await readTokenFile(source.path, world, "credential_source.file")
      : await ask(source, egress);
  const found = source.field === undefined ? text.trim() : readField(parseJsonObject(text), source.field);
  if (typeof found !== "string" || !isToken(found)) throw refuse("it holds no token");
  const token = new Secret(found);
  // What else a service on the node gives out, such as keys, is not for Google.
  if (source.kind === "url" && readJwtClaims(token) === undefined) throw refuse("it gives no JWT");
  const expiresAt = readJwtExpiry(token);
  if (expiresAt !== undefined && expiresAt <= world.now()) throw refuse("its token has expired");
  return { token, expiresAt, identityLabel: `the token of ${where}` };
}

function readField(answer: JsonObject | undefined, name: string): unknown {
  return answer !== undefined && Object.hasOwn(answer, name) ? answer[name] : undefined;
}

async function ask(
  { url, headers }: ExternalTokenSource & { readonly kind: "url" },
  egress: Egress,
): Promise<string> {
  const answer = await egress.send({ method: "GET", url, headers });
  if (answer.status === 200) return answer.body;
  throw errorFromResponse(answer, egress, metadataErrors("metadata-wrong-service"), {});
}
