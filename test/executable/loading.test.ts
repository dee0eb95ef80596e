import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startCloud } from "../cloud/cloud.ts";
import { EXECUTABLE, NODE, requestFor, run, SCRIPT, UNSUPPORTED_REQUEST } from "./start.ts";

let root = "";
before(async () => {
  root = await mkdtemp(join(tmpdir(), "loading-"));
  await writeFile(
    join(root, "modules.cjs"),
    'process.on("exit", () => require("node:fs").writeSync(2, process.moduleLoadList.join("\\n")));\n',
  );
  await writeFile(join(root, "request.json"), UNSUPPORTED_REQUEST);
  // The loader reports each part that it evaluates.
  const script = await readFile(SCRIPT, "utf8");
  const told = script.replace("parts[name](load", "process._rawDebug('PART ' + name);parts[name](load");
  assert.notEqual(told, script, "the loader in scripts/build/bundle.mjs has changed: adapt this test");
  await writeFile(join(root, "told.cjs"), told);
});
after(() => rm(root, { recursive: true }));

/** The module with Node's `fetch`, which takes half the time of a bare start to load. */
const UNDICI = "internal/deps/undici/undici";

/** Returns the Node.js modules that a run of the script loads. */
async function listLoadedModules(args: readonly string[]): Promise<Set<string>> {
  const command = [...NODE, "--require", join(root, "modules.cjs"), SCRIPT] as const;
  // A file on stdin, because the pipes of spawn are sockets, unlike the kubelet's pipe.
  const request = await open(join(root, "request.json"));
  const { stderr } = await run({ command, args, stdin: request.fd });
  await request.close();
  return new Set(stderr.split("\n").map((line) => line.replace("NativeModule ", "")));
}

const CALLS = [
  { name: "an image of an unsupported registry", args: [] },
  { name: "--version", args: ["--version"] },
  { name: "--help", args: ["--help"] },
];

