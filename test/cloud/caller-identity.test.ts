import assert from "node:assert/strict";
import { test } from "node:test";
import { AwsClient } from "google-auth-library";
import { type Caller, callerOf } from "./caller-identity.ts";
import { Iam } from "./iam.ts";
import { Ledger } from "./ledger.ts";
import { settle } from "./options.ts";

const RESOURCE = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/k";
const iam = new Iam(settle({}).aws, new Ledger("canary"));
const { accessKeyId, secretAccessKey } = iam.userKey;

/** A subject token as Google's own client makes it. */
function made(region = "eu-west-1", secret = secretAccessKey): Promise<string> {
  const aws_security_credentials_supplier = {
    getAwsRegion: async () => region,
    getAwsSecurityCredentials: async () => ({ accessKeyId, secretAccessKey: secret }),
  };
  const client = new AwsClient({
    audience: RESOURCE,
    subject_token_type: "urn:ietf:params:aws:token-type:aws4_request",
    aws_security_credentials_supplier,
  });
  return client.retrieveSubjectToken();
}

const check = (token: string, now = Date.now()): Caller | { readonly refusal: string } =>
  callerOf(token, now, iam);

test("Google's own client is told apart by its key", async () => {
  assert.deepEqual(check(await made()), {
    arn: "arn:aws:sts::123456789012:assumed-role/user/i-0123456789",
    account: "123456789012",
    role: "user",
    session: "i-0123456789",
    resource: RESOURCE,
    resourceSigned: false,
  });
});

const edited = (change: (request: string) => string) => async () =>
  encodeURIComponent(change(decodeURIComponent(await made())));

const WORTHLESS: readonly (readonly [what: string, token: () => Promise<string>, now?: number])[] = [
  ["no JSON", async () => "%7B"],
  ["no URI encoding", async () => "%"],
  ["another key", () => made("eu-west-1", "x")],
  ["the global endpoint", edited((text) => text.replaceAll("sts.eu-west-1.", "sts."))],
  [
    "another host",
    edited((text) => text.replace("https://sts.eu-west-1.amazonaws.com", "https://evil.example")),
  ],
  [
    "a host that is not the signed one",
    edited((text) => text.replace("https://sts.eu-west-1", "https://sts.us-east-1")),
  ],
  ["another action", edited((text) => text.replace("GetCallerIdentity", "GetSessionToken"))],
  ["another method", edited((text) => text.replace('"POST"', '"GET"'))],
  ["a header twice", edited((text) => text.replace('"headers":[', '"headers":[{"key":"HOST","value":"x"},'))],
  ["headers of another shape", edited((text) => text.replace('"headers":[', '"headers":[["a","b"],'))],
  ["a signature of yesterday", made, Date.now() + 86_400_000],
];
for (const [what, token, now] of WORTHLESS)
  test(`A request is worth nothing with ${what}`, async () => {
    assert.ok("refusal" in check(await token(), now));
  });
