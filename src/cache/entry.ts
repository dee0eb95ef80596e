import type { Login } from "../core/login.ts";
import { Secret } from "../core/secret.ts";
import { HOUR, MINUTE, type Milliseconds } from "../core/time.ts";
import type { World } from "../core/world.ts";
import { isJsonObject, type JsonObject } from "../formats/json.ts";

/** A login that is kept, and what a person may know of it. */
export interface Entry {
  readonly login: Login;
  readonly about: About;
  /** Wall clock: when it was fetched. */
  readonly fetchedAt: Milliseconds;
  /** The same by the clock that nobody sets. */
  readonly fetchedSince: Milliseconds;
  /** Wall clock: from then on it is not kept, though it may be good for longer than the token that it was had for. */
  readonly keptUntil: Milliseconds;
}

/** For people. */
export interface About {
  readonly registry: string;
  readonly identity: string;
}

/** No login of ours lasts longer; what says so was not written by this program under this clock. */
export const LONGEST_LIFE: Milliseconds = 13 * HOUR;
/** A pull with a login that has less left may fail in the middle. */
export const MARGIN: Milliseconds = 2 * MINUTE;
/** After so much of its life a login is renewed, at the earliest and at the latest. */
const EARLIEST = 0.5;
const LATEST = 0.8;

export function encodeEntry({ login, about, fetchedAt, fetchedSince, keptUntil }: Entry): JsonObject {
  const { username, password, expiresAt } = login;
  return { username, password: password.expose(), expiresAt, about, fetchedAt, fetchedSince, keptUntil };
}

/** Undefined where it is no entry. */
export function parseEntry(content: JsonObject): Entry | undefined {
  const { username, password, expiresAt, about, fetchedAt, fetchedSince, keptUntil } = content;
  if (typeof username !== "string" || typeof password !== "string" || !isAbout(about)) return undefined;
  if (!isTime(expiresAt) || !isTime(fetchedAt) || !isTime(fetchedSince) || !isTime(keptUntil))
    return undefined;
  const login = { username, password: new Secret(password), expiresAt };
  return { login, about, fetchedAt, fetchedSince, keptUntil };
}

function isTime(value: unknown): value is Milliseconds {
  return typeof value === "number" && Number.isFinite(value);
}

export function isAbout(value: unknown): value is About {
  return (
    isJsonObject(value) && typeof value["registry"] === "string" && typeof value["identity"] === "string"
  );
}

/**
 * `fresh`: to be given out. `due`: good, and to be renewed. `closing`: good, and too near its end to begin a pull with. `over`: not to be
 * given out, be it that a clock says so that was set.
 */
export type State = "fresh" | "due" | "closing" | "over";

/**
 * When a login is renewed, uniform in [0, 1). The same in all processes, another for each login and boot: what was fetched together is
 * not renewed together.
 */
export function shareOf(name: string): number {
  return Number.parseInt(name.slice(0, 8), 16) / 2 ** 32;
}

/** @param share of `shareOf` */
export function stateOf(entry: Entry, share: number, world: World): State {
  const life = entry.keptUntil - entry.fetchedAt;
  const left = lifeLeft(entry, world);
  if (left <= 0 || left > life || life > LONGEST_LIFE) return "over";
  if (left <= MARGIN) return "closing";
  const age = life - left;
  return age < life * (EARLIEST + (LATEST - EARLIEST) * share) ? "fresh" : "due";
}

/** By the clock that leaves less: the wall clock may be set, the other stands still while the machine sleeps. */
export function lifeLeft(entry: Entry, { now, machine }: World): Milliseconds {
  const byWall = entry.keptUntil - now();
  const age = machine.sinceBoot() - entry.fetchedSince;
  const bySince = entry.keptUntil - entry.fetchedAt - age;
  // Fetched in what is now the future: one of the clocks was set back.
  if (now() < entry.fetchedAt || age < 0) return 0;
  return Math.min(byWall, bySince);
}
