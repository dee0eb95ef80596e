import assert from "node:assert/strict";
import { test } from "node:test";
import { parseImageReference } from "../../../src/core/image-reference.ts";
import { loadCustomAcr } from "../../../src/registries/acr.ts";
import { type FakeFile, failure, inWorld } from "../../support/world.ts";

const PATH = "/etc/kubernetes/akscustom.json";
const env = { AZURE_ENVIRONMENT_FILEPATH: PATH };
/** The file that AKS writes, shortened. */
const AKS = {
  name: "akscustom",
  managementPortalURL: "https://portal.stack.example/",
  resourceManagerEndpoint: "https://management.stack.example/",
  activeDirectoryEndpoint: "https://login.stack.example/",
  containerRegistryDNSSuffix: ".azurecr.stack.example",
  tokenAudience: "https://management.core.stack.example/",
  resourceIdentifiers: { graph: "" },
};

const family = (file: FakeFile | undefined) =>
  inWorld(file === undefined ? { env } : { env, files: { [PATH]: file } }, loadCustomAcr);
const changed = (fields: object): string => JSON.stringify({ ...AKS, ...fields });

async function isSupported(image: string, file = changed({})): Promise<boolean> {
  const host = parseImageReference(image)?.host;
  return host !== undefined && (await family(file))?.match(host) !== undefined;
}

test("recognises the registries of a custom cloud under its suffix", async () => {
  const found = await family(changed({}));
  assert.deepEqual(found?.matchImages, ["*.azurecr.stack.example", "*.*.geo.azurecr.stack.example"]);
  for (const image of [
    "shop.azurecr.stack.example/app",
    "shop-a1b2.azurecr.stack.example/app",
    "shop.north.geo.azurecr.stack.example/app",
    "Shop.AzureCR.Stack.Example/app",
  ])
    assert.ok(await isSupported(image), image);
});

test("does not recognise hosts that resemble a custom cloud's registry", async () => {
  for (const image of [
    "azurecr.stack.example/app",
    "shopazurecr.stack.example/app",
    "shop.azurecr.stack.example.attacker.example/app",
    "shop.azurecr.stack.example:443/app",
    "shop.azurecr.stack.example./app",
    "shop.xazurecr.stack.example/app",
    "shop.azurecr-stack.example/app",
    "shop.azurecr.stack.examples/app",
    "shop.azurecr.stack/app",
    "shop.stack.example/app",
    "a.shop.azurecr.stack.example/app",
    "shop.north.data.azurecr.stack.example/app",
    "shop.privatelink.azurecr.stack.example/app",
    "sh-o-p.azurecr.stack.example/app",
    "attacker.example/shop.azurecr.stack.example/app",
    "user@shop.azurecr.stack.example/app",
    "shop.azurecr.io/app",
  ])
    assert.ok(!(await isSupported(image)), image);
});

test("accepts a suffix without a dot, capital letters, and fields in any case", async () => {
  for (const file of [
    changed({ containerRegistryDNSSuffix: "azurecr.stack.example" }),
    changed({ containerRegistryDNSSuffix: "AzureCR.Stack.Example" }),
    JSON.stringify({
      ContainerRegistryDnsSuffix: "azurecr.stack.example",
      ACTIVEDIRECTORYENDPOINT: "https://login.stack.example",
    }),
  ])
    assert.ok(await isSupported("shop.azurecr.stack.example/app", file), file);
});

test("reads no file without the variable, and adds no family for a cloud without registries", async () => {
  await inWorld({ files: { [PATH]: "nonsense" } }, async (world) => {
    assert.equal(await loadCustomAcr(world), undefined);
    assert.deepEqual(world.filesRead, []);
  });
  for (const containerRegistryDNSSuffix of [undefined, "", "N/A"])
    assert.equal(await family(changed({ containerRegistryDNSSuffix })), undefined);
});

const REFUSED: readonly (readonly [what: string, file: FakeFile, why: RegExp])[] = [
  ["not JSON", "canary", /not a JSON object/],
  ["a string", '"canary"', /not a JSON object/],
  ["a list", '["canary"]', /not a JSON object/],
  ["a suffix of one label", changed({ containerRegistryDNSSuffix: ".canary" }), /containerRegistryDNSSuffix/],
  [
    "a suffix of two dots",
    changed({ containerRegistryDNSSuffix: "..a.canary" }),
    /containerRegistryDNSSuffix/,
  ],
  [
    "a suffix with a dot at its end",
    changed({ containerRegistryDNSSuffix: "a.canary." }),
    /containerRegistryDNSSuffix/,
  ],
  [
    "a suffix with a glob",
    changed({ containerRegistryDNSSuffix: "*.canary.example" }),
    /containerRegistryDNSSuffix/,
  ],
  [
    "a suffix with a port",
    changed({ containerRegistryDNSSuffix: "canary.example:443" }),
    /containerRegistryDNSSuffix/,
  ],
  [
    "a suffix with a path",
    changed({ containerRegistryDNSSuffix: "canary.example/x" }),
    /containerRegistryDNSSuffix/,
  ],
  [
    "a suffix with a line feed",
    changed({ containerRegistryDNSSuffix: "canary.example\n" }),
    /containerRegistryDNSSuffix/,
  ],
  [
    "a suffix with a letter of another script",
    changed({ containerRegistryDNSSuffix: "c\u0430nary.example" }),
    /containerRegistryDNSSuffix/,
  ],
  ["a suffix that is a number", changed({ containerRegistryDNSSuffix: 1 }), /containerRegistryDNSSuffix/],
  [
    "a suffix of 300 letters",
    changed({ containerRegistryDNSSuffix: `${"canary.".repeat(43)}example` }),
    /containerRegistryDNSSuffix/,
  ],
  ["no sign-in host", changed({ activeDirectoryEndpoint: undefined }), /activeDirectoryEndpoint/],
  [
    "a sign-in host by http",
    changed({ activeDirectoryEndpoint: "http://canary.example/" }),
    /activeDirectoryEndpoint/,
  ],
  [
    "an AD FS",
    changed({ activeDirectoryEndpoint: "https://canary.example/adfs" }),
    /activeDirectoryEndpoint/,
  ],
  [
    "a sign-in host with a password",
    changed({ activeDirectoryEndpoint: "https://a:canary@b.example/" }),
    /activeDirectoryEndpoint/,
  ],
  [
    "a sign-in host with a query",
    changed({ activeDirectoryEndpoint: "https://canary.example/?x" }),
    /activeDirectoryEndpoint/,
  ],
  [
    "a sign-in host that is a list",
    changed({ activeDirectoryEndpoint: ["https://canary.example/"] }),
    /activeDirectoryEndpoint/,
  ],
];
for (const [what, file, why] of REFUSED)
  test(`refuses the file of a custom cloud without quoting it: ${what}`, async () => {
    const error = await failure(family(file));
    assert.deepEqual([error.code, error.stage], ["azure-environment-file-invalid", "config"]);
    assert.match(error.message, why);
    assert.doesNotMatch(error.message, /canary|c.nary/);
  });

test("refuses a file that other users may write", async () => {
  assert.equal((await failure(family({ fails: "file-unsafe" }))).code, "file-unsafe");
});

test("reports a missing file of a custom cloud as a configuration error", async () =>
  assert.equal((await failure(family(undefined))).code, "referenced-file-missing"));
