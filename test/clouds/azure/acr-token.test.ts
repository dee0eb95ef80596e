import assert from "node:assert/strict";
import { test } from "node:test";
import { fetchEntraToken } from "../../../src/clouds/azure/acr-token.ts";
import {
  type AzureJsonIdentity,
  readAzureJsonIdentity,
} from "../../../src/clouds/azure/azure-json-identity.ts";
import { AZURE_CLOUDS, type AzureCloud } from "../../../src/clouds/azure/clouds.ts";
import type { Environment } from "../../../src/core/world.ts";
import { type ErrorCode, ProviderError } from "../../../src/errors/provider-error.ts";
import { type Exchange, type FakeFile, failure, inWorld, json } from "../../support/world.ts";

const PATH = "/etc/kubernetes/azure.json";
const read = (file: FakeFile | undefined) =>
  inWorld(file === undefined ? {} : { files: { [PATH]: file } }, (world) =>
    readAzureJsonIdentity(PATH, world),
  );

const EMPTY = {
  cloud: undefined,
  tenantId: undefined,
  useManagedIdentity: false,
  userAssignedIdentity: undefined,
  clientId: undefined,
  clientSecret: undefined,
} as const;

type Fields = Partial<Omit<AzureJsonIdentity, "clientSecret"> & { readonly clientSecret: string }>;
const READ: readonly (readonly [what: string, file: string, fields: Fields])[] = [
  ["an empty object", "{}", {}],
  [
    "AKS's JSON",
    JSON.stringify({
      cloud: "AzurePublicCloud",
      tenantId: "t",
      useManagedIdentityExtension: true,
      userAssignedIdentityID: "c",
      subscriptionId: "s",
      vmType: "vmss",
      cloudProviderBackoffRetries: 6,
    }),
    { cloud: "AzureCloud", tenantId: "t", useManagedIdentity: true, userAssignedIdentity: "c" },
  ],
  [
    "a tenant by its domain and an identity by its resource id",
    '{"tenantId":"my-org_1.onmicrosoft.com","userAssignedIdentityID":"/subscriptions/s/resourceGroups/a(b)"}',
    { tenantId: "my-org_1.onmicrosoft.com", userAssignedIdentity: "/subscriptions/s/resourceGroups/a(b)" },
  ],
  [
    "YAML",
    "cloud: AzureChinaCloud\ntenantId: t\naadClientId: c\naadClientSecret: s\n",
    { cloud: "AzureChinaCloud", tenantId: "t", clientId: "c", clientSecret: "s" },
  ],
  [
    "names in any case",
    '{"TENANTID":"t","aadclientid":"c","AadClientSecret":"s"}',
    { tenantId: "t", clientId: "c", clientSecret: "s" },
  ],
  ["a boolean of YAML 1.1", "useManagedIdentityExtension: yes\n", { useManagedIdentity: true }],
  ["empty fields and nulls", '{"tenantId":"","aadClientId":null}', {}],
  ["unknown fields of any shape", '{"a":{"b":[1]},"c":1}', {}],
  ["a field called __proto__", '{"__proto__":{"tenantId":"x"}}', {}],
  ["cloud AzureCloud", '{"cloud":"AzureCloud"}', { cloud: "AzureCloud" }],
  ["cloud in capitals", '{"cloud":"AZUREPUBLICCLOUD"}', { cloud: "AzureCloud" }],
  ["cloud AzureUSGovernmentCloud", '{"cloud":"AzureUSGovernmentCloud"}', { cloud: "AzureUSGovernment" }],
  ["cloud AzureUSGovernment", '{"cloud":"AzureUSGovernment"}', { cloud: "AzureUSGovernment" }],
  ["cloud AzureBleuCloud", '{"cloud":"AzureBleuCloud"}', { cloud: "AzureBleuCloud" }],
  ["a cloud of its own", '{"cloud":"azurestackcloud"}', { cloud: "AzureStackCloud" }],
];
for (const [what, file, fields] of READ)
  test(`reads azure.json: ${what}`, async () => {
    const { clientSecret, fieldNames: _, ...rest } = await read(file);
    assert.deepEqual({ ...rest, clientSecret: clientSecret?.expose() }, { ...EMPTY, ...fields });
  });

