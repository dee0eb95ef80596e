import { BlockList, isIP } from "node:net";
import { registerSecret } from "../core/secret.ts";
import type { Environment } from "../core/world.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { NOT_SHOWN } from "../errors/show-value.ts";

/**
 * Returns the proxy for an HTTPS destination. The variables are read as Go's `httpproxy` and curl read them: lower case takes
 * precedence, an empty value counts as not set, and `NO_PROXY` takes `*`, domains, `.suffix`, addresses and CIDR blocks, each
 * with an optional port.
 *
 * @returns undefined if the destination is reached directly, as all plain HTTP ones are
 * @throws ProviderError `environment-invalid`; the message never quotes the variable, which may hold a password
 */
export function findProxy(destination: URL, env: Environment): URL | undefined {
  const name = env.https_proxy ? "https_proxy" : "HTTPS_PROXY";
  const proxy = env[name];
  if (destination.protocol !== "https:" || !proxy) return undefined;
  const rules = (env.no_proxy || env.NO_PROXY || "").split(",").map((rule) => rule.trim().toLowerCase());
  return rules.some((rule) => rule !== "" && matchesNoProxy(rule, destination))
    ? undefined
    : parseProxy(name, proxy);
}

/**
 * The parts of a proxy's URL, even of an invalid one. The user information ends at the last `@`. A URL parser may end it earlier,
 * and would then take the rest of a password for the host.
 */
const PROXY_PARTS =
  /^(?:(?<scheme>[a-z][a-z0-9+.-]*):\/\/)?(?:(?<userInfo>.*)@)?(?<host>\[[^\]]*\]|[^:/?#\\]*)(?::(?<port>[^/?#\\]*))?(?<rest>.*)$/is;
const PROXY_HOST = /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])$/;

function parseProxy(name: string, text: string): URL {
  const { scheme, userInfo, host = "", port, rest = "" } = PROXY_PARTS.exec(text)?.groups ?? {};
  const proxy = URL.parse(scheme === undefined ? `http://${text}` : text);
  const refuse = (problem: string) =>
    new ProviderError("environment-invalid", {
      detail: `${name} ${NOT_SHOWN}: ${problem}`,
      hint: "write it as http://HOST:PORT; a user name and password stand before HOST and are percent-encoded, such as %40 for @",
    });
  if (/\s/.test(text)) throw refuse("it contains white space");
  if (scheme !== undefined && scheme.toLowerCase() !== "http") throw refuse("its scheme is not http");
  if (userInfo !== undefined && /[@/\\?#]/.test(userInfo))
    throw refuse("a @, /, \\, ? or # in its user name or password is not percent-encoded");
  if (!PROXY_HOST.test(host)) throw refuse("its host is not a DNS name or an IP address");
  if (port !== undefined && !isPort(port)) throw refuse("its port is not a number from 1 to 65535");
  if (rest !== "" && rest !== "/")
    throw refuse("it has a path, a query or a fragment after the host and port");
  // A single word may be a misplaced password.
  if (port === undefined && /^[^.:]+$/.test(host) && host.toLowerCase() !== "localhost")
    throw refuse("its host is a single word without a port after it");
  if (proxy === null) throw refuse("its host is not a DNS name or an IP address");
  if (!isDecodable(proxy))
    throw refuse("a % in its user name or password does not begin a percent-encoded character");
  const [user = "", password = ""] = userInfo?.split(/:(.*)/s) ?? [];
  for (const secret of [user, password]) if (secret !== "") registerSecret(secret);
  return proxy;
}

function isPort(text: string): boolean {
  return /^[0-9]{1,5}$/.test(text) && Number(text) > 0 && Number(text) < 65536;
}

/** Reports whether every `%` in the user name and password starts a percent-encoded character. */
function isDecodable({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username + password);
    return true;
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return false;
  }
}

/** Reports whether one entry of `NO_PROXY` covers the destination. */
function matchesNoProxy(rule: string, destination: URL): boolean {
  if (rule === "*") return true;
  const host = stripBrackets(destination.hostname);
  const [, name = "", port] = /^(\[[^\]]*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(rule) ?? [];
  if (port !== undefined && port !== (destination.port || "443")) return false;
  return isIP(host) > 0 ? matchesAddress(stripBrackets(name), host) : matchesDomain(name, host);
}

function matchesDomain(rule: string, host: string): boolean {
  const suffix = rule.replace(/^\*?\.?/, ".");
  return host.endsWith(suffix) || (!/^\*?\./.test(rule) && host === rule);
}

function matchesAddress(rule: string, host: string): boolean {
  const [, address = "", length] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(rule) ?? [];
  const version = isIP(address);
  if (version === 0 || version !== isIP(host)) return false;
  const maxLength = version === 4 ? 32 : 128;
  const prefixLength = length === undefined ? maxLength : Number(length);
  if (prefixLength > maxLength) return false;
  const family = version === 4 ? "ipv4" : "ipv6";
  const subnet = new BlockList();
  subnet.addSubnet(address, prefixLength, family);
  return subnet.check(host, family);
}

function stripBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}
