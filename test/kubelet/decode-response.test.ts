import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeResponse } from "./decode-response.ts";

const apiVersion = "credentialprovider.kubelet.k8s.io/v1";
const AUTH = { "reg.io": { username: "user", password: "secret" } };
const GOOD = {
  kind: "CredentialProviderResponse",
  apiVersion,
  cacheKeyType: "Registry",
  cacheDuration: "6h0m0s",
  auth: AUTH,
};

function decode(response: unknown) {
  return decodeResponse(JSON.stringify(response), { apiVersion });
}

test("the kubelet accepts the example of its documentation", () => {
  const { cacheKeyType, cacheDuration, auth } = decode(GOOD);
  assert.deepEqual([cacheKeyType, cacheDuration], ["Registry", 6 * 3_600_000]);
  assert.deepEqual(Object.fromEntries(auth), AUTH);
});

test("null means no duration, no login and an empty string", () => {
  const { cacheDuration, auth } = decode({ ...GOOD, cacheDuration: null, auth: null });
  assert.deepEqual([cacheDuration, auth.size], [undefined, 0]);
  const empty = decode({ ...GOOD, auth: { "reg.io": null, "other.io": { username: null } } }).auth;
  assert.deepEqual([...empty.values()], Array(2).fill({ username: "", password: "" }));
});

test("white space around the document is accepted", () => {
  assert.doesNotThrow(() => decodeResponse(` \r\n\t${JSON.stringify(GOOD)}\n\n`, { apiVersion }));
});

test("the same key in two objects is not a duplicate", () => {
  assert.doesNotThrow(() => decode({ ...GOOD, auth: { a: AUTH["reg.io"], b: AUTH["reg.io"] } }));
});

const text = JSON.stringify(GOOD);
const REFUSED: Readonly<Record<string, readonly [output: string | Uint8Array, reason: RegExp]>> = {
  "no output": ["", /no output/],
  "a second document": [`${text}${text}`, /exactly one/],
  "trailing data": [`${text} x`, /exactly one/],
  "a byte order mark": [`\ufeff${text}`, /exactly one/],
  "a byte order mark in bytes": [Buffer.from(`\ufeff${text}`), /exactly one/],
  "bytes that are not UTF-8": [Buffer.from([0x22, 0xff, 0x22]), /not UTF-8/],
  "an array": ["[]", /not an object/],
  null: ["null", /not an object/],
  "another apiVersion": [text.replace("/v1", "/v1beta1"), /apiVersion is not/],
  "another kind": [text.replace("Response", "Request"), /kind is not/],
  "an unknown field": [JSON.stringify({ ...GOOD, error: "x" }), /unknown field "error"/],
  "a miscased field": [text.replace("cacheDuration", "CacheDuration"), /unknown field "CacheDuration"/],
  "an unknown field of a login": [text.replace('"username"', '"Username"'), /unknown field "Username"/],
  "a doubled field": [text.replace("{", '{"auth":{},'), /"auth" stands there twice/],
  "a doubled field in escapes": [text.replace("{", '{"\\u0061uth":{},'), /"auth" stands there twice/],
  "a doubled host": [text.replace('"reg.io":', '"reg.io":{},"reg.io":'), /"reg.io" stands there twice/],
  "a number for a duration": [text.replace('"6h0m0s"', "21600"), /not a string/],
  "an empty duration": [text.replace("6h0m0s", ""), /not a Go duration/],
  "an ISO duration": [text.replace("6h0m0s", "PT6H"), /not a Go duration/],
  "no cacheKeyType": [text.replace('"cacheKeyType":"Registry",', ""), /cacheKeyType/],
  "a miscased cacheKeyType": [text.replace('"Registry"', '"registry"'), /cacheKeyType/],
  "a list for auth": [text.replace(/"auth":.*$/, '"auth":[]}'), /auth is not a map/],
  "a number for a password": [text.replace('"secret"', "1"), /password is not a string/],
  "text for a login": [text.replace(/"auth":.*$/, '"auth":{"reg.io":"x"}}'), /not an object/],
};

for (const [what, [output, reason]] of Object.entries(REFUSED)) {
  test(`the kubelet refuses ${what}`, () =>
    assert.throws(() => decodeResponse(output, { apiVersion }), reason));
}

test("the kubelet refuses a pod's token as a password unless the cache type is Token", () => {
  const asked = { apiVersion, serviceAccountToken: "secret" };
  assert.throws(() => decodeResponse(text, asked), /ServiceAccount token itself/);
  assert.doesNotThrow(() => decodeResponse(text, { ...asked, cacheType: "Token" }));
});