for (const { name, args } of CALLS) {
  test(`${name} loads no module for connections or processes`, async () => {
    const loaded = await listLoadedModules(args);
    // The loader uses `vm`. budgets.test.ts limits the number of modules.
    const unwanted = ["http", "https", "tls", "dns", "child_process", "worker_threads", "inspector"];
    const found = [...unwanted, UNDICI].filter((module) => loaded.has(module));
    assert.deepEqual(found, []);
  });

  test(`${name} loads neither net nor perf_hooks`, async () => {
    const loaded = await listLoadedModules(args);
    assert.deepEqual(
      ["net", "perf_hooks"].filter((module) => loaded.has(module)),
      [],
    );
  });

  const strace = spawnSync("strace", ["-V"]).error === undefined;
  test(`${name} opens no socket`, { skip: strace ? false : "no strace here" }, async () => {
    const command = ["strace", "-f", "-e", "trace=socket,connect,execve", EXECUTABLE] as const;
    const { stderr } = await run({ command, args, env: { PATH: "/usr/bin:/bin" } });
    assert.deepEqual([...stderr.matchAll(/\b(socket|connect)\(.*/g)].map(String), []);
    assert.equal([...stderr.matchAll(/\bexecve\(/g)].length, 1);
  });
}

/** The part of the bundle at which each cloud's code begins. */
const PARTS = { aws: "ecr-token", google: "access-token", azure: "acr-token" };
const IMAGES: readonly (readonly [cloud: keyof typeof PARTS, image: string])[] = [
  ["aws", "123456789012.dkr.ecr.us-east-1.amazonaws.com/app"],
  ["aws", "public.ecr.aws/team/app"],
  ["google", "europe-west1-docker.pkg.dev/p/r/app"],
  ["azure", "myregistry.azurecr.io/app"],
];

for (const [name, image] of IMAGES) {
  test(`an image of ${image.split("/")[0]} evaluates no other cloud's code`, async () => {
    const cloud = await startCloud();
    try {
      const command = [...NODE, join(root, "told.cjs")] as const;
      const { status, stderr } = await run({ command, env: cloud.env(name), stdin: requestFor(image) });
      assert.equal(status, 0);
      const parts = Object.values(PARTS).filter((part) => stderr.includes(`PART ./${part}-`));
      assert.deepEqual(parts, [PARTS[name]]);
      assert.doesNotMatch(stderr, /^PART \.\/(client-credentials|client-certificate|environment-file)-/m);
    } finally {
      await cloud.stop();
    }
  });
}

for (const [name, image] of IMAGES) {
  test(`a login for ${image.split("/")[0]} does not load Node's fetch`, async () => {
    const cloud = await startCloud();
    try {
      const command = [...NODE, "--require", join(root, "modules.cjs"), SCRIPT] as const;
      const { status, stderr } = await run({ command, env: cloud.env(name), stdin: requestFor(image) });
      assert.equal(status, 0);
      assert.match(stderr, /^NativeModule https$/m);
      assert.equal(stderr.includes(UNDICI), false);
    } finally {
      await cloud.stop();
    }
  });
}

const GKE = "https://container.googleapis.com/v1/projects/shop-1/locations/eu/clusters/c";

/** Returns the stderr of a login of a node, or of a GKE pod with the upstream provider's arguments. */
async function logInAtGoogle(command: readonly [string, ...string[]], as: "node" | "pod"): Promise<string> {
  const pod =
    "principal://iam.googleapis.com/projects/123456/locations/global/workloadIdentityPools/shop-1.svc.id.goog/subject/ns/shop/sa/default";
  const node = "node@shop-1.iam.gserviceaccount.com";
  const cloud = await startCloud({
    cluster: { issuer: GKE },
    google: { clusters: [GKE], pulls: [pod, node] },
  });
  try {
    const request = {
      ...JSON.parse(requestFor("europe-docker.pkg.dev/p/r/app")),
      serviceAccountToken: cloud.serviceAccountToken({ audience: "shop-1.svc.id.goog" }),
      serviceAccountAnnotations: { "iam.gke.io/enable-wi-image-pull": "true" },
    };
    const { status, stderr } = await run({
      command,
      args: [`--identity-provider=${GKE}`, "--project-id=shop-1"],
      env: cloud.env("google"),
      stdin: as === "pod" ? JSON.stringify(request) : requestFor("europe-docker.pkg.dev/p/r/app"),
    });
    assert.equal(status, 0);
    return stderr;
  } finally {
    await cloud.stop();
  }
}

test("a node's login at Google does not evaluate the code for token exchanges; a pod's does", async () => {
  const command = [...NODE, join(root, "told.cjs")] as const;
  assert.doesNotMatch(await logInAtGoogle(command, "node"), /^PART \.\/exchange-/m);
  assert.match(await logInAtGoogle(command, "pod"), /^PART \.\/exchange-/m);
});

test("a pod's login at Google does not load Node's fetch either", async () => {
  const command = [...NODE, "--require", join(root, "modules.cjs"), SCRIPT] as const;
  const loaded = await logInAtGoogle(command, "pod");
  assert.match(loaded, /^NativeModule https$/m);
  assert.equal(loaded.includes(UNDICI), false);
});

test("an image of an unsupported registry evaluates no cloud's code", async () => {
  const { stderr } = await run({ command: [...NODE, join(root, "told.cjs")] });
  assert.match(stderr, /^PART \.\/main\.mjs$/m);
  assert.doesNotMatch(
    stderr,
    /PART \.\/(ecr-token|access-token|acr-token|transport|subprocess|cache-(list|clear|warm))/,
  );
});

test("code generation from strings is disabled", async () => {
  const probe = `
    const ways = [() => eval("1"), () => (0, eval)("1"), () => new Function("return 1")(),
      () => (async () => {}).constructor("return 1")(), () => (function* () {}).constructor("yield 1")(),
      () => (async function* () {}).constructor("yield 1")(), () => (() => {}).constructor("return 1")()];
    for (const way of ways) { let made = true; try { way(); } catch (error) { made = error.name !== "EvalError"; } process._rawDebug(made ? "MADE" : "refused"); }`;
  const script = await readFile(SCRIPT, "utf8");
  const path = join(root, "probe.cjs");
  await writeFile(path, script.replace("const parts=", `${probe}\nconst parts=`));
  const { stderr } = await run({ command: [...NODE, path], args: ["--version"] });
  assert.deepEqual(
    stderr.trim().split("\n"),
    Array.from({ length: 7 }, () => "refused"),
  );
});
