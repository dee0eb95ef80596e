import { matches, matchesHost, type Pattern, parsePattern } from "../config/pattern.ts";
import { parseStrictJson } from "../config/read/strict-json.ts";
import type { ImageAlias } from "../core/image-reference.ts";
import { quoteUntrusted } from "../errors/error-line.ts";
import { type ErrorCode, ProviderError } from "../errors/provider-error.ts";
import { showValue } from "../errors/show-value.ts";
import { isJsonObject, type JsonObject, parseJsonObject } from "../formats/json.ts";
import { decodeUtf8 } from "../formats/utf8.ts";

/** The login of an image in a docker `config.json`. */
interface DockerLogin {
  readonly username: string;
  readonly password: string;
  /** Whether other images of the host may have another entry. */
  readonly isForImage: boolean;
}

/** Docker Hub's images have the host `docker.io`, its key is another. The kubelet uses it if no other key matches. */
const HUB = "docker.io";
const HUB_KEY = "index.docker.io";

/**
 * Finds the login of the most specific key that matches the image, as the kubelet does (`BasicDockerKeyring` in kubernetes
 * `pkg/credentialprovider/keyring.go`), except that a key's path matches whole segments only.
 *
 * @param text a docker `config.json`, or `.dockerconfigjson` of a Secret
 * @param path for messages, which quote nothing of the text
 * @param others the image under other names of its registry: their keys are used if no key matches the first name
 * @throws ProviderError `docker-config-malformed`, `static-login-missing`, `static-login-unusable`
 */
export function findDockerLogin(
  text: string,
  path: string,
  requested: ImageAlias,
  others: readonly ImageAlias[] = [],
): DockerLogin {
  const refuse: Refuse = (code, problem) =>
    new ProviderError(code, { detail: `${showValue("path", path)}: ${problem}` });
  const config = parseDockerConfig(text, refuse);
  const helpers = listEntries(config["credHelpers"]);
  const entries = listEntries(config["auths"]);
  const aliases = [requested, ...others];
  const image = aliases.find((alias) => find([...helpers, ...entries], alias) !== undefined) ?? requested;
  const name = quoteUntrusted(image.host.name);
  if (find(helpers, image) !== undefined)
    throw refuse("static-login-unusable", `credHelpers names a helper for ${name}; helpers are not run`);
  const entry = find(entries, image);
  if (isEmpty(entry?.value) && config["credsStore"] !== undefined)
    throw refuse("static-login-unusable", `the login for ${name} is in credsStore; helpers are not run`);
  if (entry === undefined) throw refuse("static-login-missing", `no key of auths matches ${name}`);
  const isForImage = [...entries, ...helpers].some(
    ({ key }) => key.path.length > 0 && aliases.some(({ host }) => matchesHost(key, host.name)),
  );
  return { ...readLogin(entry.value, name, refuse), isForImage };
}

type Refuse = (code: ErrorCode, why: string) => ProviderError;

function parseDockerConfig(text: string, refuse: Refuse): JsonObject {
  const config = parseJsonObject(text);
  if (config === undefined) throw refuse("docker-config-malformed", "it is not a JSON object");
  if (parseStrictJson(text) === undefined)
    throw refuse("docker-config-malformed", "it has a duplicate key, or is nested too deeply");
  const { auths, credHelpers, credsStore } = config;
  if (![auths, credHelpers].every((one) => one === undefined || isJsonObject(one)))
    throw refuse("docker-config-malformed", "auths or credHelpers is not an object");
  if (auths === undefined && credHelpers === undefined && credsStore === undefined)
    throw refuse("docker-config-malformed", "auths is missing");
  return config;
}

function isEmpty(entry: unknown): boolean {
  return entry === undefined || (isJsonObject(entry) && Object.keys(entry).length === 0);
}

interface Entry {
  readonly key: Pattern;
  readonly value: unknown;
}

/** Lists the entries, the most specific key first. Keys that match no image are skipped, as by the kubelet. */
function listEntries(section: unknown): readonly Entry[] {
  const entries = Object.entries(isJsonObject(section) ? section : {}).flatMap(([spelled, value]) => {
    const key = parsePattern(normalizeKey(spelled));
    return key === undefined ? [] : [{ key, value }];
  });
  return entries.sort((one, other) => compare(other.key.text, one.key.text));
}

/** Compares by UTF-16 code units: a longer key sorts after its prefix, and a letter after `*`. */
function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

const SCHEMES = ["https://", "http://"];
const API_VERSIONS = ["/v1/", "/v2/"];

/** Returns host, port and path. Old keys have a scheme or an API version, which mean the host alone. */
function normalizeKey(spelled: string): string {
  const scheme = SCHEMES.find((one) => spelled.startsWith(one)) ?? "";
  const bare = spelled.slice(scheme.length);
  const slash = bare.indexOf("/");
  const [host, path] = slash < 0 ? [bare, ""] : [bare.slice(0, slash), bare.slice(slash)];
  const version = API_VERSIONS.find((one) => path.startsWith(one));
  const rest = version === undefined ? path : path.slice(version.length - 1);
  return `${host.replace(/[A-Z]/g, (letter) => letter.toLowerCase())}${rest === "/" ? "" : rest}`;
}

function find(entries: readonly Entry[], image: ImageAlias): Entry | undefined {
  const own = entries.find(({ key }) => matches(key, image));
  if (own !== undefined || image.host.name !== HUB) return own;
  return entries.find(({ key }) => key.text === HUB_KEY);
}

/** The user name that `az acr login` writes for a refresh token of ACR (Azure/acr `docs/AAD-OAuth.md`). */
const ACR_USER = "00000000-0000-0000-0000-000000000000";

/**
 * Reads the login of an entry. An identity token is an OAuth 2 refresh token, but the kubelet passes on a user name and a
 * password, which containerd and CRI-O never use as such a token. Only ACR accepts it with basic authentication.
 */
function readLogin(entry: unknown, name: string, refuse: Refuse) {
  const { auth, identitytoken, ...plain } = readFields(entry, name, refuse);
  const { username, password } = auth === "" ? plain : decodeAuth(auth, name, refuse);
  if (password !== "" || identitytoken === "") return { username, password };
  if (username === ACR_USER) return { username, password: identitytoken };
  throw refuse(
    "static-login-unusable",
    `the entry for ${name} has an identity token, which only docker can use`,
  );
}

function readFields(entry: unknown, name: string, refuse: Refuse) {
  const field = (key: string): string => {
    const value = isJsonObject(entry) ? (entry[key] ?? "") : undefined;
    if (typeof value === "string") return value;
    throw refuse("docker-config-malformed", `the entry for ${name} is not an object of strings`);
  };
  return {
    username: field("username"),
    password: field("password"),
    auth: field("auth"),
    identitytoken: field("identitytoken"),
  };
}

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** Decodes base64 of `user:password`, with or without padding. */
function decodeAuth(auth: string, name: string, refuse: Refuse) {
  const text = (BASE64.test(auth) && decodeUtf8(Buffer.from(auth, "base64"))) || "";
  const colon = text.indexOf(":");
  if (colon >= 0) return { username: text.slice(0, colon), password: text.slice(colon + 1) };
  throw refuse("docker-config-malformed", `auth in the entry for ${name} is not base64 of user:password`);
}
