import { parseGoUrl } from "./go-url.ts";
import { KubeletRefusal } from "./refusal.ts";

/**
 * Implements the kubelet's `URLsMatchStr` (pkg/credentialprovider/keyring.go), which compares `matchImages` and the keys of a
 * response with an image.
 *
 * Its peculiarities are kept: a pattern without a port matches no image with a port; the path is a prefix that may end within
 * a segment; `?` begins a query and so never matches; the comparison is case-sensitive.
 *
 * @throws KubeletRefusal if the kubelet would not start (in `matchImages`) or would ignore the key (in a response)
 */
export function urlsMatch(glob: string, target: string): boolean {
  const [pattern, url] = [parseGoUrl(glob), parseGoUrl(target)];
  const [patternHost, patternPort] = splitHostPort(pattern.host);
  const [host, port] = splitHostPort(url.host);
  if (patternPort !== port || !url.path.startsWith(pattern.path)) return false;
  const [patterns, labels] = [patternHost.split("."), host.split(".")];
  return patterns.length === labels.length && patterns.every((part, i) => matchLabel(part, labels[i] ?? ""));
}

/** Implements Go's `net.SplitHostPort`. If that fails, the kubelet takes the whole text as the host. */
export function splitHostPort(hostPort: string): readonly [host: string, port: string] {
  const bracketed = /^\[([^[\]]*)\]:([^:[\]]*)$/.exec(hostPort) ?? /^([^:[\]]*):([^:[\]]*)$/.exec(hostPort);
  return [bracketed?.[1] ?? hostPort, bracketed?.[2] ?? ""];
}

/** Implements Go's `filepath.Match` for one label, which contains no separator. */
function matchLabel(pattern: string, label: string): boolean {
  return compile(pattern).test(label);
}

function compile(pattern: string): RegExp {
  const source = `^${translate(pattern)}$`;
  try {
    return new RegExp(source, "su");
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new KubeletRefusal(`${JSON.stringify(pattern)} is a bad pattern`);
  }
}

const TOKEN = /\*|\?|\[((?:\\.|[^\]\\])+)\]|\\(.)|([^[\\])/gsuy;

function translate(pattern: string): string {
  let source = "";
  let read = 0;
  for (const token of pattern.matchAll(TOKEN)) {
    source += translateToken(token);
    read += token[0].length;
  }
  if (read < pattern.length) throw new KubeletRefusal(`${JSON.stringify(pattern)} is a bad pattern`);
  return source;
}

function translateToken([text, range, escaped, plain]: RegExpExecArray): string {
  if (text === "*") return "[^/]*";
  if (text === "?") return "[^/]";
  if (range !== undefined)
    return `[${range.replace(/\\(.)|([[\]^&~|])/gsu, (_, a?: string, b?: string) => literal(a ?? b ?? ""))}]`;
  return literal(escaped ?? plain ?? "");
}

function literal(letter: string): string {
  return `\\u{${letter.codePointAt(0)?.toString(16)}}`;
}
