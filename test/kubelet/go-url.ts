import { KubeletRefusal } from "./refusal.ts";

/** Parses a URL without a scheme as the kubelet does. */
export interface GoUrl {
  /** The host with its port, in its original case. */
  readonly host: string;
  /** The path without percent escapes. */
  readonly path: string;
}

/** Characters that Go accepts in a host (net/url `shouldEscape`, `encodeHost`). */
const HOST = /^[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"\u0080-\u{10ffff}]*$/u;
/** Characters that Go accepts in user information (`validUserinfo`). */
const USER_INFO = /^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/;
const PORT = /^(:[0-9]*)?$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: Go refuses exactly these
const CONTROL = /[\u0000-\u001f\u007f]/;

/**
 * Implements Go's `url.Parse("https://" + text)`, the kubelet's `ParseSchemelessURL`. The path ends before `?` or `#`, and the
 * last of several `@` ends the user information.
 *
 * @throws KubeletRefusal if Go returns an error
 */
export function parseGoUrl(text: string): GoUrl {
  if (CONTROL.test(text)) throw new KubeletRefusal("invalid control character in URL");
  const [beforeFragment = ""] = text.split("#", 1);
  const [beforeQuery = ""] = beforeFragment.split("?", 1);
  const slash = beforeQuery.indexOf("/");
  const authority = slash < 0 ? beforeQuery : beforeQuery.slice(0, slash);
  return { host: parseAuthority(authority), path: unescapePath(slash < 0 ? "" : beforeQuery.slice(slash)) };
}

function parseAuthority(authority: string): string {
  const at = authority.lastIndexOf("@");
  const userInfo = authority.slice(0, Math.max(at, 0));
  if (!USER_INFO.test(userInfo)) throw new KubeletRefusal("net/url: invalid userinfo");
  checkEscapes(userInfo);
  const host = authority.slice(at + 1);
  checkPort(host);
  return unescapeHost(host);
}

function checkPort(host: string): void {
  const port = host.startsWith("[") ? afterBracket(host) : host.slice(lastColon(host));
  if (!PORT.test(port)) throw new KubeletRefusal(`invalid port ${JSON.stringify(port)} after host`);
}

function afterBracket(host: string): string {
  const end = host.lastIndexOf("]");
  if (end < 0) throw new KubeletRefusal("missing ']' in host");
  return host.slice(end + 1);
}

function lastColon(host: string): number {
  const colon = host.lastIndexOf(":");
  return colon < 0 ? host.length : colon;
}

/** Decodes the escapes of bytes from 0x80 on; any other escape is an error in a host. */
function unescapeHost(host: string): string {
  const plain = host.replace(/%[89A-Fa-f][0-9A-Fa-f]/g, "");
  if (plain.includes("%")) throw new KubeletRefusal("invalid URL escape");
  if (!HOST.test(plain)) throw new KubeletRefusal("invalid character in host name");
  return unescapeBytes(host);
}

function unescapePath(path: string): string {
  checkEscapes(path);
  return unescapeBytes(path);
}

function checkEscapes(text: string): void {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) throw new KubeletRefusal("invalid URL escape");
}

function unescapeBytes(text: string): string {
  const unescaped = Buffer.from(text)
    .toString("latin1")
    .replace(/%([0-9A-Fa-f]{2})/g, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(unescaped, "latin1").toString();
}
