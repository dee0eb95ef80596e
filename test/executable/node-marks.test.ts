/** The files that identify a node's cloud: only a missing file is ignored; after any other failure no request is made. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { startCloud } from "../cloud/cloud.ts";
import { EXECUTABLE, requestFor, run } from "./start.ts";

const CLOUDS = ["aws", "google", "azure"] as const;
const IMAGES = {
  aws: "123456789012.dkr.ecr.us-east-1.amazonaws.com/app",
  google: "europe-west1-docker.pkg.dev/p/r/app",
  azure: "myregistry.azurecr.io/app",
} as const;
/** If these are absent, the provider reads DMI before it requests the metadata service. */
const ADDRESSES = [
  "AWS_EC2_METADATA_SERVICE_ENDPOINT",
  "GCE_METADATA_HOST",
  "AZURE_POD_IDENTITY_AUTHORITY_HOST",
  "REGISTRY_CREDENTIAL_PROVIDER_PLATFORM",
];
const NOBODY = 65534;
const DMI = "/sys/class/dmi/id";
const ARC = "/opt/azcmagent/bin/himds";

type Env = Readonly<Record<string, string>>;

interface Case {
  readonly name: string;
  /** Shell commands that run in the file's folder, which exists and is empty; `$f` is the file. */
  readonly steps: string;
  readonly refused: string;
  readonly uid?: number;
}

const listFaults = (path: string): readonly Case[] => [
  { name: "a folder", steps: "mkdir $f", refused: `${path}: not a regular file` },
  { name: "a FIFO", steps: "mkfifo $f", refused: `${path}: not a regular file` },
  { name: "a link to itself", steps: "ln -s $f $f", refused: `${path}: its symbolic links form a loop` },
  {
    name: "a dangling link",
    steps: "ln -s nowhere $f",
    refused: `${path}: ${path} is a dangling link`,
  },
  {
    name: "a file that this user may not read",
    steps: "echo x > $f; chmod 600 $f",
    refused: `${path}: permission denied for it or a directory above it`,
    uid: NOBODY,
  },
];

const able =
  spawnSync("unshare", [
    "--mount",
    "--net",
    "sh",
    "-c",
    "mount -t tmpfs none /opt && mount -t tmpfs none /sys",
  ]).status === 0;
const skip = able ? false : "only root can mount a tmpfs on /opt and /sys";

/** Runs the executable with the steps' files in the file's folder, and with a network of loopback only. */
function runWith(path: string, steps: string, env: Env, image: string, uid?: number) {
  const top = `/${path.split("/")[1]}`;
  const folder = path.replace(/\/[^/]+$/, "");
  const made = `mount -t tmpfs -o mode=755 none ${top} && mkdir -p ${folder} && cd ${folder} && f=${path.slice(folder.length + 1)}`;
  const user = uid === undefined ? "" : `setpriv --reuid=${uid} --regid=${uid} --clear-groups`;
  const script = `umask 022; ${made} && { ${steps}; } && exec ${user} "$0"`;
  const net = path.startsWith(DMI) ? ["--net"] : [];
  return run({
    command: ["unshare", "--mount", ...net, "sh", "-c", script, EXECUTABLE],
    env: { ...env, PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    stdin: requestFor(image),
  });
}

describe("a file of DMI", { skip, concurrency: 4 }, () => {
  for (const on of CLOUDS) {
    const path = `${DMI}/sys_vendor`;
    const image = IMAGES[on];
    const withCloud = async (use: (env: Env) => Promise<void>) => {
      const cloud = await startCloud();
      try {
        const own = Object.entries(cloud.env(on)).filter(([name]) => !ADDRESSES.includes(name));
        await use(Object.fromEntries(own));
        assert.deepEqual(cloud.requests, []);
      } finally {
        await cloud.stop();
      }
    };
    for (const { name, steps, refused, uid } of listFaults(path))
      test(`that is ${name} is an error for ${image}`, () =>
        withCloud(async (env) => {
          const { status, stdout, stderr } = await runWith(path, steps, env, image, uid);
          assert.deepEqual([status, stdout], [1, ""], stderr);
          assert.ok(stderr.includes(`cannot read a file: ${refused}`), stderr);
          assert.match(
            stderr,
            /set REGISTRY_CREDENTIAL_PROVIDER_PLATFORM to one of aws, google, azure, none \[code file-unreadable,/,
          );
        }));
    test(`that is missing is no error for ${image}: the metadata service is requested`, () =>
      withCloud(async (env) => {
        const { stderr } = await runWith(path, ":", env, image);
        assert.match(
          stderr,
          /ENETUNREACH \(request: \w+ http:\/\/169\.254\.169\.254\/.*\[code metadata-refused,/,
        );
      }));
    test(`that names another machine is no error for ${image}`, () =>
      withCloud(async (env) => {
        const { stderr } = await runWith(path, "echo 'Dell Inc.' > $f", env, image);
        assert.match(stderr, /\[code platform-without-metadata,/);
      }));
  }
});

describe("the Arc agent's file", { skip, concurrency: 4 }, () => {
  const at = async (steps: string, uid?: number) => {
    const cloud = await startCloud();
    try {
      const ended = await runWith(ARC, steps, cloud.env("azure"), IMAGES.azure, uid);
      return { ...ended, requests: cloud.requests.length };
    } finally {
      await cloud.stop();
    }
  };
  for (const { name, steps, refused, uid } of listFaults(ARC))
    test(`that is ${name} is an error`, async () => {
      const { status, stdout, stderr, requests } = await at(steps, uid);
      assert.deepEqual([status, stdout, requests], [1, "", 0], stderr);
      assert.ok(stderr.includes(`cannot read a file: ${refused}`), stderr);
    });
  test("that is missing leads to the instance's metadata service", async () => {
    const { status, stderr, requests } = await at(":");
    assert.deepEqual([status, stderr, requests > 0], [0, "", true]);
  });
  test("that exists leads only to the agent", async () => {
    const { status, stderr, requests } = await at("echo x > $f");
    assert.deepEqual([status, requests], [1, 0]);
    assert.match(stderr, /http:\/\/127\.0\.0\.1:40342.*\[code metadata-refused,/);
  });
});
