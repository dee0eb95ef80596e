import { createPrivateKey } from "node:crypto";
import { readRequiredFile } from "../../core/required-file.ts";
import { Secret } from "../../core/secret.ts";
import type { World } from "../../core/world.ts";
import { isOpenSslError, ProviderError } from "../../errors/provider-error.ts";
import { NOT_SHOWN, showValue } from "../../errors/show-value.ts";
import { SERVICE_ACCOUNT_PATTERN } from "../../formats/id-patterns.ts";
import { parseJsonObject } from "../../formats/json.ts";
import type { GoogleCredentialSource } from "../../identities/google.ts";
import { type ExternalTokenSource, parseExternalTokenSource } from "./external-token-source.ts";
import { JsonFields } from "./json-fields.ts";
import { GOOGLE_CLOUD, type GoogleServices } from "./services.ts";

/** The credentials in a file that `GOOGLE_APPLICATION_CREDENTIALS` or `google.credentialsFile` names. */
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
  readonly tokenSource: ExternalTokenSource;
  readonly impersonate: Impersonation | undefined;
}

export interface Impersonation {
  readonly email: string;
  /** Seconds. */
  readonly lifetime: number;
}

/** Seconds. The default of impersonation, and its maximum unless an organisation policy extends it. */
export const DEFAULT_IMPERSONATION_LIFETIME = 3600;
/** Bytes. A key file has about 2,400. */
const MAX_CREDENTIALS_FILE = 64 * 1024;

/** Types of files that are not supported, with the reason. */
const UNSUPPORTED_TYPES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    authorized_user: "it is a user login, which expires with the user's session",
    external_account_authorized_user: "it is a user login, which expires with the user's session",
    impersonated_service_account:
      "it wraps another credential: name that credential's file, and set serviceAccount in the rule",
    gdch_service_account: "Google Distributed Cloud has its own registries",
  }),
);

/**
 * Reads a service account key or a credential configuration. A credential configuration decides which hosts the node contacts
 * and which files it reads, so every field is checked (Google, "Validate credential configurations from external sources").
 *
 * @throws ProviderError `google-credentials-file-invalid`, `google-universe-mismatch`, `file-*`
 */
export async function readCredentialsFile(
  { path, setting }: Extract<GoogleCredentialSource, { kind: "file" }>,
  universe: string,
  services: GoogleServices,
  world: World,
): Promise<FileCredentials> {
  const text = await readRequiredFile(path, MAX_CREDENTIALS_FILE, "private", world, setting);
  const refuse = (problem: string) =>
    new ProviderError("google-credentials-file-invalid", {
      detail: `${showValue("path", path)}: ${problem}`,
    });
  const content = parseJsonObject(text);
  if (content === undefined) throw refuse("it is not a JSON object");
  const fields = new JsonFields(content, refuse);
  const type = fields.text("type", /^[a-z_]{1,64}$/);
  const fileUniverse = fields.optional("universe_domain", UNIVERSE_DOMAIN) ?? GOOGLE_CLOUD;
  if (fileUniverse !== universe)
    throw new ProviderError("google-universe-mismatch", {
      detail: `the image's is ${universe}, the file's ${showValue("host", fileUniverse)}`,
    });
  if (type === "service_account") return parseKey(fields);
  if (type === "external_account") return parseExternal(fields, universe, services);
  throw refuse(
    `its type is ${UNSUPPORTED_TYPES.has(type) ? type : NOT_SHOWN}: ${UNSUPPORTED_TYPES.get(type) ?? "unknown type"}`,
  );
}

const UNIVERSE_DOMAIN = /^[a-z0-9.-]{1,253}$/;

const SERVICE_ACCOUNT_EMAIL = new RegExp(`^${SERVICE_ACCOUNT_PATTERN}$`);
const PEM = /^-----BEGIN [A-Z ]{1,40}-----[A-Za-z0-9+/=\s]+-----END [A-Z ]{1,40}-----\s*$/;

/** `token_uri` is ignored: a JWT signed with the key is exchanged at Google's endpoint, or at the rule's. */
function parseKey(fields: JsonFields): ServiceAccountKey {
  const key = fields.text("private_key", PEM);
  if (!isRsaKey(key)) throw fields.refusal("private_key", "is not an RSA key in PEM");
  return {
    kind: "key",
    email: fields.text("client_email", SERVICE_ACCOUNT_EMAIL),
    key: new Secret(key),
    keyId: fields.optional("private_key_id", /^[A-Za-z0-9_-]{1,128}$/),
  };
}

/** With another key, the library fails at signing, with an error that contains the key. */
function isRsaKey(pem: string): boolean {
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
const UNSUPPORTED_FIELDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    workforce_pool_user_project: "workforce pools are for users",
    client_id: "workload pools have no clients",
    client_secret: "workload pools have no clients",
  }),
);
/** The provider of a workload identity pool, or a fleet. */
const POOL_AUDIENCE =
  /^(\/\/iam\.[a-z0-9.-]{1,253}\/projects\/[0-9]{1,30}\/locations\/global\/workloadIdentityPools\/[a-z0-9-]{1,100}\/providers\/[a-z0-9-]{1,100}|identitynamespace:[a-z0-9.:-]{1,200}\.svc\.id\.goog:https:\/\/[a-zA-Z0-9./_-]{1,400})$/;
const SUBJECT_TOKEN_TYPE = /^urn:ietf:params:(oauth:token-type:(jwt|id_token)|aws:token-type:aws4_request)$/;

function parseExternal(fields: JsonFields, universe: string, services: GoogleServices): ExternalAccount {
  fields.assertOnly(EXTERNAL_KEYS, UNSUPPORTED_FIELDS);
  const hosts = (name: string, configured: string) => [`${name}.${universe}`, new URL(configured).host];
  fields.url("token_url", hosts("sts", services.sts), /^\/v1\/token$/);
  const impersonation = fields.optionalUrl(
    "service_account_impersonation_url",
    hosts("iamcredentials", services.iamCredentials),
    IMPERSONATION_PATH,
  );
  return {
    kind: "external",
    audience: fields.text("audience", POOL_AUDIENCE),
    subjectTokenType: fields.text("subject_token_type", SUBJECT_TOKEN_TYPE),
    tokenSource: parseExternalTokenSource(fields.object("credential_source")),
    impersonate: impersonation && parseImpersonation(impersonation, fields),
  };
}

const IMPERSONATION_PATH = new RegExp(
  `^/v1/projects/-/serviceAccounts/(${SERVICE_ACCOUNT_PATTERN}):generateAccessToken$`,
);

function parseImpersonation({ pathname }: URL, fields: JsonFields): Impersonation {
  const [, email = ""] = IMPERSONATION_PATH.exec(decodeURIComponent(pathname)) ?? [];
  const settings = fields.optionalObject("service_account_impersonation");
  settings?.assertOnly(["token_lifetime_seconds"]);
  return {
    email,
    lifetime: settings?.number("token_lifetime_seconds", 600, 43_200) ?? DEFAULT_IMPERSONATION_LIFETIME,
  };
}
