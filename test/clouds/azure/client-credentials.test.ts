import assert from "node:assert/strict";
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { fetchEntraToken } from "../../../src/clouds/azure/acr-token.ts";
import { AZURE_CLOUDS } from "../../../src/clouds/azure/clouds.ts";
import { redactSecrets, Secret } from "../../../src/core/secret.ts";
import { HOUR, type Milliseconds } from "../../../src/core/time.ts";
import { formatErrorLine } from "../../../src/errors/error-line.ts";
import type { ErrorCode } from "../../../src/errors/provider-error.ts";
import type { AzureCredentialSource, AzureIdentity } from "../../../src/identities/azure.ts";
import type { GetSubjectToken } from "../../../src/identities/subject-token.ts";
import { createCertificate, createSelfSigned } from "../../cloud/certificate.ts";
import { isSignedBy, parseJwt, readClaim, readNumericClaim } from "../../cloud/jwt.ts";
import {
  type Exchange,
  type FakeFile,
  type FakeWorld,
  failure,
  inWorld,
  json,
  NOW,
} from "../../support/world.ts";

const TENANT = "72f988bf-0000-4000-8000-000000000001";
const CLIENT = "33333333-0000-4000-8000-000000000001";
const app = { tenantId: TENANT, clientId: CLIENT };
const [PUBLIC] = AZURE_CLOUDS;
assert.ok(PUBLIC);

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const CLAIMS = { iss: "https://oidc.example", sub: "system:serviceaccount:shop:default", aud: ["api://x"] };
const TOKEN = `${part({ alg: "RS256" })}.${part(CLAIMS)}.c2ln`;

/** The subject token, from any source. */
const subject: GetSubjectToken = async () => ({
  token: new Secret(TOKEN),
  expiresAt: NOW + HOUR,
  identityLabel: "ServiceAccount shop/default",
});
const noSubject: GetSubjectToken = () => assert.fail("a subject token was asked for");
const federated: AzureCredentialSource = {
  kind: "assertion",
  ...app,
  subject: { kind: "aws", audience: "api://x" },
};

const access = (credentialSource: AzureCredentialSource, authority?: string): AzureIdentity => ({
  pod: undefined,
  credentialSource,
  endpoints: authority === undefined ? {} : { authority },
});

const ask = (host = "login.microsoftonline.com"): string =>
  `POST https://${host}/${TENANT}/oauth2/v2.0/token?client-request-id=*`;
const granted: Exchange["answer"] = json({
  token_type: "Bearer",
  expires_in: 3600,
  ext_expires_in: 3600,
  access_token: "entra-token",
});

/** Returns the form of the only request. */
const readForm = ({ requests: [only, ...others] }: FakeWorld): URLSearchParams => {
  assert.equal(others.length, 0, "one request");
  return new URLSearchParams(String(only?.body));
};

test("sends a subject token to the sign-in host of the registry's cloud in one request", () =>
  inWorld({ exchanges: [{ ask: ask(), answer: granted }] }, async (world) => {
    const found = await fetchEntraToken(PUBLIC, access(federated), subject, world);
    assert.deepEqual([found.token.expose(), found.tenantId], ["entra-token", TENANT]);
    assert.equal(
      found.identity,
      `ServiceAccount shop/default as application ${CLIENT} of tenant "${TENANT}"`,
    );
    const form = readForm(world);
    assert.deepEqual(
      ["grant_type", "client_id", "client_assertion", "client_assertion_type", "client_secret", "scope"].map(
        (name) => form.get(name),
      ),
      [
        "client_credentials",
        CLIENT,
        TOKEN,
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        null,
        "https://containerregistry.azure.net/.default",
      ],
    );
  }));

test("uses the rule's authority instead of the cloud's, without requesting its discovery document", () =>
  inWorld({ exchanges: [{ ask: ask("entra.proxy.example:8443"), answer: granted }] }, async (world) => {
    await fetchEntraToken(PUBLIC, access(federated, "https://entra.proxy.example:8443"), subject, world);
    assert.equal(world.asked.length, 1);
  }));

