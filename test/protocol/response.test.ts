import assert from "node:assert/strict";
import { test } from "node:test";
import { RegistryHost } from "../../src/core/image-reference.ts";
import { Secret } from "../../src/core/secret.ts";
import { HOUR, MINUTE, SECOND } from "../../src/core/time.ts";
import { formatGoDuration } from "../../src/protocol/go-duration.ts";
import type { ApiVersion } from "../../src/protocol/request.ts";
import { encodeResponse, type LoginResponse, NO_LOGIN } from "../../src/protocol/response.ts";
import { decodeResponse } from "../kubelet/decode-response.ts";
import { parseGoDuration } from "../kubelet/go-duration.ts";

const V1: ApiVersion = "credentialprovider.kubelet.k8s.io/v1";
const VERSIONS: readonly ApiVersion[] = [
  V1,
  "credentialprovider.kubelet.k8s.io/v1beta1",
  "credentialprovider.kubelet.k8s.io/v1alpha1",
];

function hostOf(spelled: string): RegistryHost {
  const host = RegistryHost.parse(spelled);
  assert.ok(host !== undefined);
  return host;
}

function login(cacheFor: number, password = 'pässwörd"\\\u2028<&>\n', spelled = "gcr.io"): LoginResponse {
  return {
    auth: { host: hostOf(spelled), username: "user", password: new Secret(password) },
    scope: "registry",
    cacheDuration: cacheFor,
  };
}

for (const apiVersion of VERSIONS)
  test(`the answer to ${apiVersion} is one that the kubelet's strict decoder takes`, () => {
    const text = encodeResponse(apiVersion, login(HOUR), 0);
    const { auth, cacheDuration, cacheKeyType } = decodeResponse(text, { apiVersion });
    assert.deepEqual([...auth], [["gcr.io", { username: "user", password: 'pässwörd"\\\u2028<&>\n' }]]);
    assert.deepEqual([cacheDuration, cacheKeyType], [HOUR, "Registry"]);
    assert.equal(text.indexOf("\n"), text.length - 1, "one line");
  });

test("the key is the host as the image spells it", () => {
  const { auth } = decodeResponse(encodeResponse(V1, login(HOUR, "x", "MyReg.AzureCR.io"), 0), {
    apiVersion: V1,
  });
  assert.deepEqual([...auth.keys()], ["MyReg.AzureCR.io"]);
});

test("an image that is not ours is answered with no login, and nothing is remembered of it", () => {
  const { auth, cacheDuration } = decodeResponse(encodeResponse(V1, NO_LOGIN, 0.5), {
    apiVersion: V1,
  });
  assert.deepEqual([auth.size, cacheDuration], [0, 0]);
});

test("an anonymous pull is answered with no login, which is remembered for a while", () => {
  const outcome = { ...NO_LOGIN, cacheDuration: 10 * MINUTE };
  const { auth, cacheDuration } = decodeResponse(encodeResponse(V1, outcome, 0), { apiVersion: V1 });
  assert.deepEqual([auth.size, cacheDuration], [0, 10 * MINUTE]);
});

const RANDOM = [0, 0.25, 0.5, 0.999999, 1 - Number.EPSILON];
for (const cacheFor of [MINUTE, 5 * MINUTE, HOUR, 6 * HOUR])
  test(`of ${formatGoDuration(cacheFor)} at most a tenth is taken off, and nothing is added`, () => {
    for (const random of RANDOM) {
      const { cacheDuration = -1 } = decodeResponse(encodeResponse(V1, login(cacheFor), random), {
        apiVersion: V1,
      });
      assert.ok(cacheDuration <= cacheFor && cacheDuration >= 0.9 * cacheFor - SECOND, `${cacheDuration}`);
    }
  });

for (const cacheFor of [0, 1, 999, 59_999, MINUTE - 1])
  test(`a login that may be kept for ${cacheFor} ms is not kept at all`, () => {
    for (const random of RANDOM)
      assert.equal(
        decodeResponse(encodeResponse(V1, login(cacheFor), random), { apiVersion: V1 }).cacheDuration,
        0,
      );
  });

const DURATIONS: readonly (readonly [number, string])[] = [
  [0, "0s"],
  [1, "0s"],
  [999, "0s"],
  [SECOND, "1s"],
  [59 * SECOND, "59s"],
  [MINUTE, "1m0s"],
  [10 * MINUTE + 0.5, "10m0s"],
  [HOUR - 1, "59m59s"],
  [HOUR, "1h0m0s"],
  [HOUR + SECOND, "1h0m1s"],
  [6 * HOUR, "6h0m0s"],
  [12 * HOUR + 34 * MINUTE + 56.789 * SECOND, "12h34m56s"],
  [240 * HOUR, "240h0m0s"],
];
for (const [time, text] of DURATIONS)
  test(`${time} ms are ${text} in Go's writing, and Go reads no more out of it`, () => {
    assert.equal(formatGoDuration(time), text);
    assert.equal(parseGoDuration(text), Math.floor(time / SECOND) * SECOND);
  });
