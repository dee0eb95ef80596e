import type { Milliseconds } from "../core/time.ts";
import type { Store, StoredFile, World } from "../core/world.ts";
import type { ErrorCode } from "../errors/provider-error.ts";
import type { JsonObject } from "../formats/json.ts";
import { unlessUnusable } from "./best-effort.ts";
import { type About, lifeLeft, parseEntry, type State, shareOf, stateOf } from "./entry.ts";
import { type Kind, kindOf } from "./kinds.ts";
import { hitsName } from "./names.ts";
import { isRecent, parseFailure } from "./negative-entry.ts";
import { readerOf } from "./sealed-store.ts";

/** A login that is kept, without what it lets in with. */
export interface KeptLogin {
  readonly about: About;
  readonly state: State;
  readonly age: Milliseconds;
  readonly left: Milliseconds;
  /** Wall clock. */
  readonly keptUntil: Milliseconds;
  /** How often it was served. */
  readonly hits: number;
}

/** A failure that is still the answer to others. */
interface KeptFailure {
  readonly code: ErrorCode;
  readonly about: About;
  readonly asked: string | undefined;
  readonly age: Milliseconds;
}

export interface Contents {
  readonly logins: readonly KeptLogin[];
  readonly failures: readonly KeptFailure[];
  /** Hosts of which the configuration file was read. */
  readonly rules: number;
  /** Of another start of the machine, or spoilt. */
  readonly unreadable: number;
  /** Names that are none of this program's. */
  readonly strangers: number;
}

/** What is in the cache's folder. Nothing in it is changed or removed; what vanishes meanwhile was never there. */
export function contentsOf(store: Store, world: World): Contents {
  const files = store.list();
  const reader = unlessUnusable(() => readerOf(store, world), world);
  const sizes = new Map(files.map(({ name, size }) => [name, size]));
  const read = <T>(kind: Kind, parse: (content: JsonObject, name: string) => T | undefined) =>
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
    strangers: files.filter(isOf(undefined)).length,
  };
}

/** The names of the logins in it: what is spoilt, or of another start, lets nobody in. */
export function loginsIn(store: Store, world: World): readonly string[] {
  const reader = unlessUnusable(() => readerOf(store, world), world);
  const isLogin = ({ name }: StoredFile) => {
    const content = reader?.read(name);
    return content !== undefined && parseEntry(content) !== undefined;
  };
  const files = store.list().filter(isOf("login")).filter(isLogin);
  return files.map(({ name }) => name);
}

function isOf(kind: Kind | undefined): (file: StoredFile) => boolean {
  return ({ name }) => kindOf(name) === kind;
}

function loginIn(
  content: JsonObject,
  name: string,
  sizes: ReadonlyMap<string, number>,
  world: World,
): KeptLogin | undefined {
  const entry = parseEntry(content);
  if (entry === undefined) return undefined;
  const { about, keptUntil, fetchedAt } = entry;
  return {
    about,
    state: stateOf(entry, shareOf(name), world),
    age: Math.max(0, world.now() - fetchedAt),
    left: Math.max(0, lifeLeft(entry, world)),
    keptUntil,
    hits: sizes.get(hitsName(name)) ?? 0,
  };
}

function failureIn(content: JsonObject, { machine }: World): (KeptFailure & { isOver: boolean }) | undefined {
  const failure = parseFailure(content);
  if (failure === undefined) return undefined;
  const { error, since, about } = failure;
  const now = machine.sinceBoot();
  const { code, facts } = error;
  return { code, about, asked: facts.asked, age: now - since, isOver: !isRecent(failure, now) };
}