test("reads a secret from its file, without the line feed at its end", () =>
  inWorld({ files: { "/s": "s3cret\n" }, exchanges: [{ ask: ask(), answer: granted }] }, async (world) => {
    const start = { kind: "secret", ...app, file: "/s", variable: undefined } as const;
    await fetchEntraToken(PUBLIC, access(start), noSubject, world);
    const form = readForm(world);
    assert.deepEqual([form.get("client_secret"), form.get("client_assertion")], ["s3cret", null]);
  }));

test("reads a secret from its variable", () =>
  inWorld(
    { variables: { APP_SECRET: "s3cret" }, exchanges: [{ ask: ask(), answer: granted }] },
    async (world) => {
      const start = { kind: "secret", ...app, file: undefined, variable: "APP_SECRET" } as const;
      await fetchEntraToken(PUBLIC, access(start), noSubject, world);
      assert.equal(readForm(world).get("client_secret"), "s3cret");
    },
  ));

const NO_SECRET: readonly (readonly [
  what: string,
  from: { readonly file?: string; readonly variable?: string },
  code: ErrorCode,
])[] = [
  ["a missing file", { file: "/other" }, "referenced-file-missing"],
  ["an empty file", { file: "/empty" }, "referenced-file-missing"],
  ["a file that other users may read", { file: "/open" }, "file-unsafe"],
  ["an unset variable", { variable: "OTHER" }, "variable-missing"],
  ["an empty variable", { variable: "EMPTY" }, "variable-missing"],
];
for (const [what, { file, variable }, code] of NO_SECRET)
  test(`makes no request without a secret: ${what}`, () => {
    const files: Readonly<Record<string, FakeFile>> = { "/empty": "\n", "/open": { fails: "file-unsafe" } };
    return inWorld({ files, variables: { EMPTY: "" } }, async (world) => {
      const start = { kind: "secret", ...app, file, variable } as const;
      assert.equal((await failure(fetchEntraToken(PUBLIC, access(start), noSubject, world))).code, code);
    });
  });

