import assert from "node:assert/strict";
import { test } from "node:test";
import { accessToken } from "../../src/clouds/google.ts";
import type { ErrorCode } from "../../src/errors.ts";
import type { Environment } from "../../src/world.ts";
import { type Answer, type Exchange, failure, inWorld, json, text } from "../support/world.ts";

const ORIGIN = "http://169.254.169.254";
const HERE: Environment = { REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: "google" };
const PUBLIC = "googleapis.com";
const FLAVOR = { "metadata-flavor": "Google" };
const SCOPES = "scopes=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fdevstorage.read_only";

const google = (answer: Answer): Answer => ({ ...answer, headers: { ...answer.headers, ...FLAVOR } });
const universe = (answer: Answer, origin = ORIGIN): Exchange => ({
  ask: `GET ${origin}/computeMetadata/v1/universe/universe-domain`,
  headers: FLAVOR,
  answer: google(answer),
});
const token = (answer: Answer, origin = ORIGIN): Exchange => ({
  ask: `GET ${origin}/computeMetadata/v1/instance/service-accounts/default/token?${SCOPES}`,
  headers: FLAVOR,
  answer: google(answer),
});
const lives = (seconds: unknown, access_token: unknown = "ya29.x") =>
  token(json({ access_token, expires_in: seconds, token_type: "Bearer" }));

/** The library reads the machine's clock: the world's is the same here. */
const now = Date.now();

interface Row {
  readonly what: string;
  readonly env?: Environment;
  readonly universe?: string;
  readonly exchanges: readonly Exchange[];
  readonly ends: "token" | ErrorCode;
}

const NONE = universe(text("", 404));
const ROWS: readonly Row[] = [
  {
    what: "a metadata server that does not know the word is of the public universe",
    exchanges: [NONE, lives(3599)],
    ends: "token",
  },
  { what: "one that says so is too", exchanges: [universe(text(PUBLIC)), lives(3599)], ends: "token" },
  {
    what: "a partner's node gets a token for its own universe",
    universe: "apis-x.goog",
    exchanges: [universe(text("apis-x.goog")), lives(3599)],
    ends: "token",
  },
  {
    what: "a partner's node gets none for the public one",
    exchanges: [universe(text("apis-x.goog"))],
    ends: "google-other-universe",
  },
  {
    what: "a public node gets none for a partner's",
    universe: "apis-x.goog",
    exchanges: [NONE],
    ends: "google-other-universe",
  },
  {
    what: "a universe of two lines is none",
    exchanges: [universe(text(`${PUBLIC}\nx`))],
    ends: "google-other-universe",
  },
  {
    what: "a token that ends soon is asked for again after 2 s",
    exchanges: [NONE, lives(30), lives(3599)],
    ends: "token",
  },
  {
    what: "a token that still ends soon but not at once is used",
    exchanges: [NONE, lives(30), lives(28)],
    ends: "token",
  },
  { what: "a token that ends at once is none", exchanges: [NONE, lives(5), lives(3)], ends: "token-expired" },
  { what: "a token without any life is none", exchanges: [NONE, lives(0), lives(0)], ends: "token-expired" },
  { what: "a token over already is none", exchanges: [NONE, lives(-5), lives(-5)], ends: "token-expired" },
  {
    what: "a token without a life is no token",
    exchanges: [NONE, lives(undefined)],
    ends: "answer-malformed",
  },
  { what: "a life of words is none", exchanges: [NONE, lives("long")], ends: "answer-malformed" },
  { what: "a life beyond belief is none", exchanges: [NONE, lives(1e99)], ends: "answer-malformed" },
  { what: "a token of nothing is none", exchanges: [NONE, lives(3599, "")], ends: "answer-malformed" },
  {
    what: "an instance without a service account is told so",
    exchanges: [NONE, token(text("", 404))],
    ends: "google-no-account",
  },
  { what: "a refusal is told", exchanges: [NONE, token(text("", 403))], ends: "metadata-forbidden" },
  {
    what: "metadata elsewhere is asked there",
    env: { GCE_METADATA_HOST: "127.0.0.1:8080" },
    exchanges: [
      universe(text("", 404), "http://127.0.0.1:8080"),
      token(json({ access_token: "ya29.x", expires_in: 3599 }), "http://127.0.0.1:8080"),
    ],
    ends: "token",
  },
  {
    what: "an address that is none is an error",
    env: { GCE_METADATA_HOST: "a b" },
    exchanges: [],
    ends: "environment-value",
  },
  {
    what: "an address with a password is an error",
    env: { GCE_METADATA_HOST: "a:b@127.0.0.1" },
    exchanges: [],
    ends: "environment-value",
  },
  {
    what: "on another cloud's node nobody is asked",
    env: { REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: "aws" },
    exchanges: [],
    ends: "platform-other",
  },
];

// One after the other: the library has one way out for the whole process.
for (const { what, env = HERE, universe: wanted = PUBLIC, exchanges, ends } of ROWS)
  test(`Google's token: ${what}`, () =>
    inWorld({ env, exchanges, now }, async (world) => {
      if (ends !== "token") {
        assert.equal((await failure(accessToken(wanted, world))).code, ends);
        return;
      }
      const found = await accessToken(wanted, world);
      assert.equal(found.token.expose(), "ya29.x");
      assert.ok(found.expiresAt > world.now());
      for (const { proxy } of world.requests) assert.equal(proxy, undefined);
    }));
