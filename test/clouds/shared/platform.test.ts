import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Cloud,
  detectPlatform,
  type Platform,
  requirePlatform,
} from "../../../src/clouds/shared/platform.ts";
import { type FakeFile, failure, inWorld } from "../../support/world.ts";

type Dmi = Readonly<Record<string, FakeFile>>;
const dmiFiles = (dmi: Dmi) =>
  Object.fromEntries(Object.entries(dmi).map(([name, file]) => [`/sys/class/dmi/id/${name}`, file]));

const MACHINES: readonly (readonly [machine: string, dmi: Dmi, platform: Platform])[] = [
  [
    "an EC2 Nitro instance",
    {
      sys_vendor: "Amazon EC2\n",
      bios_vendor: "Amazon EC2\n",
      bios_version: "1.0\n",
      product_name: "m7i.large\n",
      chassis_asset_tag: "Amazon EC2\n",
    },
    "aws",
  ],
  [
    "an EC2 metal instance",
    { sys_vendor: "Amazon EC2\n", bios_vendor: "Amazon EC2\n", product_name: "i3.metal\n" },
    "aws",
  ],
  [
    "an EC2 instance on Xen",
    { sys_vendor: "Xen\n", bios_vendor: "Xen\n", bios_version: "4.11.amazon\n", product_name: "HVM domU\n" },
    "aws",
  ],
  ["an old EC2 instance on Xen", { bios_version: "4.2.amazon\n" }, "aws"],
  [
    "a private Xen host",
    { sys_vendor: "Xen\n", bios_vendor: "Xen\n", bios_version: "4.17.3\n", product_name: "HVM domU\n" },
    "none",
  ],
  [
    "a Compute Engine instance",
    {
      sys_vendor: "Google\n",
      bios_vendor: "Google\n",
      bios_version: "Google\n",
      product_name: "Google Compute Engine\n",
    },
    "google",
  ],
  ["an older Compute Engine instance", { product_name: "Google\n" }, "google"],
  ["a Chromebook", { sys_vendor: "Google\n", bios_vendor: "coreboot\n", product_name: "Volteer\n" }, "none"],
  [
    "an Azure machine",
    {
      sys_vendor: "Microsoft Corporation\n",
      bios_vendor: "Microsoft Corporation\n",
      product_name: "Virtual Machine\n",
      chassis_asset_tag: "7783-7084-3265-9085-8269-3286-77\n",
    },
    "azure",
  ],
  [
    "a private Hyper-V host",
    {
      sys_vendor: "Microsoft Corporation\n",
      bios_vendor: "American Megatrends\n",
      product_name: "Virtual Machine\n",
      chassis_asset_tag: "2831-3616-6111-1725-8803-0706-27\n",
    },
    "none",
  ],
  [
    "bare metal",
    {
      sys_vendor: "Dell Inc.\n",
      bios_vendor: "Dell Inc.\n",
      bios_version: "2.1\n",
      product_name: "PowerEdge\n",
      chassis_asset_tag: "",
    },
    "none",
  ],
  [
    "a vendor with the same prefix",
    { sys_vendor: "Amazon EC2 compatible\n", product_name: "Google Home\n" },
    "none",
  ],
  [
    "a machine with empty DMI",
    { sys_vendor: "", bios_vendor: "", bios_version: "", product_name: "", chassis_asset_tag: "" },
    "none",
  ],
  ["a machine without DMI", {}, "unknown"],
];
for (const [machine, dmi, platform] of MACHINES)
  test(`detects ${machine} as ${platform}`, () =>
    inWorld({ files: dmiFiles(dmi) }, async (world) => {
      assert.equal(await detectPlatform(world), platform);
      assert.deepEqual(world.asked, [], "no address is asked");
    }));

const UNREADABLE: readonly (readonly [what: string, dmi: Dmi])[] = [
  [
    "no file is readable",
    { sys_vendor: { fails: "file-unreadable" }, product_name: { fails: "file-unreadable" } },
  ],
  [
    "the other files identify no cloud",
    { sys_vendor: "Dell Inc.\n", product_name: { fails: "file-unreadable" } },
  ],
  [
    "another file identifies a cloud",
    { sys_vendor: { fails: "file-unreadable" }, product_name: "Google Compute Engine\n" },
  ],
];
for (const [what, dmi] of UNREADABLE)
  test(`fails if a DMI file cannot be read: ${what}`, () =>
    inWorld({ files: dmiFiles(dmi) }, async (world) => {
      const { code, hint } = await failure(detectPlatform(world));
      assert.equal(code, "file-unreadable");
      assert.match(hint, /set REGISTRY_CREDENTIAL_PROVIDER_PLATFORM to one of aws, google, azure, none$/);
    }));

for (const configured of ["aws", "google", "azure", "none"] as const)
  test(`prefers the configured platform "${configured}" and does not read DMI`, () =>
    inWorld({ env: { REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: configured } }, async (world) => {
      assert.equal(await detectPlatform(world), configured);
      assert.deepEqual(world.filesRead, []);
    }));

for (const configured of ["AWS", "Google", "None"])
  test(`accepts the platform "${configured}" in any case`, () =>
    inWorld({ env: { REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: configured } }, async (world) => {
      assert.equal(await detectPlatform(world), configured.toLowerCase());
      assert.deepEqual(world.filesRead, []);
    }));

for (const configured of ["gcp", "unknown", " aws", "none "])
  test(`refuses the platform "${configured}"`, () =>
    inWorld({ env: { REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: configured } }, async (world) => {
      assert.equal((await failure(detectPlatform(world))).code, "environment-invalid");
    }));

const CLOUDS: readonly Cloud[] = ["aws", "google", "azure"];
for (const cloud of CLOUDS) {
  test(`allows the metadata service of ${cloud} on its nodes and on unknown ones`, async () => {
    await inWorld({ env: { REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: cloud } }, (world) =>
      requirePlatform(cloud, world),
    );
    await inWorld({}, (world) => requirePlatform(cloud, world));
  });
  for (const other of [...CLOUDS.filter((one) => one !== cloud), "none"])
    test(`refuses the metadata service of ${cloud} on a node of ${other}`, () =>
      inWorld({ env: { REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: other } }, async (world) => {
        const error = await failure(requirePlatform(cloud, world));
        assert.equal(error.code, other === "none" ? "platform-without-metadata" : "platform-mismatch");
      }));
}

test("names the required cloud and the node's cloud in the error", async () => {
  const errorOn = (platform: Platform) =>
    inWorld({ env: { REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: platform } }, (world) =>
      failure(requirePlatform("aws", world)),
    );
  const { message, hint } = await errorOn("azure");
  assert.match(message, /: the login requires an identity of AWS, and the node's cloud is Azure$/);
  const none = await errorOn("none");
  assert.match(none.message, /: the login requires an identity of AWS$/);
  for (const text of [message, hint, none.message, none.hint]) assert.doesNotMatch(text, /registry(?!_)/i);
});
