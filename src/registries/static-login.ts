import { parseDuration } from "../config/duration.ts";
import type { StaticRule } from "../config/schema.ts";
import {
  createImageReference,
  type ImageAlias,
  type ImageReference,
  type RegistryHost,
} from "../core/image-reference.ts";
import type { Login } from "../core/login.ts";
import { readRequiredFile } from "../core/required-file.ts";
import { Secret } from "../core/secret.ts";
import type { Milliseconds } from "../core/time.ts";
import type { World } from "../core/world.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { showValue } from "../errors/show-value.ts";
import { readJwtExpiry } from "../formats/jwt.ts";
import type { LoginContext } from "../identities/identity.ts";
import { findDockerLogin } from "./docker-config.ts";

/** A file that is replaced takes effect after this time at the latest. */
const DEFAULT_CACHE_DURATION = "5m";

/** Bytes; the maximum size of a Kubernetes Secret. */
const DOCKER_CONFIG_LIMIT = 1024 * 1024;
const LINE_LIMIT = 64 * 1024;

/**
 * Reads the rule's login from a file, or from a variable of the provider's `env`.
 *
 * @param host the registry's: the image's host may be a custom domain of it
 * @throws ProviderError `static-*`, `docker-config-malformed`, `variable-missing`, `file-*`
 */
export async function readStaticLogin(
  host: RegistryHost,
  rule: StaticRule,
  { image, aliases }: LoginContext,
  world: World,
): Promise<Login> {
  const registryImage = createImageReference(host, image.repository);
  const isOwnHost = host.name === image.host.name;
  const credentials = await findCredentials(rule, registryImage, isOwnHost ? aliases : [], world);
  return {
    ...toLogin(credentials, world.now()),
    maxCacheDuration: parseDuration(rule.cacheDuration ?? DEFAULT_CACHE_DURATION),
  };
}

interface StaticCredentials {
  readonly username: string;
  readonly password: string;
  readonly isForImage: boolean;
  /** The file, entry or variable, for messages. */
  readonly source: string;
}

async function findCredentials(
  rule: StaticRule,
  image: ImageReference,
  aliases: readonly ImageAlias[],
  world: World,
): Promise<StaticCredentials> {
  const { dockerConfig } = rule;
  if (dockerConfig !== undefined) {
    const text = await readRequiredFile(
      dockerConfig,
      DOCKER_CONFIG_LIMIT,
      "private",
      world,
      "static.dockerConfig",
    );
    const login = findDockerLogin(text, dockerConfig, image, aliases);
    return { ...login, source: `${showValue("path", dockerConfig)}, the entry for ${image.host.name}` };
  }
  const username = rule.username ?? (await readLine(rule.usernameFile, "static.usernameFile", world));
  const password = await readPassword(rule, world);
  return {
    username,
    password,
    isForImage: false,
    source:
      rule.passwordFile === undefined ? "the variable of passwordEnv" : showValue("path", rule.passwordFile),
  };
}

async function readPassword({ passwordFile, passwordEnv }: StaticRule, world: World): Promise<string> {
  if (passwordEnv === undefined) return readLine(passwordFile, "static.passwordFile", world);
  const password = world.readSecretVariable(passwordEnv);
  if (password === undefined)
    throw new ProviderError("variable-missing", { detail: "the variable of passwordEnv" });
  return password.expose();
}

/** Reads a file of one line. A line feed at its end, which editors add, is not part of the value. */
async function readLine(path: string | undefined, setting: string, world: World): Promise<string> {
  if (path === undefined) throw new ProviderError("internal", { detail: "the static login has no source" });
  const text = await readRequiredFile(path, LINE_LIMIT, "private", world, setting);
  const line = text.endsWith("\n") ? text.slice(0, text.endsWith("\r\n") ? -2 : -1) : text;
  if (line.includes("\n")) throw unusableLogin(showValue("path", path), "the file has more than one line");
  return line;
}

function toLogin({ username, password, isForImage, source }: StaticCredentials, now: Milliseconds): Login {
  const problem = findProblem(username, password);
  if (problem !== undefined) throw unusableLogin(source, problem);
  const secret = new Secret(password);
  const expiresAt = readJwtExpiry(secret);
  if (expiresAt !== undefined && expiresAt <= now) throw unusableLogin(source, "its token has expired");
  return { username, password: secret, expiresAt, cacheKeyType: isForImage ? "image" : "registry" };
}

function unusableLogin(source: string, problem: string): ProviderError {
  return new ProviderError("static-login-unusable", { detail: `${source}: ${problem}` });
}

/** Finds what HTTP basic authentication cannot carry (RFC 7617 §2), or containerd treats as no login: an empty user name. */
function findProblem(username: string, password: string): string | undefined {
  if (username === "" || password === "") return `the ${username === "" ? "user name" : "password"} is empty`;
  if (username.includes(":")) return "the user name contains a colon";
  if (![...username].every(isPrintable)) return "the user name contains a control character, or is not UTF-8";
  // A Google key in JSON is a password of several lines.
  if (![...password].every((character) => isPrintable(character) || "\t\r\n".includes(character)))
    return "the password contains a control character, or is not UTF-8";
  return undefined;
}

/** U+FFFD stands for bytes that are not UTF-8. */
function isPrintable(character: string): boolean {
  return character >= " " && character !== "\u007f" && character !== "\ufffd";
}
