import assert from "node:assert/strict";
import { test } from "node:test";
import { redactSecrets, registerSecret, Secret } from "../src/core/secret.ts";

const CANARY = "Zk9mQ2xvdWRDYW5hcnktUGFzc3dvcmQ";

test("redacts every part of eight characters or more that is shared with a secret of the run", () => {
  const line = `the id is r-${CANARY.slice(4, 20)} here`;
  assert.equal(redactSecrets(line), line, "no secret of this run yet");
  new Secret(CANARY);
  assert.equal(redactSecrets(line), "the id is r-[secret] here");
});

const KEPT_OF_REGISTERED = [CANARY.slice(0, 7), "no part of it", ""];
for (const text of KEPT_OF_REGISTERED)
  test(`keeps ${JSON.stringify(text)}, which shares fewer than eight characters`, () => {
    registerSecret(CANARY);
    assert.equal(redactSecrets(text), text);
  });

test("compares without regard to case, as a host in a URL is spelled", () => {
  registerSecret("MixedCaseSecretTail");
  assert.equal(redactSecrets("asked https://mixedcasesecrettail/"), "asked https://[secret]/");
});

for (const letters of ["İ", "ẞ", "ΑΣ", "K", "😀"])
  test(`masks the secret after ${letters}, whatever its lower case is`, () => {
    registerSecret(CANARY);
    const before = letters.repeat(40);
    assert.equal(redactSecrets(`${before} ${CANARY} end`), `${before} [secret] end`);
    registerSecret(`${before}-tail-of-a-secret`);
    assert.equal(redactSecrets("the tail-of-a-secret ends"), "the [secret] ends");
  });

test("masks shared parts that overlap or touch as one", () => {
  registerSecret("0123456789-abcdefghij");
  registerSecret("KLMNOPQR");
  assert.equal(redactSecrets("<0123456789-abcdefghij>"), "<[secret]>");
  assert.equal(redactSecrets("0123456789-abcdefghijKLMNOPQR"), "[secret]");
});

test("keeps the public text of a signed request, and redacts the secret in it", () => {
  const token = "IQoJb3JpZ2luX2VjCanaryToken";
  new Secret(token);
  new Secret(`https://sts.eu-west-1.amazonaws.com/?token=${token}`, { isPartlyPublic: true });
  assert.equal(redactSecrets(`sts.eu-west-1.amazonaws.com ${token}`), "sts.eu-west-1.amazonaws.com [secret]");
});

test("the first and last lines of a PEM key are not secrets", () => {
  registerSecret("-----BEGIN PRIVATE KEY-----\nMIICanaryCanaryCanary\n-----END PRIVATE KEY-----\n");
  assert.equal(redactSecrets("it holds no private key"), "it holds no private key");
  assert.equal(redactSecrets("MIICanaryCanaryCanary"), "[secret]");
});
