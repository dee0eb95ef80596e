import { matches, matchesHost, type Pattern, parsePattern } from "../config/pattern.ts";
import { parseStrictJson } from "../config/read/strict-json.ts";
import type { ImageAlias } from "../core/image-reference.ts";
import { quoteUntrusted } from "../errors/error-line.ts";
import { type ErrorCode, hasErrorCode, ProviderError } from "../errors/provider-error.ts";
import { showValue } from "../errors/show-value.ts";
import { isJsonObject, type JsonObject, parseJsonObject } from "../formats/json.ts";

/** What a docker `config.json` has for an image. */
interface DockerLogin {
  readonly username: string;
  readonly password: string;
  /** Images of the same host may have other entries. */
  readonly isForImage: boolean;
}

/** Docker's own key for its Hub, whose images are of `docker.io`: the kubelet looks there where nothing else fits. */
const HUB = "docker.io";
const HUB_KEY = "index.docker.io";

/**
 * The login of the most specific key that the image falls under, as the kubelet finds it (`BasicDockerKeyring` in kubernetes
 * `pkg/credentialprovider/keyring.go`), but that a path ends at the border of a segment.
 *
 * @param text of a docker `config.json`, or of `.dockerconfigjson` in a Secret
 * @param path for messages; nothing of the text goes into one
 * @param others the image under other names of its registry, whose keys are used if there is none for the first name
 * @throws ProviderError `docker-config-malformed`, `static-login-missing`, `static-login-unusable`
 */
export function dockerLogin(
  text: string,
  path: string,
  asked: ImageAlias,
  others: readonly ImageAlias[] = [],
): DockerLogin {
  const refuse = refuseIn(path);
  const config = parse(text, refuse);
  const helpers = entriesOf(config["credHelpers"]);
  const entries = entriesOf(config["auths"]);
  const aliases = [asked, ...others];
  const image = aliases.find((alias) => find([...helpers, ...entries], alias) !== undefined) ?? asked;
  const name = quoteUntrusted(image.host.name);
  if (find(helpers, image) !== undefined)
    throw refuse("static-login-unusable", `credHelpers names a helper for ${name}, and helpers are not run`);
  const entry = find(entries, image);
  if (isEmpty(entry?.value) && config["credsStore"] !== undefined)
    throw refuse(
      "static-login-unusable",
      `the login for ${name} is in its credsStore, whose helper is not run`,
    );
  if (entry === undefined) throw refuse("static-login-missing", `no key of its auths is for ${name}`);
  const isForImage = [...entries, ...helpers].some(
    ({ key }) => key.path.length > 0 && aliases.some(({ host }) => matchesHost(key, host.name)),
  );
  return { ...loginIn(entry.value, name, refuse), isForImage };
}

type Refuse = (code: ErrorCode, why: string) => ProviderError;

function refuseIn(path: string): Refuse {
  return (code, why) => new ProviderError(code, { detail: `${showValue("path", path)}: ${why}` });
}

function parse(text: string, refuse: Refuse): JsonObject {
  const config = parseJsonObject(text);
  if (config === undefined) throw refuse("docker-config-malformed", "it is not a JSON object");
  if (parseStrictJson(text) === undefined)
    throw refuse("docker-config-malformed", "a key is in it twice, or it is nested too deeply");
  const { auths, credHelpers, credsStore } = config;
  if (![auths, credHelpers].every((one) => one === undefined || isJsonObject(one)))
    throw refuse("docker-config-malformed", "its auths or credHelpers is not an object");
  if (auths === undefined && credHelpers === undefined && credsStore === undefined)
    throw refuse("docker-config-malformed", "it has no auths");
  return config;
}

function isEmpty(entry: unknown): boolean {
  return entry === undefined || (isJsonObject(entry) && Object.keys(entry).length === 0);
}

interface Entry {
  readonly key: Pattern;
  readonly value: unknown;
}

/** Keys that can be no image's are passed over, as the kubelet does. The most specific come first. */
function entriesOf(section: unknown): readonly Entry[] {
  const entries = Object.entries(isJsonObject(section) ? section : {}).flatMap(([spelled, value]) => {
    const key = parsePattern(keyOf(spelled));
    return key === undefined ? [] : [{ key, value }];
  });
  return entries.sort((one, other) => compare(other.key.text, one.key.text));
}

/** Letter by letter: a longer key is behind its own beginning, and a letter behind `*`. */
function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

const SCHEMES = ["https://", "http://"];
const API_VERSIONS = ["/v1/", "/v2/"];

/** Host, port and path; the scheme and the API's version are old spellings of the host alone. */
function keyOf(spelled: string): string {
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

/** ACR's sign that the password is a token of its own, which `az acr login` writes (Azure/acr `docs/AAD-OAuth.md`). */
const ACR_USER = "00000000-0000-0000-0000-000000000000";

/**
 * An identity token is a refresh token of OAuth 2. What the kubelet hands on is a user name and a password, and with a user
 * name containerd and CRI-O take no password for such a token (docker's `<token>` is a sign between docker and its helpers).
 * ACR alone takes it by Basic.
 */
function loginIn(entry: unknown, name: string, refuse: Refuse) {
  const { auth, identitytoken, ...plain } = fieldsOf(entry, name, refuse);
  const { username, password } = auth === "" ? plain : decode(auth, name, refuse);
  if (password !== "" || identitytoken === "") return { username, password };
  if (username === ACR_USER) return { username, password: identitytoken };
  throw refuse(
    "static-login-unusable",
    `the entry for ${name} holds an identity token, which only docker itself can use`,
  );
}

function fieldsOf(entry: unknown, name: string, refuse: Refuse) {
  const field = (key: string): string => {
    const value = isJsonObject(entry) ? (entry[key] ?? "") : undefined;
    if (typeof value === "string") return value;
    throw refuse("docker-config-malformed", `the entry for ${name} is not an object of texts`);
  };
  return {
    username: field("username"),
    password: field("password"),
    auth: field("auth"),
    identitytoken: field("identitytoken"),
  };
}

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** Base64 of `user:password`, with or without its padding. */
function decode(auth: string, name: string, refuse: Refuse) {
  const text = BASE64.test(auth) ? utf8(Buffer.from(auth, "base64")) : "";
  const colon = text.indexOf(":");
  if (colon >= 0) return { username: text.slice(0, colon), password: text.slice(colon + 1) };
  throw refuse("docker-config-malformed", `auth of the entry for ${name} is not the base64 of user:password`);
}

/** Empty where it is none. */
function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (!hasErrorCode(error, "ERR_ENCODING_INVALID_ENCODED_DATA")) throw error;
    return "";
  }
}
