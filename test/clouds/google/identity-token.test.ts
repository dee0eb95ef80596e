import assert from "node:assert/strict";
import { test } from "node:test";
import { fetchGoogleIdentityToken } from "../../../src/clouds/google/identity-token.ts";
import { SECOND } from "../../../src/core/time.ts";
import type { Environment } from "../../../src/core/world.ts";
import type { ErrorCode } from "../../../src/errors/provider-error.ts";
import { type Answer, type Exchange, failure, inWorld, NOW, text } from "../../support/world.ts";

const HERE: Environment = { REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: "google" };
const FLAVOR = { "metadata-flavor": "Google" };
const AUDIENCE = "api://AzureADTokenExchange";
const QUERY = `audience=${encodeURIComponent(AUDIENCE)}&format=full`;
const ASK = `GET http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/identity?${QUERY}`;

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const jwt = (claims: object): string => `${part({ alg: "RS256" })}.${part(claims)}.c2ln`;
const LIVE = jwt({ exp: NOW / SECOND + 3600 });

/** Compute Engine's response: a token with the content type of a web page. */
const answer = (body: string, status = 200, headers: Readonly<Record<string, string>> = FLAVOR): Answer => ({
  ...text(body, status),
  headers: { "content-type": "text/html", ...headers },
});

const ROWS: readonly (readonly [what: string, answer: Answer, ends: "token" | ErrorCode])[] = [
  ["a token with the content type of a web page", answer(LIVE), "token"],
  ["a token with a line feed at its end", answer(`${LIVE}\n`), "token"],
  ["an instance without an account", answer("", 404), "google-instance-has-no-service-account"],
  ["a response without Metadata-Flavor", answer(LIVE, 200, {}), "metadata-wrong-service"],
  ["a web page", answer("<!doctype html><p>Sign in</p>"), "metadata-wrong-service"],
  ["an empty response", answer(""), "response-malformed"],
  ["two lines", answer(`${LIVE}\n${LIVE}`), "response-malformed"],
  ["a token without an expiry", answer(jwt({})), "response-malformed"],
  ["an expired token", answer(jwt({ exp: NOW / SECOND - 1 })), "token-expired"],
  ["a token that is about to expire", answer(jwt({ exp: NOW / SECOND + 5 })), "token-expired"],
  ["a 403", answer("", 403), "metadata-forbidden"],
];

for (const [what, given, ends] of ROWS)
  test(`Google's identity token: ${ends === "token" ? "returns a token" : `fails with ${ends}`} for ${what}`, () => {
    const exchanges: readonly Exchange[] = [{ ask: ASK, headers: FLAVOR, answer: given }];
    return inWorld({ env: HERE, exchanges }, async (world) => {
      const asked = fetchGoogleIdentityToken(AUDIENCE, world);
      if (ends !== "token") return assert.equal((await failure(asked)).code, ends);
      const { token, expiresAt, identityLabel } = await asked;
      assert.deepEqual([token.expose(), expiresAt], [LIVE, NOW + 3600 * SECOND]);
      return assert.equal(identityLabel, "the instance's service account");
    });
  });

test("Google's identity token: makes no request on a node of another cloud", () =>
  inWorld({ env: { REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: "azure" } }, async (world) => {
    assert.equal((await failure(fetchGoogleIdentityToken(AUDIENCE, world))).code, "platform-mismatch");
  }));
