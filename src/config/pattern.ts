import { type ImageAlias, RegistryHost } from "../core/image-reference.ts";

/**
 * A pattern of `match`: the kubelet's `matchImages`, but that a path ends at the border of a segment and that hosts are
 * compared in small letters (`URLsMatch` in kubernetes `pkg/credentialprovider/keyring.go`).
 */
export interface Pattern {
  readonly text: string;
  /** Each may hold `*`, which stands for any characters of that label. */
  readonly labels: readonly string[];
  /** With its colon; empty where there is none. An image's port must be the same, or missing too. */
  readonly port: string;
  /** Segments that the image's repository must begin with. */
  readonly path: readonly string[];
}

/** Labels, port and segments as `image.ts` takes them, but for the `*`. */
const PATTERN =
  /^([a-z0-9*](?:[a-z0-9*-]*[a-z0-9*])?(?:\.[a-z0-9*](?:[a-z0-9*-]*[a-z0-9*])?)*)(:[0-9]{1,5})?((?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*)\/?$/;

/** @returns undefined where the text could never match an image */
export function parsePattern(text: string): Pattern | undefined {
  const [, host, port = "", path = ""] = PATTERN.exec(text) ?? [];
  if (host === undefined) return undefined;
  return { text, labels: host.split("."), port, path: path === "" ? [] : path.slice(1).split("/") };
}

/** @returns the host of a pattern for one host */
export function parseExactHost({ labels, port }: Pattern): RegistryHost | undefined {
  const name = labels.join(".");
  return name.includes("*") ? undefined : RegistryHost.parse(name + port);
}

export function matches(pattern: Pattern, image: ImageAlias): boolean {
  return matchesHost(pattern, image.host.name) && beginsWith(image.segments, pattern.path);
}

/** @param host in lower case, with its port if it has one; with a `*`, it is a set of hosts, of which one must match */
export function matchesHost({ labels, port }: Pattern, host: string): boolean {
  if (!host.endsWith(port)) return false;
  const own = host.slice(0, host.length - port.length).split(".");
  return (
    own.length === labels.length && labels.every((label, index) => matchesLabel(label, own[index] ?? ""))
  );
}

function matchesLabel(label: string, own: string): boolean {
  return own.includes("*") ? canGlobsOverlap(label, own) : matchesGlob(label, own);
}

function beginsWith(segments: readonly string[] | undefined, path: readonly string[]): boolean {
  return path.length === 0 || (segments !== undefined && path.every((one, index) => one === segments[index]));
}

/** Whether the text is what the glob says: `*` stands for any characters, none of them a colon, which begins a port. */
export function matchesGlob(glob: string, text: string): boolean {
  if (glob === "*") return !text.includes(":");
  if (!glob.includes("*")) return glob === text;
  const parts = glob.split("*");
  const [first = "", last = ""] = [parts[0], parts.at(-1)];
  if (text.includes(":") || text.length < first.length + last.length) return false;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  return containsInOrder(parts.slice(1, -1), text.slice(first.length, text.length - last.length));
}

/** Each found behind the one before it: the leftmost is never worse than another. */
function containsInOrder(parts: readonly string[], text: string): boolean {
  let from = 0;
  for (const part of parts) {
    const found = text.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return true;
}

/** Whether every image of the second pattern is one of the first's. */
export function covers(wide: Pattern, narrow: Pattern): boolean {
  if (wide.labels.length !== narrow.labels.length || wide.port !== narrow.port) return false;
  for (let index = 0; index < wide.labels.length; index += 1)
    if (!matchesGlob(wide.labels[index] ?? "", narrow.labels[index] ?? "")) return false;
  return beginsWith(narrow.path, wide.path);
}

/** Whether some host can be of both. Names differ at their end first. */
export function canOverlap(one: readonly string[], other: readonly string[]): boolean {
  if (one.length !== other.length) return false;
  for (let index = one.length - 1; index >= 0; index -= 1)
    if (!canGlobsOverlap(one[index], other[index])) return false;
  return true;
}

/** Where both hold a `*`, whatever is between beginning and end finds room in one text. */
function canGlobsOverlap(one = "", other = ""): boolean {
  if (one === other || one === "*" || other === "*") return true;
  if (!one.includes("*")) return matchesGlob(other, one);
  if (!other.includes("*")) return matchesGlob(one, other);
  return agree(ends(one), ends(other));
}

type Ends = readonly [begin: string, end: string];

function ends(glob: string): Ends {
  return [glob.slice(0, glob.indexOf("*")), glob.slice(glob.lastIndexOf("*") + 1)];
}

function agree([begin, end]: Ends, [otherBegin, otherEnd]: Ends): boolean {
  return (
    (begin.startsWith(otherBegin) || otherBegin.startsWith(begin)) &&
    (end.endsWith(otherEnd) || otherEnd.endsWith(end))
  );
}