const REFUSED: readonly (readonly [what: string, file: FakeFile | undefined, code: ErrorCode])[] = [
  ["a missing file", undefined, "azure-config-unreadable"],
  ["an unreadable file", { fails: "file-unreadable" }, "azure-config-unreadable"],
  ["an empty file", "", "azure-config-malformed"],
  ["a list", "[]", "azure-config-malformed"],
  ["a string", '"canary"', "azure-config-malformed"],
  ["null", "null", "azure-config-malformed"],
  ["a word", "canary", "azure-config-malformed"],
  ["neither JSON nor YAML", '{"aadClientSecret": "canary', "azure-config-malformed"],
  ["YAML with aliases", "a: &a [canary]\nb: *a\n", "azure-config-malformed"],
  [
    "YAML with exponentially nested aliases",
    "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]\n",
    "azure-config-malformed",
  ],
  ["a boolean in quotes", '{"useManagedIdentityExtension":"true"}', "azure-config-malformed"],
  ["a boolean that is a number", '{"useManagedIdentityExtension":1}', "azure-config-malformed"],
  ["a secret that is a number", '{"aadClientSecret":12345}', "azure-config-malformed"],
  ["a tenant that is a list", '{"tenantId":["canary"]}', "azure-config-malformed"],
  ["an identity that is an object", '{"userAssignedIdentityID":{}}', "azure-config-malformed"],
  ["a closed cloud", '{"cloud":"AzureGermanCloud"}', "azure-config-malformed"],
  ["a cloud that is a number", '{"cloud":1}', "azure-config-malformed"],
  ["a tenant with a space", '{"tenantId":"canary t"}', "azure-config-malformed"],
  ["a tenant that is a path", '{"tenantId":"../canary"}', "azure-config-malformed"],
  ["a tenant with a query", '{"tenantId":"canary?x"}', "azure-config-malformed"],
  ["a client id with two lines", '{"aadClientId":"canary\\nx"}', "azure-config-malformed"],
  ["a client id that is not ASCII", '{"aadClientId":"canary-ü"}', "azure-config-malformed"],
  ["an identity with a space", '{"userAssignedIdentityID":"canary x"}', "azure-config-malformed"],
];
for (const [what, file, code] of REFUSED)
  test(`refuses azure.json without quoting it: ${what}`, async () => {
    const error = await failure(read(file));
    assert.deepEqual([error.code, error.stage], [code, "config"]);
    assert.match(error.message, /\/etc\/kubernetes\/azure\.json/);
    assert.ok(!/canary|12345/.test(error.message), error.message);
  });

for (const field of ["tenantId", "aadClientId", "userAssignedIdentityID"])
  test(`names the invalid field of azure.json: ${field}`, async () => {
    const error = await failure(read(JSON.stringify({ [field]: "canary canary" })));
    assert.equal(error.facts.detail, `${PATH}: ${field} contains an invalid character`);
  });

test("says why azure.json cannot be read", () => {
  const unreadable = `${PATH}: larger than 262144 bytes`;
  return inWorld({}, async (world) => {
    const readFile = () => Promise.reject(new ProviderError("file-unreadable", { detail: unreadable }));
    const error = await failure(readAzureJsonIdentity(PATH, { ...world, readFile }));
    assert.deepEqual([error.code, error.facts.detail], ["azure-config-unreadable", unreadable]);
  });
});

const TENANT = "72f988bf-0000-4000-8000-000000000001";
const token = (host: string, body = /client_secret=s3cret/): Exchange => ({
  ask: `POST https://${host}/${TENANT}/oauth2/v2.0/token?client-request-id=*`,
  body,
  answer: json({ token_type: "Bearer", expires_in: 3600, ext_expires_in: 3600, access_token: "entra-token" }),
});
const PRINCIPAL = {
  tenantId: TENANT,
  aadClientId: "33333333-0000-4000-8000-000000000001",
  aadClientSecret: "s3cret",
};

/** The node's identity without a rule. */
const nodeIdentity = (azureConfigPath: string | undefined) =>
  ({ pod: undefined, credentialSource: { kind: "node", azureConfigPath }, endpoints: {} }) as const;
const noSubject = () => assert.fail("a subject token was asked for");

/** Returns a cloud by its name. */
function findCloud(name: string): AzureCloud {
  const cloud = [...AZURE_CLOUDS, STACK].find((one) => one.name === name);
  assert.ok(cloud, name);
  return cloud;
}

const STACK: AzureCloud = {
  name: "AzureStackCloud",
  suffix: ["azurecr", "stack", "example"],
  authority: "https://login.stack.example",
  audience: "api://AzureADTokenExchange",
};

