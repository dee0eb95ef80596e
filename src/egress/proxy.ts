import { BlockList, isIP } from "node:net";
import { ProviderError } from "../errors.ts";
import { registerSecret } from "../secret.ts";
import type { Environment } from "../world.ts";

/**
 * The proxy for one HTTPS destination, as Go's `httpproxy` and curl read the variables: lower case wins, empty is
 * not set, `NO_PROXY` takes `*`, names, `.suffix`, addresses and CIDR, each with an optional port.
 *
 * @returns undefined where the destination is reached directly; plain `http:` always is.
 * @throws ProviderError `environment-value`; its text never quotes the variable, which may hold a password.
 */
export function proxyFor(destination: URL, env: Environment): URL | undefined {
  const proxy = env.https_proxy || env.HTTPS_PROXY;
  if (destination.protocol !== "https:" || !proxy) return undefined;
  const rules = (env.no_proxy || env.NO_PROXY || "").split(",").map((rule) => rule.trim().toLowerCase());
  return rules.some((rule) => rule !== "" && covers(rule, destination)) ? undefined : parseProxy(proxy);
}

/**
 * A complete proxy URL. In the user name and the password, `@`, `/`, `?` and `#` must be percent-encoded: otherwise a URL parser
 * takes the rest of the password for the host, which is then looked up in the DNS.
 */
const PROXY_URL =
  /^(?<scheme>http:\/\/)?(?:(?<user>[^\s@:/\\?#]*)(?::(?<password>[^\s@/\\?#]*))?@)?(?<host>[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?<port>:[0-9]{1,5})?\/?$/;

function parseProxy(text: string): URL {
  const { scheme, user, password, host = "", port } = PROXY_URL.exec(text)?.groups ?? {};
  for (const secret of [user, password]) if (secret) registerSecret(secret);
  // A single word may be a misplaced password.
  const isHost = scheme !== undefined || port !== undefined || host.includes(".");
  const proxy = isHost ? URL.parse(scheme === undefined ? `http://${text}` : text) : null;
  if (proxy !== null && isDecodable(proxy)) return proxy;
  throw new ProviderError("environment-value", {
    detail: "https_proxy (or HTTPS_PROXY) is not http://[user:password@]host:port (value not shown)",
    hint: "percent-encode the user name and password, such as %40 for @, and give no path, query or fragment",
  });
}

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