const DAY = 24 * HOUR;
/** A certificate that is valid by the virtual clock, which differs from the system clock. */
function pemUntil(until: Milliseconds, from: Milliseconds = NOW - DAY): { cert: string; key: string } {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const cert = createCertificate({
    issuer: "app",
    subject: "app",
    publicKey,
    privateKey,
    from: new Date(from),
    until: new Date(until),
    extensions: [],
  });
  return { cert, key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}
const PEM = pemUntil(NOW + DAY);
const withCertificate = {
  kind: "certificate",
  ...app,
  file: "/c",
  setting: "azure.certificateFile",
} as const;

for (const [what, text] of [
  ["certificate first", PEM.cert + PEM.key],
  ["key first", PEM.key + PEM.cert],
  ["a chain in any order", createSelfSigned().cert + PEM.cert + PEM.key],
  ["PKCS#1", PEM.cert + createPrivateKey(PEM.key).export({ type: "pkcs1", format: "pem" })],
  [
    "line feeds of Windows and OpenSSL's bag attributes",
    `Bag Attributes\r\n${(PEM.cert + PEM.key).replaceAll("\n", "\r\n")}`,
  ],
] as const)
  test(`signs an assertion with the application's certificate: ${what}`, () =>
    inWorld({ files: { "/c": text }, exchanges: [{ ask: ask(), answer: granted }] }, async (world) => {
      const found = await fetchEntraToken(PUBLIC, access(withCertificate), noSubject, world);
      assert.equal(found.identity, `application ${CLIENT} of tenant "${TENANT}"`);
      const jwt = parseJwt(readForm(world).get("client_assertion") ?? "");
      assert.ok(jwt && isSignedBy(jwt, PEM.cert));
      assert.equal(jwt.header["alg"], "PS256");
      assert.deepEqual(
        [readClaim(jwt, "iss"), readClaim(jwt, "sub"), readClaim(jwt, "aud")],
        [CLIENT, CLIENT, `https://login.microsoftonline.com/${TENANT}/oauth2/v2.0/token`],
      );
      assert.equal(readNumericClaim(jwt, "exp") * 1000, NOW + 600_000);
      assert.match(readClaim(jwt, "jti"), /^[0-9a-f-]{36}$/);
    }));

const EC = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
  type: "pkcs8",
  format: "pem",
});
const ENCRYPTED = createPrivateKey(PEM.key).export({
  type: "pkcs8",
  format: "pem",
  cipher: "aes-256-cbc",
  passphrase: "canary",
});
const OLD_ENCRYPTED = createPrivateKey(PEM.key).export({
  type: "pkcs1",
  format: "pem",
  cipher: "aes-256-cbc",
  passphrase: "canary",
});
const NO_CERTIFICATE: readonly (readonly [what: string, text: string, why: RegExp])[] = [
  ["empty", "", /it contains no private key in PEM/],
  ["a PFX file", "\u0000\u0001\u0082canary", /it contains no private key in PEM/],
  ["without a key", PEM.cert, /it contains no private key in PEM/],
  ["without a certificate", PEM.key, /it contains no certificate of its key/],
  [
    "the certificate of another key",
    createSelfSigned().cert + PEM.key,
    /it contains no certificate of its key/,
  ],
  ["an encrypted key", PEM.cert + ENCRYPTED, /its key is encrypted/],
  ["an encrypted key in the old format", PEM.cert + OLD_ENCRYPTED, /its key is encrypted/],
  [
    "a key that is none",
    `${PEM.cert}-----BEGIN PRIVATE KEY-----\nY2FuYXJ5\n-----END PRIVATE KEY-----\n`,
    /it contains no private key in PEM/,
  ],
  [
    "a certificate that is none",
    `-----BEGIN CERTIFICATE-----\nY2FuYXJ5\n-----END CERTIFICATE-----\n${PEM.key}`,
    /it contains no certificate of its key/,
  ],
  ["a key of an elliptic curve", PEM.cert + EC, /not an RSA key/],
];
for (const [what, text, why] of NO_CERTIFICATE)
  test(`refuses a certificate file without quoting it: ${what}`, () =>
    inWorld({ files: { "/c": text } }, async (world) => {
      const error = await failure(fetchEntraToken(PUBLIC, access(withCertificate), noSubject, world));
      assert.deepEqual([error.code, error.stage], ["certificate-file-invalid", "config"]);
      assert.match(error.message, why);
      assert.doesNotMatch(error.message, /canary|Y2Fu/);
    }));

test("reports a missing certificate file as a configuration error", () =>
  inWorld({}, async (world) => {
    const error = await failure(fetchEntraToken(PUBLIC, access(withCertificate), noSubject, world));
    assert.deepEqual([error.code, error.stage], ["referenced-file-missing", "config"]);
  }));

test("names the validity date of an expired or future certificate", async () => {
  for (const [{ cert, key }, why] of [
    [pemUntil(NOW - HOUR), /expired on 2026-11-22T11:00:00.000Z/],
    [pemUntil(NOW + DAY, NOW + HOUR), /not valid before 2026-11-22T13:00:00.000Z/],
  ] as const)
    await inWorld({ files: { "/c": cert + key } }, async (world) => {
      const error = await failure(fetchEntraToken(PUBLIC, access(withCertificate), noSubject, world));
      assert.equal(error.code, "certificate-file-invalid");
      assert.match(error.message, why);
    });
});

