import type { Milliseconds } from "../core/time.ts";
import type { CacheStore, StoredFile, World } from "../core/world.ts";
import type { ErrorCode } from "../errors/provider-error.ts";
import type { JsonObject } from "../formats/json.ts";
import { bestEffort } from "./best-effort.ts";
import { type EntryMetadata, parseEntry } from "./entry.ts";
import { type FileKind, hitsFileName, parseFileKind } from "./file-names.ts";
import { type Freshness, getFreshness, getRemainingLifetime, refreshJitter } from "./freshness.ts";
import { isRecent, parseNegativeEntry } from "./negative-entry.ts";
import { openSealedReader, type SealedReader } from "./sealed-store.ts";

/** A cached login without its credentials. */
export interface LoginSummary {
  readonly metadata: EntryMetadata;
  readonly state: Freshness;
  readonly age: Milliseconds;
  readonly remaining: Milliseconds;
  /** Wall clock. */
  readonly cachedUntil: Milliseconds;
  /** How often the login was served. */
  readonly hits: number;
}

/** A cached failure that still applies to other runs. */
interface FailureSummary {
  readonly code: ErrorCode;
  readonly metadata: EntryMetadata;
  readonly request: string | undefined;
  readonly age: Milliseconds;
}

export interface CacheContents {
  readonly logins: readonly LoginSummary[];
  readonly failures: readonly FailureSummary[];
  /** The number of hosts whose rules are cached. */
  readonly rules: number;
  /** The number of files that are damaged or of an earlier boot. */
  readonly unreadable: number;
  /** The number of files that this program did not create. */
  readonly unrecognised: number;
}

/** Returns what is in the cache. Nothing is changed or deleted. A file that another run deletes at the same time counts as absent. */
export function inspectCache(store: CacheStore, world: World): CacheContents {
  const files = store.list();
  const reader = bestEffort(() => openSealedReader(store, world), world);
  const sizes = new Map(files.map(({ name, size }) => [name, size]));
  const logins = readFiles(files, "login", reader).map(({ name, content }) => ({
    name,
    entry: content && parseEntry(content),
  }));
  const failures = readFiles(files, "failure", reader).map(({ name, content }) => ({
    name,
    entry: content && parseNegativeEntry(content),
  }));
  const rules = readFiles(files, "rules", reader).map(({ name, content }) => ({ name, entry: content }));
  const remaining = new Set(store.list().map(({ name }) => name));
  const monotonicNow = world.machine.monotonicNow();
  return {
    logins: logins.flatMap(({ name, entry }): readonly LoginSummary[] => {
      if (entry === undefined) return [];
      return [
        {
          metadata: entry.metadata,
          state: getFreshness(entry, refreshJitter(name), world),
          age: Math.max(0, world.now() - entry.fetchedAt),
          remaining: Math.max(0, getRemainingLifetime(entry, world)),
          cachedUntil: entry.cachedUntil,
          hits: sizes.get(hitsFileName(name)) ?? 0,
        },
      ];
    }),
    failures: failures.flatMap(({ entry }): readonly FailureSummary[] => {
      if (entry === undefined || !isRecent(entry, monotonicNow)) return [];
      const { error, metadata, failedAtMonotonic } = entry;
      return [
        { code: error.code, metadata, request: error.facts.request, age: monotonicNow - failedAtMonotonic },
      ];
    }),
    rules: rules.filter(({ entry }) => entry !== undefined).length,
    unreadable: [...logins, ...failures, ...rules].filter(
      ({ name, entry }) => entry === undefined && remaining.has(name),
    ).length,
    unrecognised: files.filter(({ name }) => parseFileKind(name) === undefined).length,
  };
}

/** Returns the names of the logins, except damaged ones and those of an earlier boot, which no run would serve. */
export function listReadableLogins(store: CacheStore, world: World): readonly string[] {
  const reader = bestEffort(() => openSealedReader(store, world), world);
  const files = readFiles(store.list(), "login", reader);
  return files
    .filter(({ content }) => content !== undefined && parseEntry(content) !== undefined)
    .map(({ name }) => name);
}

interface ReadFile {
  readonly name: string;
  /** Undefined if the file cannot be read. */
  readonly content: JsonObject | undefined;
}

function readFiles(
  files: readonly StoredFile[],
  kind: FileKind,
  reader: SealedReader | undefined,
): readonly ReadFile[] {
  const ofKind = files.filter(({ name }) => parseFileKind(name) === kind);
  return ofKind.map(({ name }) => ({ name, content: reader?.read(name) }));
}
