/** How what is kept is called. `kinds.ts` reads the names again. */

/** @param digest of all that it depends on */
export function entryFileName(digest: string, kind: "login" | "hits" | "failure" | "rules"): string {
  return `${digest}.${kind}`;
}

/** Higher numbers after leaders that died. */
export function leaseFileName(digest: string, turn: number): string {
  return `${digest}.lease-${turn}`;
}

/** Another after each start of the machine. */
export function keyFileName(bootId: string | undefined): string {
  return `key-${bootId ?? "unknown"}`;
}

/** Of the same login. */
export function hitsFileName(loginName: string): string {
  return loginName.replace(/login$/, "hits");
}
