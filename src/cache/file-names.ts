/** The names of the files in the cache directory: every name is built and parsed here. */

/** The kinds of files. `unfinished`: a temporary file that a killed run of `system/cache-file.ts` left. */
export type FileKind = "login" | "hits" | "failure" | "rules" | "lease" | "key" | "unfinished";

/** @param cacheKey an HMAC of `SealedReader.hashKey` */
export function entryFileName(cacheKey: string, kind: "login" | "hits" | "failure" | "rules"): string {
  return `${cacheKey}.${kind}`;
}

/** @param turn 0, or the number of leaders before that died or hang */
export function leaseFileName(cacheKey: string, turn: number): string {
  return `${cacheKey}.lease-${turn}`;
}

/** The name changes with each boot. */
export function keyFileName(bootId: string | undefined): string {
  return `key-${bootId ?? "unknown"}`;
}

/** Returns the name of the hit counter of a login file. */
export function hitsFileName(loginFileName: string): string {
  return loginFileName.replace(/login$/, "hits");
}

const UNFINISHED = /\.new-\d+$/;
const ENTRY_OR_LEASE = /^[0-9a-f]{64}\.(?:(login|hits|failure|rules)|lease-\d+)$/;
const KEY = /^key-[0-9a-z-]{1,64}$/;

/** Returns undefined for a name that this program does not create. */
export function parseFileKind(name: string): FileKind | undefined {
  const finished = name.replace(UNFINISHED, "");
  const kind = parseFinishedKind(finished);
  return kind !== undefined && finished !== name ? "unfinished" : kind;
}

function parseFinishedKind(name: string): FileKind | undefined {
  if (KEY.test(name)) return "key";
  const match = ENTRY_OR_LEASE.exec(name);
  const kind = match?.[1];
  if (kind === "login" || kind === "hits" || kind === "failure" || kind === "rules") return kind;
  return match === null ? undefined : "lease";
}
