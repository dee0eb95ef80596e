import type { Login } from "../core/login.ts";
import { Secret } from "../core/secret.ts";
import type { Milliseconds } from "../core/time.ts";
import { isJsonObject, type JsonObject } from "../formats/json.ts";

/** A login as it is stored in the cache. */
export interface CacheEntry {
  readonly login: Login;
  readonly metadata: EntryMetadata;
  /** Wall clock. */
  readonly fetchedAt: Milliseconds;
  /** Monotonic time of the fetch; unlike `fetchedAt`, wall-clock changes do not affect it. */
  readonly fetchedAtMonotonic: Milliseconds;
  /** Wall clock; earlier than the login's own expiry if the pod's token expires first. */
  readonly cachedUntil: Milliseconds;
}

/** Descriptions for `cache list`. */
export interface EntryMetadata {
  readonly registry: string;
  readonly identity: string;
}

export function encodeEntry({ login, ...entry }: CacheEntry): JsonObject {
  const { username, password, expiresAt } = login;
  return { username, password: password.expose(), expiresAt, ...entry };
}

/** Returns undefined if the content is not a valid entry. */
export function parseEntry(content: JsonObject): CacheEntry | undefined {
  const { username, password, expiresAt, metadata, fetchedAt, fetchedAtMonotonic, cachedUntil } = content;
  if (typeof username !== "string" || typeof password !== "string" || !isEntryMetadata(metadata))
    return undefined;
  if (!isTime(expiresAt) || !isTime(fetchedAt) || !isTime(fetchedAtMonotonic) || !isTime(cachedUntil))
    return undefined;
  const login = { username, password: new Secret(password), expiresAt };
  return { login, metadata, fetchedAt, fetchedAtMonotonic, cachedUntil };
}

function isTime(value: unknown): value is Milliseconds {
  return typeof value === "number" && Number.isFinite(value);
}

export function isEntryMetadata(value: unknown): value is EntryMetadata {
  return (
    isJsonObject(value) && typeof value["registry"] === "string" && typeof value["identity"] === "string"
  );
}