for (const [cloud, registryCloud, host] of [
  ["AzurePublicCloud", "AzureCloud", "login.microsoftonline.com"],
  ["AzureUSGovernmentCloud", "AzureUSGovernment", "login.microsoftonline.us"],
  ["AzureChinaCloud", "AzureChinaCloud", "login.partner.microsoftonline.cn"],
  ["AzureBleuCloud", "AzureBleuCloud", "login.sovcloud-identity.fr"],
  ["AzureDelosCloud", "AzureDelosCloud", "login.sovcloud-identity.de"],
  ["AzureStackCloud", "AzureStackCloud", "login.stack.example"],
] as const)
  test(`requests a token of a service principal of ${cloud} with one request to ${host}`, () => {
    const files = { [PATH]: JSON.stringify({ cloud, ...PRINCIPAL }) };
    const scope = /scope=https%3A%2F%2Fcontainerregistry\.azure\.net%2F\.default/;
    return inWorld({ files, exchanges: [token(host, scope)] }, async (world) => {
      const found = await fetchEntraToken(findCloud(registryCloud), nodeIdentity(PATH), noSubject, world);
      assert.deepEqual([found.token.expose(), found.tenantId], ["entra-token", TENANT]);
      assert.equal(found.identity, "service principal 33333333-0000-4000-8000-000000000001");
    });
  });

const INCOMPLETE = ["tenantId", "aadClientId", "aadClientSecret"] as const;
for (const missing of INCOMPLETE)
  test(`refuses a service principal without ${missing}`, () => {
    const files = { [PATH]: JSON.stringify({ ...PRINCIPAL, [missing]: "" }) };
    return inWorld({ files }, async (world) => {
      const error = await failure(
        fetchEntraToken(findCloud("AzureCloud"), nodeIdentity(PATH), noSubject, world),
      );
      assert.equal(error.code, "azure-config-incomplete");
    });
  });

/** A token of one Azure cloud is not sent to a registry of another: their operators differ. */
const OTHER_CLOUD: readonly (readonly [
  registryCloud: string,
  azureJson: string | undefined,
  env: string | undefined,
])[] = [
  ["AzureChinaCloud", undefined, undefined],
  ["AzureUSGovernment", undefined, undefined],
  ["AzureBleuCloud", undefined, "AzurePublicCloud"],
  ["AzureCloud", undefined, "AzureChinaCloud"],
  ["AzureChinaCloud", "AzurePublicCloud", undefined],
  ["AzureChinaCloud", "AzurePublicCloud", "AzureChinaCloud"],
  ["AzureCloud", "AzureStackCloud", undefined],
  ["AzureStackCloud", undefined, undefined],
  ["AzureStackCloud", "AzurePublicCloud", "AzureStackCloud"],
  ["AzureDelosCloud", "AzureBleuCloud", undefined],
];
for (const [registryCloud, azureJson, environment] of OTHER_CLOUD)
  test(`sends no token of ${azureJson ?? environment ?? "the public cloud"} to a registry of ${registryCloud}`, () => {
    const files = { [PATH]: JSON.stringify({ cloud: azureJson, useManagedIdentityExtension: true }) };
    const azureConfigPath = azureJson === undefined ? undefined : PATH;
    const env = environment === undefined ? {} : { AZURE_ENVIRONMENT: environment };
    return inWorld({ ...(azureJson === undefined ? {} : { files }), env }, async (world) => {
      const error = await failure(
        fetchEntraToken(findCloud(registryCloud), nodeIdentity(azureConfigPath), noSubject, world),
      );
      assert.equal(error.code, "azure-cloud-mismatch");
    });
  });

const ENVIRONMENT: readonly (readonly [what: string, env: Environment, code: ErrorCode])[] = [
  ["a node of another cloud", { REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: "aws" }, "platform-mismatch"],
  ["no cloud", { REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: "none" }, "platform-without-metadata"],
  [
    "an address of metadata that is none",
    { AZURE_POD_IDENTITY_AUTHORITY_HOST: "nonsense" },
    "environment-invalid",
  ],
  [
    "an address of metadata with a password",
    { AZURE_POD_IDENTITY_AUTHORITY_HOST: "http://a:b@127.0.0.1" },
    "environment-invalid",
  ],
  ["the name of no Azure cloud", { AZURE_ENVIRONMENT: "nonsense" }, "environment-invalid"],
  [
    "an Arc agent's address that is none",
    { IDENTITY_ENDPOINT: "file:///etc/shadow", IMDS_ENDPOINT: "x" },
    "environment-invalid",
  ],
];
for (const [what, env, code] of ENVIRONMENT)
  test(`requests no managed identity: ${what}`, () =>
    inWorld({ env }, async (world) => {
      assert.equal(
        (await failure(fetchEntraToken(findCloud("AzureCloud"), nodeIdentity(undefined), noSubject, world)))
          .code,
        code,
      );
    }));
