import assert from "node:assert/strict";
import { test } from "node:test";
import { HOUR, MINUTE, SECOND } from "../../src/core/time.ts";
import type { Run } from "./execute.ts";
import { assertInvariants, type Expectation } from "./invariants.ts";

const apiVersion = "credentialprovider.kubelet.k8s.io/v1";
const now = Date.UTC(2026, 8, 1);
const PASSWORD = "password-of-the-registry";
const SESSION = "session-token-of-the-role";

function answer(over: Readonly<Record<string, unknown>> = {}): Run {
  const response = {
    kind: "CredentialProviderResponse",
    apiVersion,
    cacheKeyType: "Registry",
    cacheDuration: "6h0m0s",
    auth: { "reg.example": { username: "AWS", password: PASSWORD } },
    ...over,
  };
  return ended({ stdout: Buffer.from(`${JSON.stringify(response)}\n`) });
}

function ended(over: Partial<Run>): Run {
  return {
    argv: ["/bin/plugin"],
    stdout: Buffer.alloc(0),
    stderr: Buffer.alloc(0),
    status: 0,
    signal: null,
    timedOut: false,
    wall: SECOND,
    hasOpenDescendant: false,
    ...over,
  };
}

function failed(over: Partial<Run> = {}): Run {
  return ended({ status: 1, stderr: Buffer.from("no login for reg.example: the service failed"), ...over });
}

const LOGIN: Expectation = {
  apiVersion,
  image: "reg.example/app",
  isSupported: true,
  outcome: "login",
  canaries: [
    { name: "password", value: PASSWORD },
    { name: "session", value: SESSION },
  ],
  loginCanaries: ["password"],
  contacted: [{ host: "api.example", carried: ["session"] }],
  allowedHosts: ["api.example"],
  audiences: { session: ["api.example"] },
  now,
  expiresAt: now + 12 * HOUR,
};
const FAILURE: Expectation = { ...LOGIN, outcome: "failure" };
const UNSUPPORTED: Expectation = { ...LOGIN, isSupported: false, contacted: [], expiresAt: undefined };
const ANONYMOUS: Expectation = { ...LOGIN, outcome: "anonymous", expiresAt: undefined };
/** A test without an expected outcome, because the cloud may be too slow. */
const { outcome: _, ...UNSURE } = LOGIN;
const NOTHING = { auth: {}, cacheDuration: "0s" };

const ACCEPTED: Readonly<Record<string, readonly [run: Run, expected: Expectation]>> = {
  "a login": [answer(), LOGIN],
  "a failure": [failed(), FAILURE],
  "an unsupported image": [answer(NOTHING), UNSUPPORTED],
  "a registry that needs no login": [answer({ auth: {}, cacheDuration: "10m0s" }), ANONYMOUS],
  "a login without a known expiry that is not cached": [
    answer({ cacheDuration: "0s" }),
    { ...LOGIN, expiresAt: undefined },
  ],
};

for (const [what, [run, expected]] of Object.entries(ACCEPTED)) {
  test(`accepts ${what}`, () => assert.doesNotThrow(() => assertInvariants(run, expected)));
}

