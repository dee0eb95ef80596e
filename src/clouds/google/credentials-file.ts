import { createPrivateKey } from "node:crypto";
import { readNamed } from "../../core/required-file.ts";
import { Secret } from "../../core/secret.ts";
import type { World } from "../../core/world.ts";
import { isOpenSslError, ProviderError } from "../../errors/provider-error.ts";
import { NOT_SHOWN, showValue } from "../../errors/show-value.ts";
import { SERVICE_ACCOUNT_PATTERN } from "../../formats/id-patterns.ts";
import { parseJsonObject } from "../../formats/json.ts";
import type { GoogleCredentialSource } from "../../identities/google.ts";
import { type ExternalTokenSource, parseExternalTokenSource } from "./credential-source.ts";
import { JsonFields } from "./json-fields.ts";
import { GOOGLE_CLOUD, type GoogleServices } from "./services.ts";

/** What a credentials file of Google's makes of whoever has it. */
export type FileCredentials = ServiceAccountKey | ExternalAccount;

export interface ServiceAccountKey {
  readonly kind: "key";
  readonly email: string;
  readonly key: Secret;
  readonly keyId: string | undefined;
}

/** A credential configuration of type `external_account` (AIP-4117). */
export interface ExternalAccount {
  readonly kind: "external";
  readonly audience: string;
  readonly subjectTokenType: string;
  readonly source: ExternalTokenSource;
  readonly impersonate: Impersonation | undefined;
}

export interface Impersonation {
  readonly email: string;
  /** Seconds. */
  readonly lifetime: number;
}

/** What impersonation gives by itself, and the longest without a constraint of the organisation. */
export const DEFAULT_IMPERSONATION_LIFETIME = 3600;
/** Bytes; a key's file has 2,400. */
const FILE_LIMIT = 64 * 1024;

/** Kinds of files that are known and not taken, with the reason. */
const REFUSED: ReadonlyMap<string, string> = new Map(
  Object.entries({
    authorized_user: "it is a person's login, which ends when the person's does",
    external_account_authorized_user: "it is a person's login, which ends when the person's does",
    impersonated_service_account:
      "it holds another credential: name that one's file, and serviceAccount in the rule",
    gdch_service_account: "Google Distributed Cloud has registries of its own",
  }),
);

/**
 * A service account's key, or a credential configuration. Whoever made one for the operator decides in it whom the node asks and
 * what it reads, so everything in it is checked ("Validate credential configurations from external sources").
 *
 * @throws ProviderError `google-credentials-file`, `google-universe-mismatch`, `file-*`
 */
export async function readCredentialsFile(
  { path, setting }: Extract<GoogleCredentialSource, { kind: "file" }>,
  universe: string,
  services: GoogleServices,
  world: World,
): Promise<FileCredentials> {
  const text = await readNamed(path, FILE_LIMIT, "private", world, setting);
  const refuse = (why: string) =>
    new ProviderError("google-credentials-file", { detail: `${showValue("path", path)}: ${why}` });
  const content = parseJsonObject(text);
  if (content === undefined) throw refuse("it is not a JSON object");
  const fields = new JsonFields(content, refuse);
  const type = fields.text("type", /^[a-z_]{1,64}$/);
  assertFileUniverse(fields.optional("universe_domain", DOMAIN) ?? GOOGLE_CLOUD, universe);
  if (type === "service_account") return parseKey(fields);
  if (type === "external_account") return parseExternal(fields, universe, services);
  throw refuse(
    `its type is ${REFUSED.has(type) ? type : NOT_SHOWN}: ${REFUSED.get(type) ?? "that is not known"}`,
  );
}

const DOMAIN = /^[a-z0-9.-]{1,253}$/;

function assertFileUniverse(own: string, wanted: string): void {
  if (own === wanted) return;
  throw new ProviderError("google-universe-mismatch", {
    detail: `the image's is ${wanted}, the file's ${showValue("host", own)}`,
  });
}

const EMAIL = new RegExp(`^${SERVICE_ACCOUNT_PATTERN}$`);
const PEM = /^-----BEGIN [A-Z ]{1,40}-----[A-Za-z0-9+/=\s]+-----END [A-Z ]{1,40}-----\s*$/;

/** `token_uri` is not asked: what a key signs is traded at Google's own endpoint, or at that of the rule. */
function parseKey(fields: JsonFields): ServiceAccountKey {
  const key = fields.text("private_key", PEM);
  if (!isRsa(key)) throw fields.refusal("private_key", "is no RSA key that a node could use");
  return {
    kind: "key",
    email: fields.text("client_email", EMAIL),
    key: new Secret(key),
    keyId: fields.optional("private_key_id", /^[A-Za-z0-9_-]{1,128}$/),
  };
}

/** The library would fail at signing, with an error that holds the key. */
function isRsa(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === "rsa";
  } catch (error) {
    if (!isOpenSslError(error)) throw error;
    return false;
  }
}

const EXTERNAL_KEYS = [
  "type",
  "audience",
  "subject_token_type",
  "token_url",
  "token_info_url",
  "service_account_impersonation_url",
  "service_account_impersonation",
  "credential_source",
  "universe_domain",
  "quota_project_id",
];
const WITH_A_REASON: ReadonlyMap<string, string> = new Map(
  Object.entries({
    workforce_pool_user_project: "workforce pools are for persons",
    client_id: "workload pools know no clients",
    client_secret: "workload pools know no clients",
  }),
);
/** A workload pool's provider, or a fleet's. */
const AUDIENCE =
  /^(\/\/iam\.[a-z0-9.-]{1,253}\/projects\/[0-9]{1,30}\/locations\/global\/workloadIdentityPools\/[a-z0-9-]{1,100}\/providers\/[a-z0-9-]{1,100}|identitynamespace:[a-z0-9.:-]{1,200}\.svc\.id\.goog:https:\/\/[a-zA-Z0-9./_-]{1,400})$/;
const TOKEN_TYPE = /^urn:ietf:params:(oauth:token-type:(jwt|id_token)|aws:token-type:aws4_request)$/;

function parseExternal(fields: JsonFields, universe: string, services: GoogleServices): ExternalAccount {
  fields.assertOnly(EXTERNAL_KEYS, WITH_A_REASON);
  const hosts = (name: string, own: string) => [`${name}.${universe}`, new URL(own).host];
  fields.url("token_url", hosts("sts", services.sts), /^\/v1\/token$/);
  const impersonation = fields.optionalUrl(
    "service_account_impersonation_url",
    hosts("iamcredentials", services.iamCredentials),
    IMPERSONATION,
  );
  return {
    kind: "external",
    audience: fields.text("audience", AUDIENCE),
    subjectTokenType: fields.text("subject_token_type", TOKEN_TYPE),
    source: parseExternalTokenSource(fields.object("credential_source")),
    impersonate: impersonation && parseImpersonation(impersonation, fields),
  };
}

const IMPERSONATION = new RegExp(
  `^/v1/projects/-/serviceAccounts/(${SERVICE_ACCOUNT_PATTERN}):generateAccessToken$`,
);

function parseImpersonation({ pathname }: URL, fields: JsonFields): Impersonation {
  const [, email = ""] = IMPERSONATION.exec(decodeURIComponent(pathname)) ?? [];
  const settings = fields.optionalObject("service_account_impersonation");
  settings?.assertOnly(["token_lifetime_seconds"]);
  return {
    email,
    lifetime: settings?.number("token_lifetime_seconds", 600, 43_200) ?? DEFAULT_IMPERSONATION_LIFETIME,
  };
}
