import assert from "node:assert/strict";
import { test } from "node:test";
import { fetchGoogleAccessToken } from "../../src/clouds/google/access-token.ts";
import type { Milliseconds } from "../../src/core/time.ts";
import type { Environment } from "../../src/core/world.ts";
import type { ErrorCode } from "../../src/errors/provider-error.ts";
import { type Answer, type Exchange, failure, inWorld, json, text } from "../support/world.ts";

const ORIGIN = "http://169.254.169.254";
const HERE: Environment = { REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: "google" };
const PUBLIC = "googleapis.com";
const FLAVOR = { "metadata-flavor": "Google" };
const IDENTITY = "the instance's service account";
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
/** A response of another server at the address: without Google's header. */
const unnamed = (exchange: Exchange, answer: Answer): Exchange => ({ ...exchange, answer });
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
  /** Virtual milliseconds. */
  readonly by?: Milliseconds;
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
    ends: "google-universe-mismatch",
  },
  {
    what: "a public node gets none for a partner's",
    universe: "apis-x.goog",
    exchanges: [NONE],
    ends: "google-universe-mismatch",
  },
  {
    what: "a universe of two lines is none",
    exchanges: [universe(text(`${PUBLIC}\nx`))],
    ends: "google-universe-mismatch",
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
  {
    what: "a token that still has 30 s is used where none can be had after it, and one try is enough to know",
    exchanges: [NONE, lives(30), token(text("", 503))],
    ends: "token",
    by: 2100,
  },
  {
    what: "a token that still has 30 s is used where the caller is throttled after it",
    exchanges: [NONE, lives(30), token({ ...text("", 429), headers: { "retry-after": "5" } })],
    ends: "token",
    by: 2100,
  },
  {
    what: "a token that still has 30 s is used where metadata falls silent after it, within the one try",
    exchanges: [NONE, lives(30), { ...lives(3599), after: 60_000 }],
    ends: "token",
    by: 4100,
  },
  {
    what: "a token that still has 30 s is used where metadata refuses connections after it",
    exchanges: [NONE, lives(30), { ...lives(3599), answer: { fails: "connection-refused" } }],
    ends: "token",
    by: 2100,
  },
  {
    what: "a token that still has 30 s is used where what comes after it is none",
    exchanges: [NONE, lives(30), lives("long")],
    ends: "token",
  },
  {
    what: "a token that still has 30 s is used where one that is over comes after it",
    exchanges: [NONE, lives(30), lives(0)],
    ends: "token",
  },
  {
    what: "a token that ends at once is not used, and metadata that is not ready has its time",
    exchanges: [NONE, lives(5), { ...token(text("", 503)), times: 3 }, lives(3599)],
    ends: "token",
  },
  {
    what: "a token that ends at once is not used where none can be had after it",
    exchanges: [NONE, lives(5), { ...token(text("", 503)), times: Number.POSITIVE_INFINITY }],
    ends: "metadata-not-ready",
    by: 15_100,
  },
  { what: "a token that ends at once is none", exchanges: [NONE, lives(5), lives(3)], ends: "token-expired" },
  { what: "a token without any life is none", exchanges: [NONE, lives(0), lives(0)], ends: "token-expired" },
  { what: "a token over already is none", exchanges: [NONE, lives(-5), lives(-5)], ends: "token-expired" },
  {
    what: "a token without a life is no token",
    exchanges: [NONE, lives(undefined)],
    ends: "response-malformed",
  },
  { what: "a life of words is none", exchanges: [NONE, lives("long")], ends: "response-malformed" },
  { what: "a life beyond belief is none", exchanges: [NONE, lives(1e99)], ends: "response-malformed" },
  { what: "a token of nothing is none", exchanges: [NONE, lives(3599, "")], ends: "response-malformed" },
  {
    what: "an instance without a service account is told so",
    exchanges: [NONE, token(text("", 404))],
    ends: "google-instance-has-no-service-account",
  },
  {
    what: "a 404 without Google's name says nothing of the universe",
    exchanges: [unnamed(NONE, text("", 404))],
    ends: "metadata-wrong-service",
  },
  {
    what: "a 404 without Google's name says nothing of a service account",
    exchanges: [NONE, unnamed(lives(3599), text("", 404))],
    ends: "metadata-wrong-service",
  },
  {
    what: "a 404 with another's name is not Google's",
    exchanges: [NONE, unnamed(lives(3599), { status: 404, headers: { "metadata-flavor": "Other" } })],
    ends: "metadata-wrong-service",
  },
  {
    what: "a universe without Google's name is none",
    exchanges: [unnamed(NONE, text(PUBLIC))],
    ends: "metadata-wrong-service",
  },
  {
    what: "a token without Google's name is none",
    exchanges: [NONE, unnamed(lives(3599), json({ access_token: "ya29.x", expires_in: 3599 }))],
    ends: "metadata-wrong-service",
  },
  {
    what: "a proxy's 403 is still a refusal",
    exchanges: [NONE, unnamed(lives(3599), text("", 403))],
    ends: "metadata-forbidden",
  },
  {
    what: "a caller that is throttled to the end is told so",
    exchanges: [NONE, { ...token(text("", 429)), times: Number.POSITIVE_INFINITY }],
    ends: "throttled",
    by: 15_100,
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
    ends: "environment-invalid",
  },
  {
    what: "a single word, which may be a secret, is an error and is not looked up",
    env: { GCE_METADATA_HOST: "hunter2-canary" },
    exchanges: [],
    ends: "environment-invalid",
  },
  {
    what: "the short name of the metadata server is its address",
    env: { GCE_METADATA_HOST: "metadata" },
    exchanges: [
      universe(text("", 404), "http://metadata"),
      token(json({ access_token: "ya29.x", expires_in: 3599 }), "http://metadata"),
    ],
    ends: "token",
  },
  {
    what: "an address with a password is an error",
    env: { GCE_METADATA_HOST: "a:b@127.0.0.1" },
    exchanges: [],
    ends: "environment-invalid",
  },
  {
    what: "on another cloud's node nobody is asked",
    env: { REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: "aws" },
    exchanges: [],
    ends: "platform-mismatch",
  },
];

const NODE = {
  pod: undefined,
  credentialSource: { kind: "node" },
  impersonate: undefined,
  endpoints: {},
} as const;
const noSubject = () => assert.fail("a subject token was asked for");

// Tests run one after the other, because Google's library has one transport for the whole process.
for (const { what, env = HERE, universe: wanted = PUBLIC, exchanges, ends, by } of ROWS)
  test(`Google's token: ${what}`, () =>
    inWorld({ env, exchanges, now }, async (world) => {
      if (ends !== "token") {
        const error = await failure(fetchGoogleAccessToken(wanted, NODE, noSubject, world));
        assert.deepEqual([error.code, error.facts.identity ?? IDENTITY], [ends, IDENTITY]);
        assert.ok(world.elapsed() <= (by ?? 15_000), `${world.elapsed()} ms`);
        return;
      }
      const found = await fetchGoogleAccessToken(wanted, NODE, noSubject, world);
      assert.ok(world.elapsed() <= (by ?? 15_000), `${world.elapsed()} ms`);
      assert.equal(found.token.expose(), "ya29.x");
      assert.ok(Number(found.expiresAt) > world.now());
      for (const { proxy } of world.requests) assert.equal(proxy, undefined);
    }));