const session64 = Buffer.from(`x:${SESSION}`).toString("base64");
const REJECTED: Readonly<Record<string, readonly [run: Run, expected: Expectation, says: RegExp]>> = {
  "a request for an unsupported image": [
    answer(NOTHING),
    { ...UNSUPPORTED, contacted: LOGIN.contacted },
    /I1/,
  ],
  "a request to a host that is not allowed": [
    answer(),
    { ...LOGIN, contacted: [{ host: "evil.example" }] },
    /I1: evil/,
  ],
  "a secret sent to another host": [answer(), { ...LOGIN, audiences: {} }, /I1: .*session/],
  "a secret on stderr": [failed({ stderr: Buffer.from(`x ${session64}`) }), FAILURE, /I2: stderr/],
  "the login on stderr": [failed({ stderr: Buffer.from(PASSWORD.slice(0, 12)) }), FAILURE, /I2: stderr/],
  "a secret in the arguments": [{ ...answer(), argv: ["/bin/plugin", SESSION] }, LOGIN, /I2: the arguments/],
  "more than the login on stdout": [
    answer({ auth: { "reg.example": { password: SESSION } } }),
    LOGIN,
    /I2: stdout/,
  ],
  "a secret in a file": [
    answer(),
    { ...LOGIN, files: [{ path: "/run/x", content: SESSION }] },
    /I2: \/run\/x/,
  ],
  "exit status 0 without a response": [ended({}), LOGIN, /I3: exit status 0/],
  "a failure without an error line": [failed({ stderr: Buffer.alloc(0) }), FAILURE, /I3: a failure without/],
  "a failure instead of a login": [failed(), LOGIN, /I3: login was expected/],
  "an empty response instead of a login": [answer(NOTHING), LOGIN, /I3: a login was expected/],
  "an empty response instead of a failure": [answer(NOTHING), FAILURE, /I3: a failure was expected/],
  "an empty response for a supported registry": [answer(NOTHING), UNSURE, /I3/],
  "a login for an unsupported image": [
    answer(),
    { ...UNSUPPORTED, expiresAt: now + HOUR * 12 },
    /I3: no login was expected/,
  ],
  "half a response and a failure": [failed({ stdout: Buffer.from("{") }), FAILURE, /I4/],
  "a response followed by other bytes": [
    ended({ stdout: Buffer.concat([answer().stdout, Buffer.from("x")]) }),
    LOGIN,
    /one JSON/,
  ],
  "an unknown field": [answer({ error: "" }), LOGIN, /unknown field/],
  "a run past its deadline": [failed({ wall: 46_001 }), FAILURE, /I5: the run took/],
  "a descendant that keeps running": [{ ...answer(), hasOpenDescendant: true }, LOGIN, /I5: a descendant/],
  "too much on stderr": [failed({ stderr: Buffer.from("x".repeat(4097)) }), FAILURE, /I5: 4097/],
  "a line feed at the end of stderr": [failed({ stderr: Buffer.from("no login\n") }), FAILURE, /I5: stderr/],
  "a forged second line": [failed({ stderr: Buffer.from("no login for a\u2028b") }), FAILURE, /I5: stderr/],
  "a terminal escape sequence": [
    failed({ stderr: Buffer.from("no login \u001b[2J") }),
    FAILURE,
    /I5: stderr/,
  ],
  "another host's key": [answer({ auth: { "other.example": { username: "x" } } }), LOGIN, /I6/],
  "a key with a glob": [answer({ auth: { "*.example": { username: "x" } } }), LOGIN, /I6/],
  "a cache entry for all registries": [answer({ cacheKeyType: "Global" }), LOGIN, /I6/],
  "a run that had to be killed": [failed({ status: null, signal: "SIGKILL", timedOut: true }), FAILURE, /I7/],
  "a crash": [failed({ status: null, signal: "SIGSEGV" }), FAILURE, /I7/],
  "a cache duration beyond the login's expiry": [answer(), { ...LOGIN, expiresAt: now + HOUR }, /I8: cached/],
  "a cache duration for an expired login": [
    answer({ cacheDuration: "1m0s" }),
    { ...LOGIN, expiresAt: now - 1 },
    /I8: cached/,
  ],
  "a cache duration for a login without a known expiry": [
    answer(),
    { ...LOGIN, expiresAt: undefined },
    /I8: cached/,
  ],
  "a missing cache duration": [answer({ cacheDuration: undefined }), LOGIN, /I8: cacheDuration/],
  "a negative cache duration": [answer({ cacheDuration: "-1s" }), LOGIN, /I8: cacheDuration/],
  "a cached empty response for an unsupported image": [
    answer({ auth: {}, cacheDuration: "1m0s" }),
    UNSUPPORTED,
    /I8: cached/,
  ],
  "an empty response that is cached for an hour": [
    answer({ auth: {}, cacheDuration: "1h" }),
    ANONYMOUS,
    /I8: cached/,
  ],
};

for (const [what, [run, expected, says]] of Object.entries(REJECTED)) {
  test(`rejects ${what}`, () => assert.throws(() => assertInvariants(run, expected), says));
}

test("returns the decoded response", () => {
  assert.equal(assertInvariants(answer(), LOGIN)?.cacheDuration, 360 * MINUTE);
  assert.equal(assertInvariants(failed(), FAILURE), undefined);
});
