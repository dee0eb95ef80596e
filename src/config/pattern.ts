import { type ImageAlias, RegistryHost } from "../core/image-reference.ts";

/**
 * A pattern of `match`: the kubelet's `matchImages`, except that a path ends at a segment boundary and that hosts are
 * compared in lower case (`URLsMatch` in kubernetes `pkg/credentialprovider/keyring.go`).
 */
export interface Pattern {
  readonly text: string;
  /** A label may contain `*`, which matches any characters of the label. */
  readonly labels: readonly string[];
  /** The port with its colon, or an empty string. It must be equal to the image's port. */
  readonly port: string;
  /** The segments with which the image's repository must begin. */
  readonly path: readonly string[];
}

/** Labels, port and segments as in `image-reference.ts`, and `*` in labels. */
const PATTERN =
  /^([a-z0-9*](?:[a-z0-9*-]*[a-z0-9*])?(?:\.[a-z0-9*](?:[a-z0-9*-]*[a-z0-9*])?)*)(:[0-9]{1,5})?((?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*)\/?$/;

/** Returns undefined if the text could never match an image. */
export function parsePattern(text: string): Pattern | undefined {
  const [, host, port = "", path = ""] = PATTERN.exec(text) ?? [];
  if (host === undefined) return undefined;
  return { text, labels: host.split("."), port, path: path === "" ? [] : path.slice(1).split("/") };
}

/** Returns the host of a pattern without `*`. */
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
    own.length === labels.length &&
    own.every((label, index) => {
      const glob = labels[index] ?? "";
      return label.includes("*") ? canGlobsOverlap(glob, label) : matchesGlob(glob, label);
    })
  );
}

function beginsWith(segments: readonly string[] | undefined, path: readonly string[]): boolean {
  return path.length === 0 || (segments !== undefined && path.every((one, index) => one === segments[index]));
}

/** Reports whether the text matches the glob. `*` matches any characters except a colon, which starts a port. */
export function matchesGlob(glob: string, text: string): boolean {
  if (glob === "*") return !text.includes(":");
  if (!glob.includes("*")) return glob === text;
  const parts = glob.split("*");
  const [first = "", last = ""] = [parts[0], parts.at(-1)];
  if (text.includes(":") || text.length < first.length + last.length) return false;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  return containsInOrder(parts.slice(1, -1), text.slice(first.length, text.length - last.length));
}

/** Reports whether the text contains the parts in this order. Taking the leftmost match of each part never excludes a match. */
function containsInOrder(parts: readonly string[], text: string): boolean {
  let from = 0;
  for (const part of parts) {
    const found = text.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return true;
}

/** Reports whether the wide pattern matches every image that the narrow pattern matches. */
export function covers(wide: Pattern, narrow: Pattern): boolean {
  if (wide.labels.length !== narrow.labels.length || wide.port !== narrow.port) return false;
  for (let index = 0; index < wide.labels.length; index += 1)
    if (!matchesGlob(wide.labels[index] ?? "", narrow.labels[index] ?? "")) return false;
  return beginsWith(narrow.path, wide.path);
}

/** Reports whether a host can match both. perf: compares the last labels first, since most hosts differ there. */
export function canOverlap(one: readonly string[], other: readonly string[]): boolean {
  if (one.length !== other.length) return false;
  for (let index = one.length - 1; index >= 0; index -= 1)
    if (!canGlobsOverlap(one[index], other[index])) return false;
  return true;
}

/** Two globs with a `*` can match one text if their fixed starts and their fixed ends are compatible. */
function canGlobsOverlap(one = "", other = ""): boolean {
  if (one === other || one === "*" || other === "*") return true;
  if (!one.includes("*")) return matchesGlob(other, one);
  if (!other.includes("*")) return matchesGlob(one, other);
  const [start = "", otherStart = ""] = [one, other].map((glob) => glob.slice(0, glob.indexOf("*")));
  const [end = "", otherEnd = ""] = [one, other].map((glob) => glob.slice(glob.lastIndexOf("*") + 1));
  const hasCommonStart = start.startsWith(otherStart) || otherStart.startsWith(start);
  return hasCommonStart && (end.endsWith(otherEnd) || otherEnd.endsWith(end));
}
