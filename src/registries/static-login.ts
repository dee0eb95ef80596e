import { parseDuration } from "../config/duration.ts";
import type { StaticRule } from "../config/schema.ts";
import {
  createImageReference,
  type ImageAlias,
  type ImageReference,
  type RegistryHost,
} from "../core/image-reference.ts";
import type { LoginResult } from "../core/login.ts";
import { readNamed } from "../core/required-file.ts";
import { Secret } from "../core/secret.ts";
import { MINUTE, type Milliseconds } from "../core/time.ts";
import type { World } from "../core/world.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { showValue } from "../errors/show-value.ts";
import { readJwtExpiry } from "../formats/jwt.ts";
import { type LoginContext, requireAllowed } from "../identities/identity.ts";
import { dockerLogin } from "./docker-config.ts";

/** A file that is exchanged takes effect after this at the latest. */
const KEPT_FOR: Milliseconds = 5 * MINUTE;

/** Bytes; the limit of a Kubernetes Secret. */
const DOCKER_CONFIG_LIMIT = 1024 * 1024;
const LINE_LIMIT = 64 * 1024;

/**
 * The rule's login: in a file, or in a variable of the provider's `env`.
 *
 * @param host the registry's own: the image's may be a custom domain that stands for it
 * @throws ProviderError `static-*`, `docker-config-malformed`, `variable-missing`, `file-*`, and as `requireAllowed`
 */
export async function logIn(
  host: RegistryHost,
  rule: StaticRule,
  asker: LoginContext,
  world: World,
): Promise<LoginResult> {
  requireAllowed(asker);
  const image = createImageReference(host, asker.image.repository);
  const isOwnHost = host.name === asker.image.host.name;
  const found = await findLogin(rule, image, isOwnHost ? asker.aliases : [], world);
  const keptFor = rule.cacheDuration === undefined ? KEPT_FOR : parseDuration(rule.cacheDuration);
  return resultOf(found, keptFor, world.now());
}

interface Found {
  readonly username: string;
  readonly password: string;
  readonly isForImage: boolean;
  /** Where it is, for messages. */
  readonly source: string;
}

async function findLogin(
  rule: StaticRule,
  image: ImageReference,
  aliases: readonly ImageAlias[],
  world: World,
): Promise<Found> {
  const { dockerConfig } = rule;
  if (dockerConfig !== undefined) {
    const text = await readNamed(dockerConfig, DOCKER_CONFIG_LIMIT, "private", world, "static.dockerConfig");
    const login = dockerLogin(text, dockerConfig, image, aliases);
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
  const found = world.readSecretVariable(passwordEnv);
  if (found === undefined) throw new ProviderError("variable-missing", { detail: "the one of passwordEnv" });
  return found.expose();
}

/** Editors end a line with a line feed that is no part of it. */
async function readLine(path: string | undefined, setting: string, world: World): Promise<string> {
  if (path === undefined) throw new ProviderError("internal", { detail: "a static login without a source" });
  const text = await readNamed(path, LINE_LIMIT, "private", world, setting);
  const line = text.endsWith("\n") ? text.slice(0, text.endsWith("\r\n") ? -2 : -1) : text;
  if (line.includes("\n")) throw unusable(showValue("path", path), "it holds more than one line");
  return line;
}

/** An identity token ends by itself; what else there is does not say when. */
function resultOf(found: Found, keptFor: Milliseconds, now: Milliseconds): LoginResult {
  const { username, password, isForImage, source } = found;
  const fault = faultOf(username, password);
  if (fault !== undefined) throw unusable(source, fault);
  const secret = new Secret(password);
  const life = (readJwtExpiry(secret) ?? Number.POSITIVE_INFINITY) - now;
  if (life <= 0) throw unusable(source, "the token in it has expired");
  return {
    kind: "login",
    username,
    password: secret,
    cacheFor: Math.min(keptFor, life),
    scope: isForImage ? "image" : "registry",
  };
}

function unusable(source: string, why: string): ProviderError {
  return new ProviderError("static-login-unusable", { detail: `${source}: ${why}` });
}

/** What `Authorization: Basic` cannot carry (RFC 7617 §2), or a runtime takes for no login (containerd: no user name). */
function faultOf(username: string, password: string): string | undefined {
  if (username === "" || password === "") return `the ${username === "" ? "user name" : "password"} is empty`;
  if (username.includes(":")) return "the user name holds a colon";
  if (![...username].every(isPlain)) return "the user name holds a control character, or is not UTF-8";
  // A key of Google in JSON is a password of several lines.
  if (![...password].every((letter) => isPlain(letter) || "\t\r\n".includes(letter)))
    return "the password holds a control character, or is not UTF-8";
  return undefined;
}

/** U+FFFD stands for bytes that are no UTF-8. */
function isPlain(letter: string): boolean {
  return letter >= " " && letter !== "\u007f" && letter !== "\ufffd";
}
