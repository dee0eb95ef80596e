import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";

/** Hexadecimal letters of a digest. */
export const HMAC_LENGTH = 64;

/**
 * HMAC-SHA-256 of the parts, each with its length before it: no two lists of parts are one text. By a library in JavaScript:
 * `node:crypto` takes as long to load as a fifth of a bare start.
 */
export function computeHmac(key: string, parts: readonly string[]): string {
  const text = parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join("");
  return Buffer.from(hmac(sha256, Buffer.from(key), Buffer.from(text))).toString("hex");
}
