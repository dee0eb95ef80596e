import { readTokenFile } from "../../core/required-file.ts";
import { Secret } from "../../core/secret.ts";
import type { World } from "../../core/world.ts";
import type { Egress } from "../../egress/egress.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import { showValue } from "../../errors/show-value.ts";
import { parseJsonObject } from "../../formats/json.ts";
import { readJwtClaims, readJwtExpiry } from "../../formats/jwt.ts";
import type { SubjectToken } from "../../identities/subject-token.ts";
import { errorFromResponse, isToken } from "../shared/response.ts";
import { isPlainUrl, type JsonFields } from "./json-fields.ts";
import { metadataErrors } from "./metadata.ts";

/** The `credential_source` of a credential configuration. `field`: the JSON field with the token; undefined: the whole text. */
export type ExternalTokenSource =
  | { readonly kind: "file"; readonly path: string; readonly field: string | undefined }
  | {
      readonly kind: "url";
      readonly url: URL;
      readonly headers: Readonly<Record<string, string>>;
      readonly field: string | undefined;
    }
  /** The node's AWS identity. The addresses in the configuration are checked, but not used. */
  | { readonly kind: "aws" };

const AWS_KEYS = [
  "environment_id",
  "region_url",
  "url",
  "regional_cred_verification_url",
  "imdsv2_session_token_url",
];
const FILE_AND_URL_KEYS = ["file", "url", "headers", "format"];
const UNSUPPORTED_SOURCES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    executable: "it would run a program as root",
    certificate: "client certificates are not supported",
  }),
);
/** Loopback and link-local addresses, which never leave the node. Metadata services have link-local ones. */
const NODE_LOCAL_HOST = /^(127\.\d+\.\d+\.\d+|\[::1\]|169\.254\.\d+\.\d+|\[fd00:ec2::254\])$/;
/** The hosts that AIP-4117 allows, in the format's only version. */
const AWS_METADATA_URL = /^http:\/\/(169\.254\.169\.254|\[fd00:ec2::254\])\/[\w./-]{1,200}$/;
const AWS_STS_URL =
  /^https:\/\/sts\.\{region\}\.amazonaws\.com(\.cn)?\/?\?Action=GetCallerIdentity&Version=2011-06-15$/;

/** @throws ProviderError `google-credentials-file-invalid` */
export function parseExternalTokenSource(fields: JsonFields): ExternalTokenSource {
  if (fields.has("environment_id")) {
    fields.assertOnly(AWS_KEYS);
    fields.text("environment_id", /^aws1$/);
    for (const name of ["region_url", "url", "imdsv2_session_token_url"])
      fields.optional(name, AWS_METADATA_URL);
    fields.text("regional_cred_verification_url", AWS_STS_URL);
    return { kind: "aws" };
  }
  fields.assertOnly(FILE_AND_URL_KEYS, UNSUPPORTED_SOURCES);
  const field = parseFormat(fields.optionalObject("format"));
  if (fields.has("file") === fields.has("url"))
    throw fields.refusal("credential_source", "must contain either file or url");
  if (fields.has("file")) return { kind: "file", path: fields.text("file", /^\/[ -~]{1,1023}$/), field };
  const url = URL.parse(fields.text("url", /^https?:\/\/[!-~]{1,1000}$/));
  if (url === null || !isPlainUrl(url) || !NODE_LOCAL_HOST.test(url.hostname))
    throw fields.refusal("url", "is not a loopback or link-local address");
  return { kind: "url", url, headers: fields.optionalObject("headers")?.headers() ?? {}, field };
}

function parseFormat(format: JsonFields | undefined): string | undefined {
  format?.assertOnly(["type", "subject_token_field_name"]);
  const type = format?.text("type", /^(text|json)$/) ?? "text";
  return type === "json" ? format?.text("subject_token_field_name", /^[\w.-]{1,128}$/) : undefined;
}

/** @throws ProviderError `subject-token-file-invalid`, `file-*`, `google-credentials-file-invalid` and the metadata codes */
export async function readExternalToken(
  source: ExternalTokenSource & { readonly kind: "file" | "url" },
  egress: Egress,
  world: World,
): Promise<SubjectToken> {
  const place = source.kind === "file" ? showValue("path", source.path) : showValue("url", source.url.origin);
  const refuse = (problem: string) =>
    new ProviderError("subject-token-file-invalid", { detail: `${place}: ${problem}` });
  const text =
    source.kind === "file"
      ? await readTokenFile(source.path, world, "credential_source.file")
      : await fetchExternalText(source, egress);
  const found = source.field === undefined ? text.trim() : parseJsonObject(text)?.[source.field];
  if (typeof found !== "string" || !isToken(found)) throw refuse("it contains no token");
  const token = new Secret(found);
  // A service on the node may return something else, such as keys. Google must not receive that.
  if (source.kind === "url" && readJwtClaims(token) === undefined) throw refuse("it returned no JWT");
  const expiresAt = readJwtExpiry(token);
  if (expiresAt !== undefined && expiresAt <= world.now()) throw refuse("its token has expired");
  return { token, expiresAt, identityLabel: `the token of ${place}` };
}

async function fetchExternalText(
  { url, headers }: ExternalTokenSource & { readonly kind: "url" },
  egress: Egress,
): Promise<string> {
  const response = await egress.send({ method: "GET", url, headers });
  if (response.status === 200) return response.body;
  throw errorFromResponse(response, egress, metadataErrors("metadata-wrong-service"), {});
}
