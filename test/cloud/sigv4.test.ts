import assert from "node:assert/strict";
import { test } from "node:test";
import { SignatureV4 } from "@smithy/signature-v4";
import type { Asked } from "./exchange.ts";
import type { AwsKey } from "./iam.ts";
import { Sha256 } from "./sha256.ts";
import { parseAuthorization, verifySigV4 } from "./sigv4.ts";
import { type Signed, signature } from "./sigv4-signature.ts";

/** The key of AWS's published examples. */
const EXAMPLE_SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const EXAMPLE_DATE = { "x-amz-date": "20150830T123600Z" };
const NOW = Date.parse("2026-01-02T03:04:05Z");

const key: AwsKey = {
  accessKeyId: "ASIAEXAMPLE",
  secretAccessKey: "secret",
  sessionToken: "session",
  expires: NOW + 60_000,
  role: "r",
  session: "s",
  partition: "aws",
};

const vectors: readonly {
  readonly name: string;
  readonly request: Signed;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly expected: string;
}[] = [
  {
    name: "the IAM ListUsers example of the user guide",
    request: {
      method: "GET",
      path: "/",
      query: new URLSearchParams("Action=ListUsers&Version=2010-05-08"),
      headers: {
        "content-type": "application/x-www-form-urlencoded; charset=utf-8",
        host: "iam.amazonaws.com",
        ...EXAMPLE_DATE,
      },
      body: "",
    },
    service: "iam",
    signedHeaders: ["content-type", "host", "x-amz-date"],
    expected: "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
  },
  {
    name: "get-vanilla of the test suite",
    request: {
      method: "GET",
      path: "/",
      query: new URLSearchParams(),
      headers: { host: "example.amazonaws.com", ...EXAMPLE_DATE },
      body: "",
    },
    service: "service",
    signedHeaders: ["host", "x-amz-date"],
    expected: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
  },
  {
    name: "post-vanilla of the test suite",
    request: {
      method: "POST",
      path: "/",
      query: new URLSearchParams(),
      headers: { host: "example.amazonaws.com", ...EXAMPLE_DATE },
      body: "",
    },
    service: "service",
    signedHeaders: ["host", "x-amz-date"],
    expected: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
  },
];

for (const { name, request, service, signedHeaders, expected } of vectors) {
  test(`computes AWS's published signature of ${name}`, () => {
    const scope = {
      accessKeyId: "AKIDEXAMPLE",
      date: "20150830",
      region: "us-east-1",
      service,
      signedHeaders,
    };
    assert.equal(signature(request, scope, EXAMPLE_SECRET), expected);
  });
}

/** Signed by the SDK's signer, which is independent of this code. */
async function signed(
  change: Partial<{ secret: string; session: string; region: string; service: string; at: number }> = {},
): Promise<Asked> {
  const { secret = "secret", session = "session", region = "eu-west-1", service = "ecr", at = NOW } = change;
  const credentials = { accessKeyId: key.accessKeyId, secretAccessKey: secret, sessionToken: session };
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
  const request = {
    method: "POST",
    protocol: "https:",
    hostname: "h",
    path: "/",
    headers: { host: "h", "x-amz-target": "t" },
    body: "{}",
  };
  const { headers } = await signer.sign({ ...request, query: {} }, { signingDate: new Date(at) });
  return {
    host: "h",
    method: "POST",
    path: "/",
    query: new URLSearchParams(),
    headers,
    body: "{}",
    now: NOW,
    tokenFault: undefined,
  };
}

function verdict(asked: Asked, known: AwsKey = key): string {
  const found = verifySigV4(asked, { region: "eu-west-1", service: "ecr" }, (id) =>
    id === known.accessKeyId ? known : undefined,
  );
  return "refusal" in found ? `${found.refusal.code}: ${found.refusal.message}` : "accepted";
}

test("accepts a request that the SDK's signer signed", async () => {
  assert.equal(verdict(await signed()), "accepted");
});

test("refuses a wrong secret, body, target, region, service or session token with AWS's error", async () => {
  const good = await signed();
  assert.match(
    verdict(await signed({ secret: "other" })),
    /^InvalidSignatureException: The request signature we calculated/,
  );
  assert.match(verdict({ ...good, body: "{ }" }), /^InvalidSignatureException/);
  assert.match(
    verdict({ ...good, headers: { ...good.headers, "x-amz-target": "u" } }),
    /^InvalidSignatureException/,
  );
  assert.match(
    verdict(await signed({ region: "eu-west-2" })),
    /^InvalidSignatureException: Credential should be scoped to a valid region/,
  );
  assert.match(
    verdict(await signed({ service: "ecr-public" })),
    /^InvalidSignatureException: .*correct service/,
  );
  assert.match(verdict(await signed({ session: "other" })), /^UnrecognizedClientException/);
});

test("accepts a clock difference of up to five minutes in both directions", async () => {
  assert.equal(verdict(await signed({ at: NOW - 290_000 })), "accepted");
  assert.equal(verdict(await signed({ at: NOW + 290_000 })), "accepted");
  assert.match(
    verdict(await signed({ at: NOW - 310_000 })),
    /^InvalidSignatureException: Signature expired: 20260102T025855Z is now earlier than 20260102T025905Z/,
  );
  assert.match(
    verdict(await signed({ at: NOW + 310_000 })),
    /^InvalidSignatureException: Signature not yet current/,
  );
});

test("refuses a header that the signature does not cover, and a forged one", async () => {
  const good = await signed();
  assert.match(
    verdict({ ...good, headers: { ...good.headers, "x-amz-extra": "1" } }),
    /'x-amz-extra' must be a 'SignedHeader'/,
  );
  const { "x-amz-date": _, ...undated } = good.headers;
  assert.match(
    verdict({ ...good, headers: undated }),
    /InvalidSignatureException|IncompleteSignatureException/,
  );
});

test("has separate errors for an unknown key, an expired key, a missing and an incomplete authorization", async () => {
  const good = await signed();
  assert.match(verdict(good, { ...key, accessKeyId: "ASIAOTHER" }), /^UnrecognizedClientException/);
  assert.match(verdict(good, { ...key, expires: NOW }), /^ExpiredTokenException/);
  const { authorization: _, ...bare } = good.headers;
  assert.match(verdict({ ...good, headers: bare }), /^MissingAuthenticationTokenException/);
  assert.match(
    verdict({ ...good, headers: { ...bare, authorization: "AWS4-HMAC-SHA256 Credential=x" } }),
    /^IncompleteSignatureException/,
  );
  assert.equal(parseAuthorization("Bearer x"), undefined);
});
