import assert from "node:assert/strict";
import { createPrivateKey, sign, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setDefaultCACertificates } from "node:tls";
import {
  ClientAssertionCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
} from "@azure/identity";
import { createSelfSigned } from "./certificate.ts";
import { readField, send } from "./client.ts";
import { type Cloud, startCloud } from "./cloud.ts";
import { SUBJECT } from "./oidc.ts";
import type { AzureApp, AzureCloudName } from "./options.ts";

const TENANT = "72f988bf-0000-4000-8000-000000000001";
const CLIENT = "33333333-0000-4000-8000-000000000001";
const SCOPE = "https://containerregistry.azure.net/.default";
const AUDIENCE = "api://AzureADTokenExchange";
const { cert, key } = createSelfSigned();

const app: AzureApp = {
  clientId: CLIENT,
  objectId: "44444444-0000-4000-8000-000000000001",
  secret: "canary-app-secret",
  certificates: [cert],
  federated: [{ issuer: "https://oidc.cluster.example", subject: SUBJECT, audience: AUDIENCE }],
  pulls: ["*"],
};

let cloud: Cloud;
const folder = mkdtempSync(join(tmpdir(), "entra-test-"));
before(async () => {
  cloud = await startCloud({ azure: { apps: [app] } });
  setDefaultCACertificates([readFileSync(cloud.caFile, "utf8")]);
});
after(async () => {
  rmSync(folder, { recursive: true });
  await cloud.stop();
});

const proxyOptions = (at: Cloud) => {
  const [host = "", port = ""] = at.addresses.proxy.split(":");
  return { proxyOptions: { host: `http://${host}`, port: Number(port) }, retryOptions: { maxRetries: 0 } };
};
const withSecret = (secret: string, tenant = TENANT, client = CLIENT) =>
  new ClientSecretCredential(tenant, client, secret, proxyOptions(cloud)).getToken(SCOPE);
const withAssertion = (token: string) =>
  new ClientAssertionCredential(TENANT, CLIENT, () => Promise.resolve(token), proxyOptions(cloud)).getToken(
    SCOPE,
  );

test("gives Azure's library a token for a secret, and an AADSTS error for a wrong one", async () => {
  const { token } = await withSecret("canary-app-secret");
  assert.ok(cloud.canaries.includes(token) && cloud.canaries.includes("canary-app-secret"));
  await assert.rejects(withSecret("wrong"), /AADSTS7000215/);
  await assert.rejects(
    withSecret("canary-app-secret", TENANT, "55555555-0000-4000-8000-000000000001"),
    /AADSTS700016/,
  );
  await assert.rejects(
    withSecret("canary-app-secret", "66666666-0000-4000-8000-000000000001"),
    /AADSTS90002/,
  );
});

test("gives Azure's library a token for a registered certificate only", async () => {
  const attempt = (pem: { cert: string; key: string }) => {
    const certificatePath = join(folder, "app.pem");
    writeFileSync(certificatePath, pem.key + pem.cert);
    return new ClientCertificateCredential(TENANT, CLIENT, { certificatePath }, proxyOptions(cloud)).getToken(
      SCOPE,
    );
  };
  assert.ok((await attempt({ cert, key })).token);
  await assert.rejects(attempt(createSelfSigned()), /AADSTS700027/);
});

test("accepts a ServiceAccount token with a registered issuer, subject and audience", async () => {
  assert.ok((await withAssertion(cloud.serviceAccountToken({ audience: AUDIENCE }))).token);
});

for (const [why, token, error] of [
  ["another issuer", { audience: AUDIENCE, issuer: "https://accounts.google.com" }, /AADSTS700211/],
  ["another subject", { audience: AUDIENCE, subject: "system:serviceaccount:shop:other" }, /AADSTS700213/],
  [
    "a subject in other letters",
    { audience: AUDIENCE, subject: "system:serviceaccount:shop:Default" },
    /AADSTS7002138/,
  ],
  ["another audience", { audience: "sts.amazonaws.com" }, /AADSTS700212/],
  ["a forged signature", { audience: AUDIENCE, forged: true }, /AADSTS7000272/],
  ["a time that is over", { audience: AUDIENCE, life: -60 }, /AADSTS700024/],
  ["a life of days", { audience: AUDIENCE, life: 200_000 }, /AADSTS70023/],
] as const) {
  test(`refuses a ServiceAccount token with ${why}`, async () => {
    await assert.rejects(withAssertion(cloud.serviceAccountToken(token)), error);
  });
}

