import { inspect } from "node:util";

/** Every secret of this run, for `redactSecrets`. */
const secretsOfRun = new Set<string>();

/** Registers a secret that no `Secret` holds, such as the password in a proxy URL, so that it is redacted. */
export function registerSecret(value: string): void {
  secretsOfRun.add(value);
}

/** A string that cannot be printed by accident: every way of turning it into text masks it, but `expose()`. */
export class Secret {
  readonly #value: string;

  /** @param isPartlyPublic whether it consists of public text and other secrets, as a signed request does: it is not redacted as a whole */
  constructor(value: string, { isPartlyPublic = false } = {}) {
    this.#value = value;
    if (!isPartlyPublic) registerSecret(value);
  }

  /** The one way out. Called where a header, a body or the answer is built, and nowhere else. */
  expose(): string {
    return this.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}

const MASK = "[secret]";
/** The shortest shared part that is redacted, in characters. It is as long as the mask, so that no text becomes longer. */
const SHORTEST_SHARED = MASK.length;
/** The first and the last line of a PEM block, which are public. */
const PEM_LINE = /-----[A-Z ]{1,64}-----/g;

/** Masks every part of 8 characters or more that the text shares with a secret of this run, regardless of case. */
export function redactSecrets(text: string): string {
  const lower = lowerAscii(text);
  const places = new Map<string, number[]>();
  // perf: comparing two characters rules out most parts of a secret without making a string: 8 times as fast in Node 24.
  const hashes = new Uint8Array(HASH_RANGE);
  for (let at = 0; at + SHORTEST_SHARED <= lower.length; at += 1) {
    const part = lower.slice(at, at + SHORTEST_SHARED);
    hashes[hashPart(lower, at)] = 1;
    const known = places.get(part);
    if (known === undefined) places.set(part, [at]);
    else known.push(at);
  }
  const shared = new Set<number>();
  for (const secret of secretsOfRun) {
    const value = lowerAscii(secret.replace(PEM_LINE, "\n"));
    for (let at = 0; at + SHORTEST_SHARED <= value.length; at += 1)
      if (hashes[hashPart(value, at)] === 1)
        for (const place of places.get(value.slice(at, at + SHORTEST_SHARED)) ?? []) shared.add(place);
  }
  return maskAt(
    [...shared].sort((one, other) => one - other),
    text,
  );
}

/** Returns a text of the same length. `toLowerCase` makes two characters of `İ`, which would shift all places after it. */
function lowerAscii(text: string): string {
  const lower = text.toLowerCase();
  return lower.length === text.length ? lower : text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

const HASH_RANGE = 1 << 16;

/** Hashes the first and the last character of the part that begins at a position. */
function hashPart(text: string, at: number): number {
  return ((text.charCodeAt(at) << 8) ^ text.charCodeAt(at + SHORTEST_SHARED - 1)) & (HASH_RANGE - 1);
}

/** @param places the beginnings of parts of `SHORTEST_SHARED` characters, in ascending order; the parts may overlap */
function maskAt(places: readonly number[], text: string): string {
  let redacted = "";
  let end = 0;
  for (const place of places) {
    if (place > end || redacted === "") redacted += text.slice(end, place) + MASK;
    end = place + SHORTEST_SHARED;
  }
  return redacted + text.slice(end);
}
