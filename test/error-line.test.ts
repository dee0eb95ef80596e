import assert from "node:assert/strict";
import { test } from "node:test";
import { redactSecrets, registerSecret } from "../src/core/secret.ts";
import { formatErrorLine, quoteUntrusted, sanitizeLine } from "../src/errors/error-line.ts";
import { type ErrorFacts, ProviderError } from "../src/errors/provider-error.ts";

const line = (facts: ErrorFacts, host?: string): string =>
  formatErrorLine(new ProviderError("throttled", facts), host, redactSecrets);

test("the line has host, sentence, detail, facts, hint, code and stage, in this order", () => {
  const facts: ErrorFacts = {
    stage: "exchange",
    detail: "a detail",
    request: "POST https://x.azurecr.io/oauth2/exchange",
    status: 429,
    attempts: 3,
    vendorCode: "TOOMANYREQUESTS",
    requestId: "0000-1",
    identity: "managed identity x",
    rule: "rules[2]",
  };
  assert.equal(
    line(facts, "x.azurecr.io"),
    'registry-credential-provider: no login for "x.azurecr.io": the service is throttling requests: a detail (POST https://x.azurecr.io/oauth2/exchange returned 429; 3 attempts; error code TOOMANYREQUESTS; request ID 0000-1; identity: managed identity x; rule rules[2]). Hint: wait, the kubelet retries; if it persists, raise the quota or start fewer nodes at once [code throttled, stage exchange]',
  );
});

test("the line omits unknown facts", () => {
  assert.equal(
    line({}),
    "registry-credential-provider: the service is throttling requests. Hint: wait, the kubelet retries; if it persists, raise the quota or start fewer nodes at once [code throttled, stage token]",
  );
  assert.match(line({ request: "GET http://a/", attempts: 1 }), /\(request: GET http:\/\/a\/\)/);
});

const HOSTS: readonly (readonly [host: string, shown: string])[] = [
  ["x.azurecr.io", '"x.azurecr.io"'],
  ['x". Hint: run rm -rf / ["', '"x\\". Hint: run rm -rf / [\\""'],
  ["a\nb\rc\u2028d", '"a\\nb\\rc d"'],
  ["\u001b[31mred", '"\\u001b[31mred"'],
  ["x".repeat(300), `"${"x".repeat(123)}..."`],
];
for (const [host, shown] of HOSTS)
  test(`the host ${JSON.stringify(host).slice(0, 30)} is quoted and cannot pass for a part of the message`, () => {
    assert.ok(
      line({}, host).startsWith(`registry-credential-provider: no login for ${shown}: the service`),
      line({}, host),
    );
    assert.ok(quoteUntrusted(host).length <= 128);
  });

const SECRETS = [
  "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl-canary",
  "eyJhbGciOiJub25lIn0",
  "ya29.c.canary_0123-456.789",
  "AWS4-HMAC-SHA256 Credential=canary",
  "Bearer canary",
  "//user:canary@proxy.example:3128",
  "AKIACANARY0123456789",
  "ASIACANARY0123456789",
];
for (const secret of SECRETS)
  test(`masks what looks like a secret: ${secret.slice(0, 12)}…`, () => {
    for (const facts of [
      { detail: `x ${secret} y` },
      { identity: secret },
      { request: `GET ${secret}` },
      { vendorCode: secret },
    ]) {
      assert.doesNotMatch(
        line(facts),
        new RegExp(secret.split(" ")[0]?.replace(/[.^$*+?()[\]{}|\\/]/g, "\\$&") ?? ""),
      );
      assert.match(line(facts), /\[secret\]/);
    }
  });

test("the line has at most 4 KiB", () => {
  for (const length of [3000, 4096, 100_000]) {
    const text = line({ detail: "ü".repeat(length), identity: "a".repeat(length) }, "b".repeat(length));
    assert.ok(Buffer.byteLength(text) <= 4096, `${text.length}`);
  }
  assert.equal(sanitizeLine("x".repeat(4096)).length, 4096);
  assert.equal(sanitizeLine("x".repeat(4097)).endsWith("..."), true);
});

test("a line that is too long keeps the hint, the code and the stage", () => {
  const long = "a".repeat(100_000);
  const text = line({ detail: long, identity: long }, "x.azurecr.io");
  assert.equal(text.length, 4096);
  assert.match(
    text,
    /^registry-credential-provider: no login for "x\.azurecr\.io": the service is throttling .*a\.\.\./,
  );
  assert.ok(text.endsWith(line({}).slice(line({}).indexOf(". Hint: "))), text.slice(-200));
});

test("a long hint is cut and leaves room for the sentence and the code", () => {
  const text = line({ hint: "h".repeat(100_000) }, "x.azurecr.io");
  assert.ok(text.length <= 4096, `${text.length}`);
  assert.match(text, /the service is throttling .*h\.\.\. \[code throttled, stage \w+\]$/);
});

test("the line is always one line of printable ASCII", () => {
  const all = Array.from({ length: 0x300 }, (_, code) => String.fromCharCode(code)).join("");
  for (const text of [all, "\u0085\u2028\u2029\ufeff\u{1f600}\ud800", "\r\n".repeat(9)])
    assert.match(line({ detail: text, identity: text, request: text }, text), /^[\x20-\x7e]+$/);
});

test("facts that contain a part of a secret are redacted, and the constant texts are not", () => {
  registerSecret("canary-throttling-requests-Q2FuYXJ5");
  const facts = { detail: "id r.Q2FuYXJ5", requestId: "r-canary-throttling", hint: "see Q2FuYXJ5" };
  assert.equal(
    line(facts, "q2fuyxj5.example"),
    'registry-credential-provider: no login for "[secret].example": the service is throttling requests: id r.[secret] (request ID r-[secret]). Hint: see [secret] [code throttled, stage token]',
  );
});