const NUMBERS: readonly (readonly [number: number, code: ErrorCode])[] = [
  [70021, "entra-no-federated-credential"],
  [700211, "entra-no-federated-credential"],
  [700212, "entra-no-federated-credential"],
  [700213, "entra-no-federated-credential"],
  [7002131, "entra-no-federated-credential"],
  [7002137, "entra-no-federated-credential"],
  [7002138, "entra-no-federated-credential"],
  [50166, "entra-assertion-rejected"],
  [90061, "entra-assertion-rejected"],
  [7000272, "entra-assertion-rejected"],
  [50013, "entra-assertion-rejected"],
  [50027, "entra-assertion-rejected"],
  [70023, "entra-assertion-rejected"],
  [700021, "entra-assertion-rejected"],
  [700027, "entra-assertion-rejected"],
  [700030, "entra-assertion-rejected"],
  [700024, "entra-assertion-expired"],
  [7000215, "entra-secret-rejected"],
  [7000222, "entra-secret-rejected"],
  [700016, "entra-application-unknown"],
  [90002, "entra-tenant-unknown"],
  [900023, "entra-tenant-unknown"],
  [50001, "entra-resource-unknown"],
  [500011, "entra-resource-unknown"],
  [501051, "entra-resource-unknown"],
  [53003, "entra-refused"],
  [7002, "entra-refused"],
];
for (const [number, code] of NUMBERS)
  test(`maps AADSTS${number} to ${code}`, () => {
    const answer = json({ error: "invalid_client", error_description: `AADSTS${number}: canary` }, 401);
    return inWorld({ exchanges: [{ ask: ask(), answer }] }, async (world) => {
      const error = await failure(fetchEntraToken(PUBLIC, access(federated), subject, world));
      assert.deepEqual([error.code, error.facts.vendorCode], [code, `AADSTS${number}`]);
      assert.doesNotMatch(JSON.stringify(error.facts), /canary/);
    });
  });

test("shows the token's claims if no federated credential matches", () => {
  const answer = json({ error: "invalid_client", error_description: "AADSTS700213: x" }, 401);
  return inWorld({ exchanges: [{ ask: ask(), answer }] }, async (world) => {
    const { message } = await failure(fetchEntraToken(PUBLIC, access(federated), subject, world));
    assert.ok(
      message.endsWith(
        `: the token's issuer is "https://oidc.example", its subject "system:serviceaccount:shop:default", its audience "api://x"`,
      ),
      message,
    );
  });
});

test("shows the certificate's thumbprint if Entra does not know it", () => {
  const answer = json({ error: "invalid_client", error_description: "AADSTS700027: x" }, 401);
  const files = { "/c": PEM.cert + PEM.key };
  return inWorld({ files, exchanges: [{ ask: ask(), answer }] }, async (world) => {
    const { hint } = await failure(fetchEntraToken(PUBLIC, access(withCertificate), noSubject, world));
    assert.match(hint, /^upload the certificate in \/c \(thumbprint [0-9A-F]{40}\) to the application/);
  });
});

test("fails with the subject token's error without contacting Entra", () =>
  inWorld({}, async (world) => {
    const unhad: GetSubjectToken = () => Promise.reject(new Error("canary"));
    await assert.rejects(fetchEntraToken(PUBLIC, access(federated), unhad, world), /canary/);
    assert.deepEqual(world.asked, []);
  }));

test("shows hostile claims escaped in one line and shortened", () => {
  const hostile = {
    iss: "https://x\r\nregistry-credential-provider: all is well",
    sub: "\u202e".repeat(8192),
    aud: {},
  };
  const token = new Secret(`${part({ alg: "RS256" })}.${part(hostile)}.c2ln`);
  const answer = json({ error: "invalid_client", error_description: "AADSTS700211: x" }, 401);
  return inWorld({ exchanges: [{ ask: ask(), answer }] }, async (world) => {
    const given: GetSubjectToken = async () => ({ token, expiresAt: NOW + HOUR, identityLabel: "a file" });
    const error = await failure(fetchEntraToken(PUBLIC, access(federated), given, world));
    const line = formatErrorLine(error, "shop.azurecr.io", redactSecrets);
    assert.match(line, /^[ -~]{1,1200}$/);
    assert.match(line, /the token's issuer is "https:\/\/x\\r\\nregistry-credential-provider/);
  });
});
