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

function registryHost(spelled: string): RegistryHost {
  const host = RegistryHost.parse(spelled);
  assert.ok(host !== undefined);
  return host;
}

function login(cacheFor: number, password = 'pässwörd"\\\u2028<&>\n', spelled = "gcr.io"): LoginResponse {
  return {
    auth: { host: registryHost(spelled), username: "user", password: new Secret(password) },
    cacheKeyType: "registry",
    cacheDuration: cacheFor,
  };
}

for (const apiVersion of VERSIONS)
  test(`encodes a response to ${apiVersion} that the kubelet's strict decoder accepts`, () => {
    const text = encodeResponse(apiVersion, login(HOUR), 0);
    const { auth, cacheDuration, cacheKeyType } = decodeResponse(text, { apiVersion });
    assert.deepEqual([...auth], [["gcr.io", { username: "user", password: 'pässwörd"\\\u2028<&>\n' }]]);
    assert.deepEqual([cacheDuration, cacheKeyType], [HOUR, "Registry"]);
    assert.equal(text.indexOf("\n"), text.length - 1, "one line");
  });

test("uses the host as spelled in the image as the key", () => {
  const { auth } = decodeResponse(encodeResponse(V1, login(HOUR, "x", "MyReg.AzureCR.io"), 0), {
    apiVersion: V1,
  });
  assert.deepEqual([...auth.keys()], ["MyReg.AzureCR.io"]);
});

test("encodes no login and no caching for an unsupported registry", () => {
  const { auth, cacheDuration } = decodeResponse(encodeResponse(V1, NO_LOGIN, 0.5), {
    apiVersion: V1,
  });
  assert.deepEqual([auth.size, cacheDuration], [0, 0]);
});

test("encodes no login with a cache duration for an anonymous pull", () => {
  const outcome = { ...NO_LOGIN, cacheDuration: 10 * MINUTE };
  const { auth, cacheDuration } = decodeResponse(encodeResponse(V1, outcome, 0), { apiVersion: V1 });
  assert.deepEqual([auth.size, cacheDuration], [0, 10 * MINUTE]);
});

const RANDOM = [0, 0.25, 0.5, 0.999999, 1 - Number.EPSILON];
for (const cacheFor of [MINUTE, 5 * MINUTE, HOUR, 6 * HOUR])
  test(`subtracts at most a tenth of ${formatGoDuration(cacheFor)}`, () => {
    for (const random of RANDOM) {
      const { cacheDuration = -1 } = decodeResponse(encodeResponse(V1, login(cacheFor), random), {
        apiVersion: V1,
      });
      assert.ok(cacheDuration <= cacheFor && cacheDuration >= 0.9 * cacheFor - SECOND, `${cacheDuration}`);
    }
  });

for (const cacheFor of [0, 1, 999, 59_999, MINUTE - 1])
  test(`encodes a cache duration of ${cacheFor} ms as 0s`, () => {
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
  test(`formats ${time} ms as Go's ${text}`, () => {
    assert.equal(formatGoDuration(time), text);
    assert.equal(parseGoDuration(text), Math.floor(time / SECOND) * SECOND);
  });