/** Signs as the application does, with the key of its certificate. */
function signAsApp(aud: string, header: Readonly<Record<string, string>>): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { iss: CLIENT, sub: CLIENT, aud, exp: Date.now() / 1000 + 60 };
  const signed = `${part({ alg: "RS256", ...header })}.${part(claims)}`;
  return `${signed}.${sign("sha256", Buffer.from(signed), createPrivateKey(key)).toString("base64url")}`;
}

const ENDPOINT = `https://login.microsoftonline.com/${TENANT}/oauth2/v2.0/token`;
const print = Buffer.from(new X509Certificate(cert).fingerprint256.replaceAll(":", ""), "hex");

test("refuses an assertion for another endpoint", async () => {
  const jwt = signAsApp("https://login.microsoftonline.us/", { "x5t#S256": print.toString("base64url") });
  await assert.rejects(withAssertion(jwt), /AADSTS700027/);
});

for (const alphabet of ["base64url", "base64"] as const)
  test(`accepts the certificate's thumbprint in ${alphabet}`, async () => {
    const jwt = signAsApp(ENDPOINT, { "x5t#S256": print.toString(alphabet) });
    assert.ok((await withAssertion(jwt)).token);
  });

test("refuses an assertion that is not a JWT", () =>
  assert.rejects(withAssertion("not-a-token"), /AADSTS50027/));

test("ignores the OpenID Connect scopes that MSAL for Go adds", async () => {
  const status = async (scope: string) => {
    const grant = { grant_type: "client_credentials", client_id: CLIENT, client_secret: "canary-app-secret" };
    const body = new URLSearchParams({ ...grant, scope }).toString();
    const url = `https://login.microsoftonline.com/${TENANT}/oauth2/v2.0/token`;
    return (await send(cloud, url, { method: "POST", body })).status;
  };
  assert.equal(await status(`${SCOPE} openid offline_access profile`), 200);
  assert.equal(await status(`openid  ${SCOPE}`), 200);
  assert.equal(await status("openid offline_access profile"), 400);
  assert.equal(await status(`${SCOPE} https://vault.azure.net/.default`), 400);
});

test("accepts only the registry's default scope", async () => {
  const credential = new ClientSecretCredential(TENANT, CLIENT, "canary-app-secret", proxyOptions(cloud));
  await assert.rejects(credential.getToken("https://management.azure.com/.default"), /AADSTS500011/);
  await assert.rejects(credential.getToken("https://containerregistry.azure.net/pull"), /AADSTS1002012/);
});

for (const [name, authorityHost, reached] of [
  ["china", "https://login.chinacloudapi.cn", "login.partner.microsoftonline.cn"],
  ["usgov", "https://login.microsoftonline.us", "login.microsoftonline.us"],
  ["bleu", "https://login.sovcloud-identity.fr", "login.sovcloud-identity.fr"],
  ["delos", "https://login.sovcloud-identity.de", "login.sovcloud-identity.de"],
] as const satisfies readonly (readonly [AzureCloudName, string, string])[]) {
  test(`knows the tenant of the cloud ${name} only at that cloud's sign-in host`, async () => {
    const sovereign = await startCloud({ azure: { cloud: name, apps: [app] } });
    setDefaultCACertificates([readFileSync(sovereign.caFile, "utf8")]);
    const attempt = (host: string) =>
      new ClientSecretCredential(TENANT, CLIENT, "canary-app-secret", {
        ...proxyOptions(sovereign),
        authorityHost: host,
      }).getToken(SCOPE);
    try {
      assert.ok((await attempt(authorityHost)).token);
      assert.equal(sovereign.requests.at(-1)?.sni, reached);
      await assert.rejects(attempt("https://login.microsoftonline.com"), /AADSTS90002/);
    } finally {
      await sovereign.stop();
    }
  });
}

test("serves the discovery documents that other clients request", async () => {
  const openid = await send(
    cloud,
    `https://login.microsoftonline.com/${TENANT}/v2.0/.well-known/openid-configuration`,
  );
  assert.equal(
    readField(openid.body, "token_endpoint"),
    `https://login.microsoftonline.com/${TENANT}/oauth2/v2.0/token`,
  );
  const endpoint = encodeURIComponent(`https://login.microsoftonline.com/${TENANT}/oauth2/v2.0/authorize`);
  const query = `api-version=1.1&authorization_endpoint=${endpoint}`;
  const found = await send(cloud, `https://login.microsoftonline.com/common/discovery/instance?${query}`);
  assert.match(String(readField(found.body, "tenant_discovery_endpoint")), new RegExp(TENANT));
});
