/** Runs of the built script evaluate each `import()` of the source, because bundling can break one. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { SECOND } from "../../src/core/time.ts";
import { readSource } from "../architecture/source.ts";
import { startCloud } from "../cloud/cloud.ts";
import { memoryUnavailable, withMemoryFolder } from "../support/memory-folder.ts";
import { ANSWERS } from "../transcripts/answers.ts";
import { AWS_ENDPOINTS } from "../transcripts/aws-endpoints.ts";
import { AWS_IDENTITIES } from "../transcripts/aws-identities.ts";
import { AZURE_CONFIG } from "../transcripts/azure-config.ts";
import { AZURE_IDENTITIES } from "../transcripts/azure-identities.ts";
import { CONFIGURATION } from "../transcripts/configuration.ts";
import { GOOGLE_IDENTITIES } from "../transcripts/google-identities.ts";
import { type Scene, withPlace } from "../transcripts/scene.ts";
import { STATIC_LOGINS } from "../transcripts/static-logins.ts";
import { NODE, requestFor, run, SCRIPT, type Start, UNSUPPORTED_REQUEST } from "./start.ts";

const ASSETS = SCRIPT.replace(/\.cjs$/, ".assets");
/** An `import()` in the output of scripts/build/bundle.mjs. */
const SITE = String.raw`Promise\.resolve\(\)\.then\(\(\)=>(?=[\w$]+\(require\("([^"]+)"\))`;

/** Reports evaluated sites on stderr: `SITE asset number`. */
const PROBE = `
const sea = require("node:sea");
const { getRawAsset } = sea;
sea.getRawAsset = (name) => {
  const asset = getRawAsset(name);
  if (!name.endsWith(".js")) return asset;
  let number = 0;
  const say = () => "Promise.resolve(process._rawDebug('SITE " + name + " " + number++ + "')).then(()=>";
  const source = Buffer.from(asset).latin1Slice().replace(/${SITE}/g, say);
  return new Uint8Array(Buffer.from(source, "latin1")).buffer;
};`;

interface Site {
  /** `asset number` */
  readonly id: string;
  /** The module's name without folder and extension. */
  readonly target: string;
  /** The surrounding text, for messages. */
  readonly text: string;
}

function findSites(asset: string): readonly Site[] {
  const source = readFileSync(join(ASSETS, asset), "latin1");
  return [...source.matchAll(new RegExp(SITE, "g"))].map(({ 1: path = "", index }, number) => ({
    id: `${asset} ${number}`,
    target: path.replace(/^\.\/(.*)-[A-Z0-9]{8}\.mjs$/, "$1"),
    text: source.slice(index - 40, index + 100),
  }));
}

/** The target of each `import()` in the source, with repetitions. */
const targets = readSource()
  .flatMap(({ nodes }) => nodes.map((node) => node.getText()))
  .flatMap((text) => /^import\("([^"]+)"\)$/.exec(text)?.[1] ?? [])
  .map((path) => basename(path, ".ts"));
/** Lazy imports of libraries, which are replaced or never evaluated (scripts/build/replaced.mjs). */
const sites = readdirSync(ASSETS)
  .filter((name) => name.endsWith(".js"))
  .flatMap(findSites)
  .filter(({ target }) => targets.includes(target));

/** Together with the runs below, they reach each site. */
const SCENES: readonly (readonly [scenes: readonly Scene[], name: string])[] = [
  [ANSWERS, "a profile's role is assumed with the keys of another profile"],
  [ANSWERS, "a credential_process provides the credentials for ECR"],
  [AWS_ENDPOINTS, "a pod's role and chain for a plain registry are assumed at the STS of that kind"],
  [AWS_ENDPOINTS, "the node's token file for a plain registry is sent to the STS of that kind"],
  [AWS_IDENTITIES, "a Google Cloud node assumes an AWS role"],
  [AWS_IDENTITIES, "an Azure node assumes an AWS role"],
  [AZURE_CONFIG, "azure.json selects the service principal: block YAML with the boolean false"],
  [AZURE_IDENTITIES, "an application logs in with its certificate"],
  [
    AZURE_IDENTITIES,
    "a pod logs in to myregistry.azurecr.stack.example at the sign-in host of the registry's cloud and at no other",
  ],
  [
    CONFIGURATION,
    "all errors of a configuration file are reported at once, each with its place, and without possible secrets",
  ],
  [GOOGLE_IDENTITIES, "an AWS node pulls with a web identity token of its role"],
  [GOOGLE_IDENTITIES, "an AWS node pulls with a request that its role has signed"],
  [
    STATIC_LOGINS,
    "docker's configuration: the longest key that covers the image provides the login, with a port",
  ],
];

