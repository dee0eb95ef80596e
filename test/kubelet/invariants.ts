import assert from "node:assert/strict";
import { MINUTE, type Milliseconds, SECOND } from "../../src/core/time.ts";
import { type Canary, findCanaries } from "./canaries.ts";
import { type DecodedResponse, decodeResponse } from "./decode-response.ts";
import type { Run } from "./execute.ts";

/** A request that arrived at a fake cloud or its proxy: its host, and the canaries in it. */
export interface Contact {
  readonly host: string;
  readonly carried?: readonly string[];
}

/** A file that exists after the run. */
export interface LeftFile {
  readonly path: string;
  readonly content: string;
}

export interface Expectation {
  readonly apiVersion: string;
  /** The image as in the request. */
  readonly image: string;
  readonly isSupported: boolean;
  /** `login`: the cloud issues one in time; `anonymous`: a supported image that needs none; `failure`: neither. */
  readonly outcome?: "login" | "anonymous" | "failure";
  readonly canaries: readonly Canary[];
  /** The names of the canaries in the login, which the response may contain. */
  readonly loginCanaries?: readonly string[];
  readonly contacted: readonly Contact[];
  readonly allowedHosts: readonly string[];
  /** The hosts that may receive each canary; a canary that is not listed must not be sent anywhere. */
  readonly audiences?: Readonly<Record<string, readonly string[]>>;
  /** The time when the run ended, by the clock of `expiresAt`. */
  readonly now: Milliseconds;
  /** The real expiry of the login; undefined if it is unknown. */
  readonly expiresAt?: Milliseconds | undefined;
  readonly deadline?: Milliseconds;
  readonly files?: readonly LeftFile[];
}

/** The maximum length of stderr in bytes. */
const MAX_STDERR = 4096;
const DEADLINE: Milliseconds = 45 * SECOND;

/** Checks the eight invariants on a finished run. Every test of the executable calls it. */
export function assertInvariants(run: Run, expected: Expectation): DecodedResponse | undefined {
  assertNoWrongHost(expected);
  assertNothingLeaked(run, expected);
  const response = assertPureStdout(run, expected);
  assertNothingLost(run, response, expected);
  assertBounded(run, expected);
  assertOwnKeyOnly(response, expected);
  assertNotKilled(run);
  assertHonestLifetime(response, expected);
  return response;
}

/** I1: requests go only to allowed hosts. */
function assertNoWrongHost({ contacted, allowedHosts, audiences = {}, isSupported }: Expectation): void {
  if (!isSupported) assert.deepEqual(contacted, [], "I1: a request was sent for an unsupported image");
  for (const { host, carried = [] } of contacted) {
    assert.ok(allowedHosts.includes(host), `I1: ${host} was contacted`);
    for (const name of carried) assert.ok(audiences[name]?.includes(host), `I1: ${host} was sent ${name}`);
  }
}

/** I2: only stdout may contain secrets, and only those of the login. */
function assertNothingLeaked(run: Run, { canaries, loginCanaries = [], files = [] }: Expectation): void {
  const others = canaries.filter(({ name }) => !loginCanaries.includes(name));
  assert.deepEqual(findCanaries(run.stderr.toString("latin1"), canaries), [], "I2: stderr holds a secret");
  assert.deepEqual(findCanaries(run.argv.join("\n"), canaries), [], "I2: the arguments hold a secret");
  assert.deepEqual(
    findCanaries(run.stdout.toString("latin1"), others),
    [],
    "I2: stdout holds more than the login",
  );
  for (const { path, content } of files)
    assert.deepEqual(findCanaries(`${path}\n${content}`, canaries), [], `I2: ${path} holds a secret`);
}

/** I4: stdout is empty or a valid response. */
function assertPureStdout(run: Run, { apiVersion }: Expectation): DecodedResponse | undefined {
  if (run.stdout.length === 0) return undefined;
  assert.equal(run.status, 0, "I4: a failed run wrote to stdout");
  return decodeResponse(run.stdout, { apiVersion });
}

/** I3: a missing login is reported as a failure. */
function assertNothingLost(run: Run, response: DecodedResponse | undefined, expected: Expectation): void {
  const outcome = expected.isSupported ? expected.outcome : "none";
  const keys = response && [...response.auth.keys()];
  if (response === undefined) {
    assert.notEqual(run.status, 0, "I3: exit status 0 without a response");
    assert.ok(run.stderr.length > 0, "I3: a failure without an error line");
    assert.ok(
      outcome === "failure" || outcome === undefined,
      `I3: ${outcome} was expected, and the run failed`,
    );
  } else if (outcome === "login") assert.equal(keys?.length, 1, "I3: a login was expected");
  else if (outcome === "none" || outcome === "anonymous")
    assert.deepEqual(keys, [], "I3: no login was expected");
  else if (outcome === "failure") assert.fail("I3: a failure was expected, and the run succeeded");
  else assert.notDeepEqual(keys, [], "I3: exit status 0 with empty auth for a supported image");
}

/** I5: time and stderr are limited. A line feed, even at the end, splits the kubelet's log entry into several lines. */
function assertBounded(run: Run, { deadline = DEADLINE }: Expectation): void {
  assert.ok(run.wall <= deadline + SECOND, `I5: the run took ${run.wall} ms`);
  assert.ok(!run.hasOpenDescendant, "I5: a descendant outlived the run with stdout or stderr open");
  assert.ok(run.stderr.length <= MAX_STDERR, `I5: ${run.stderr.length} bytes on stderr`);
  assert.doesNotMatch(run.stderr.toString("utf8"), CONTROL, "I5: stderr is not a single plain line");
}

/** Line ends of every kind and all other control characters, which terminals and journals interpret. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches them
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** I6: a login is only for the image's own registry. */
function assertOwnKeyOnly(response: DecodedResponse | undefined, { image }: Expectation): void {
  const host = image.split("/", 1)[0];
  for (const key of response?.auth.keys() ?? [])
    assert.equal(key, host, "I6: the key is not the image's own host");
  assert.notEqual(response?.cacheKeyType, "Global", "I6: the cache entry applies to every registry");
}

/** I7: a run is never so slow that the kubelet has to kill it. */
function assertNotKilled(run: Run): void {
  assert.equal(run.timedOut, false, "I7: the kubelet had to kill the run");
  assert.equal(run.signal, null, `I7: the run ended by ${run.signal}`);
}

/** I8: a response always has a cache duration, because the kubelet would apply its default otherwise. */
function assertHonestLifetime(response: DecodedResponse | undefined, expected: Expectation): void {
  if (response === undefined) return;
  const { cacheDuration } = response;
  assert.ok(cacheDuration !== undefined && cacheDuration >= 0, "I8: cacheDuration is absent or negative");
  const longest = response.auth.size === 0 ? findLongestEmptyCache(expected) : computeLifeLeft(expected);
  assert.ok(cacheDuration <= longest, `I8: cached for ${cacheDuration} ms of ${longest} ms`);
}

function computeLifeLeft({ expiresAt, now }: Expectation): Milliseconds {
  return expiresAt === undefined ? 0 : Math.max(0, expiresAt - now);
}

/**
 * A response without a login may end as soon as the node gets an identity; nothing is cached for an image of an
 * unsupported registry.
 */
function findLongestEmptyCache({ isSupported }: Expectation): Milliseconds {
  return isSupported ? 10 * MINUTE : 0;
}
