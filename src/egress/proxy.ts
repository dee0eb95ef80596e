import { BlockList, isIP } from "node:net";
import { registerSecret } from "../core/secret.ts";
import type { Environment } from "../core/world.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { NOT_SHOWN } from "../errors/show-value.ts";

/**
 * The proxy for one HTTPS destination, as Go's `httpproxy` and curl read the variables: lower case wins, empty is
 * not set, `NO_PROXY` takes `*`, names, `.suffix`, addresses and CIDR, each with an optional port.
 *
 * @returns undefined where the destination is reached directly; plain `http:` always is.
 * @throws ProviderError `environment-value`; its text never quotes the variable, which may hold a password.
 */
export function proxyFor(destination: URL, env: Environment): URL | undefined {
  const name = env.https_proxy ? "https_proxy" : "HTTPS_PROXY";
  const proxy = env[name];
  if (destination.protocol !== "https:" || !proxy) return undefined;
  const rules = (env.no_proxy || env.NO_PROXY || "").split(",").map((rule) => rule.trim().toLowerCase());
  return rules.some((rule) => rule !== "" && covers(rule, destination)) ? undefined : parseProxy(name, proxy);
}

/** The parts of a proxy's URL, which need not be valid. The last `@` ends the user information: a URL parser would end it earlier. */
const PROXY_PARTS =
  /^(?:(?<scheme>[a-z][a-z0-9+.-]*):\/\/)?(?:(?<userInfo>.*)@)?(?<host>\[[^\]]*\]|[^:/?#\\]*)(?::(?<port>[^/?#\\]*))?(?<rest>.*)$/is;
const PROXY_HOST = /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])$/;

function parseProxy(name: string, text: string): URL {
  const { scheme, userInfo, host = "", port, rest = "" } = PROXY_PARTS.exec(text)?.groups ?? {};
  const proxy = URL.parse(scheme === undefined ? `http://${text}` : text);
  const refuse = (problem: string) =>
    new ProviderError("environment-value", {
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

const isPort = (text: string): boolean =>
  /^[0-9]{1,5}$/.test(text) && Number(text) > 0 && Number(text) < 65536;

/** `%` in a user or password stands for itself only as `%25`. */
function isDecodable({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username + password);
    return true;
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return false;
  }
}

function covers(rule: string, destination: URL): boolean {
  if (rule === "*") return true;
  const host = bare(destination.hostname);
  const [, name = "", port] = /^(\[[^\]]*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(rule) ?? [];
  if (port !== undefined && port !== (destination.port || "443")) return false;
  return isIP(host) > 0 ? coversAddress(bare(name), host) : coversName(name, host);
}

function coversName(rule: string, host: string): boolean {
  const suffix = rule.replace(/^\*?\.?/, ".");
  return host.endsWith(suffix) || (!/^\*?\./.test(rule) && host === rule);
}

function coversAddress(rule: string, host: string): boolean {
  const [, address = "", bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(rule) ?? [];
  const family = isIP(address);
  if (family === 0 || family !== isIP(host)) return false;
  const longest = family === 4 ? 32 : 128;
  return inSubnet(host, address, bits === undefined ? longest : Number(bits), longest);
}

function inSubnet(host: string, network: string, bits: number, longest: 32 | 128): boolean {
  if (bits > longest) return false;
  const family = longest === 32 ? "ipv4" : "ipv6";
  const subnet = new BlockList();
  subnet.addSubnet(network, bits, family);
  return subnet.check(host, family);
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}
