import type { Milliseconds } from "../core/time.ts";
import type { CacheStore, StoredFile, World } from "../core/world.ts";
import type { ErrorCode } from "../errors/provider-error.ts";
import type { JsonObject } from "../formats/json.ts";
import { bestEffort } from "./best-effort.ts";
import {
  type EntryMetadata,
  type Freshness,
  getFreshness,
  getRemainingLifetime,
  parseEntry,
  refreshJitter,
} from "./entry.ts";
import { type FileKind, parseFileKind } from "./kinds.ts";
import { hitsFileName } from "./names.ts";
import { isRecent, parseNegativeEntry } from "./negative-entry.ts";
import { openSealedReader } from "./sealed-store.ts";

/** A login that is kept, without what it lets in with. */
export interface LoginSummary {
  readonly metadata: EntryMetadata;
  readonly state: Freshness;
  readonly age: Milliseconds;
  readonly remaining: Milliseconds;
  /** Wall clock. */
  readonly cachedUntil: Milliseconds;
  /** How often it was served. */
  readonly hits: number;
}

/** A failure that is still the answer to others. */
interface FailureSummary {
  readonly code: ErrorCode;
  readonly metadata: EntryMetadata;
  readonly asked: string | undefined;
  readonly age: Milliseconds;
}

export interface CacheContents {
  readonly logins: readonly LoginSummary[];
  readonly failures: readonly FailureSummary[];
  /** Hosts of which the configuration file was read. */
  readonly rules: number;
  /** Of another start of the machine, or spoilt. */
  readonly unreadable: number;
  /** Names that are none of this program's. */
  readonly unrecognised: number;
}

/** What is in the cache's folder. Nothing in it is changed or removed; what vanishes meanwhile was never there. */
export function inspectCache(store: CacheStore, world: World): CacheContents {
  const files = store.list();
  const reader = bestEffort(() => openSealedReader(store, world), world);
  const sizes = new Map(files.map(({ name, size }) => [name, size]));
  const read = <T>(kind: FileKind, parse: (content: JsonObject, name: string) => T | undefined) =>
    files.filter(isOf(kind)).map(({ name }) => {
      const content = reader?.read(name);
      return { name, found: content && parse(content, name) };
    });
  const logins = read("login", (content, name) => loginIn(content, name, sizes, world));
  const failures = read("failure", (content) => failureIn(content, world));
  const rules = read("rules", (content) => content);
  const there = new Set(store.list().map(({ name }) => name));
  const isUnreadable = ({ name, found }: { name: string; found: unknown }) =>
    found === undefined && there.has(name);
  return {
    logins: logins.flatMap(({ found }) => found ?? []),
    failures: failures.flatMap(({ found }) => (found?.isOver === false ? found : [])),
    rules: rules.filter(({ found }) => found !== undefined).length,
    unreadable: [...logins, ...failures, ...rules].filter(isUnreadable).length,
    unrecognised: files.filter(isOf(undefined)).length,
  };
}

/** The names of the logins in it: what is spoilt, or of another start, lets nobody in. */
export function listReadableLogins(store: CacheStore, world: World): readonly string[] {
  const reader = bestEffort(() => openSealedReader(store, world), world);
  const isLogin = ({ name }: StoredFile) => {
    const content = reader?.read(name);
    return content !== undefined && parseEntry(content) !== undefined;
  };
  const files = store.list().filter(isOf("login")).filter(isLogin);
  return files.map(({ name }) => name);
}

function isOf(kind: FileKind | undefined): (file: StoredFile) => boolean {
  return ({ name }) => parseFileKind(name) === kind;
}

function loginIn(
  content: JsonObject,
  name: string,
  sizes: ReadonlyMap<string, number>,
  world: World,
): LoginSummary | undefined {
  const entry = parseEntry(content);
  if (entry === undefined) return undefined;
  const { metadata, cachedUntil, fetchedAt } = entry;
  return {
    metadata,
    state: getFreshness(entry, refreshJitter(name), world),
    age: Math.max(0, world.now() - fetchedAt),
    remaining: Math.max(0, getRemainingLifetime(entry, world)),
    cachedUntil,
    hits: sizes.get(hitsFileName(name)) ?? 0,
  };
}

function failureIn(
  content: JsonObject,
  { machine }: World,
): (FailureSummary & { isOver: boolean }) | undefined {
  const failure = parseNegativeEntry(content);
  if (failure === undefined) return undefined;
  const { error, failedAtMonotonic, metadata } = failure;
  const now = machine.monotonicNow();
  const { code, facts } = error;
  return {
    code,
    metadata,
    asked: facts.request,
    age: now - failedAtMonotonic,
    isOver: !isRecent(failure, now),
  };
}