const reached = new Set<string>();
let root = "";
let command: readonly [string, ...string[]];
before(async () => {
  root = await mkdtemp(join(tmpdir(), "lazy-"));
  await writeFile(join(root, "probe.cjs"), PROBE);
  command = [...NODE, "--require", join(root, "probe.cjs"), SCRIPT];
});
after(() => rm(root, { recursive: true }));

/** Returns the output without the lines of the probe. */
async function probe(start: Start): Promise<string> {
  const { stdout, stderr } = await run({ command, ...start });
  const said = stdout + stderr;
  for (const [, id = ""] of said.matchAll(/SITE (\S+ \d+)\r?$/gm)) reached.add(id);
  return said.replace(/SITE \S+ \d+\r?\n/g, "");
}

test("the built assets contain each import() of the source", () => {
  assert.ok(targets.length >= 30, `only ${targets.length} were found`);
  assert.deepEqual(sites.map(({ target }) => target).sort(), [...targets].sort());
});

for (const [scenes, name] of SCENES)
  test(`probed: ${name}`, async () => {
    const scene = scenes.find((one) => one.name === name);
    assert.ok(scene, "the scene no longer exists: choose another one that reaches the same import()");
    await withPlace(scene, (_place, { args, env, stdin }) =>
      probe({ args, env: { REGISTRY_CREDENTIAL_PROVIDER_CACHE: "off", ...env }, stdin: String(stdin) }),
    );
  });

test("probed: --help", async () => {
  assert.match(await probe({ args: ["--help"] }), /^Usage: /m);
});

test(
  "probed: a kept configuration, a kept login, and a command of the cache",
  { skip: memoryUnavailable },
  () =>
    withMemoryFolder(async (folder) => {
      const cloud = await startCloud();
      try {
        const env = { ...cloud.env("aws"), REGISTRY_CREDENTIAL_PROVIDER_CACHE: join(folder, "cache") };
        const config = join(folder, "config.yaml");
        await writeFile(config, "apiVersion: registry-credential-provider/v1\nkind: Config\n", {
          mode: 0o600,
        });
        await setTimeout(SECOND + 100); // a younger file's judgement is not kept
        const stdin = requestFor("123456789012.dkr.ecr.us-east-1.amazonaws.com/app");
        assert.match(await probe({ args: [`--config=${config}`], env, stdin }), /"password"/);
        assert.match(await probe({ args: ["cache", "list"], env }), /usable, 1 login/);
        assert.match(
          await probe({ args: ["cache", "warm", "registry.example/app"], env }),
          /registry\.example/,
        );
        assert.match(await probe({ args: ["cache", "clear"], env }), /1 login/);
      } finally {
        await cloud.stop();
      }
    }),
);

test("probed: a character device on stdin that is not a terminal", async () => {
  const device = await open("/dev/null");
  try {
    assert.match(await probe({ stdin: device.fd }), /\[code request-not-json,/);
  } finally {
    await device.close();
  }
});

const hasTerminal = spawnSync("script", ["--version"]).error === undefined;
test("probed: a terminal on stdin", { skip: hasTerminal ? false : "no script(1) here" }, async () => {
  const line = command.map((word) => `'${word}'`).join(" ");
  const said = await probe({ command: ["script", "-qec", line, "/dev/null"], stdin: UNSUPPORTED_REQUEST });
  assert.match(said, /is run by the kubelet: it reads a request on stdin/);
});

test("each import() of the source was evaluated by one of these runs", {
  skip: memoryUnavailable || (hasTerminal ? false : "no script(1) here"),
}, () => {
  const missed = sites.filter(({ id }) => !reached.has(id));
  assert.deepEqual(
    missed.map(({ target, text }) => `${target}: …${text}…`),
    [],
    "add a run of the executable that reaches it",
  );
});
