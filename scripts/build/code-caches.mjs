import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { startCloud } from "../../test/cloud/cloud.ts";
import { configurationOf } from "../bench/configuration.ts";

const PRELOAD = join(import.meta.dirname, "keep-code-caches.cjs");

/** What one run compiles of an asset is added to what those before it have compiled. */
const RUNS = [
  ["aws", "123456789012.dkr.ecr.us-east-1.amazonaws.com/app"],
  ["aws", "public.ecr.aws/team/app"],
  ["google", "europe-west1-docker.pkg.dev/p/r/app"],
  ["azure", "myregistry.azurecr.io/app"],
];
const FOREIGN = "docker.io/library/busybox";
/** One of each kind. */
const RULES = 4;
/** Milliseconds after which the program believes that a configuration file stays as it is (src/config/load.ts). */
const SETTLED = 1100;

/**
 * Writes a code cache beside each asset that these runs read. It is made at the end of real logins at the fake clouds, by
 * the Node and under the options that will read it, and so has the functions that a login calls and no others: a cache
 * of all of them costs more to read than it spares.
 */
export async function makeCodeCaches(script, node, options) {
  const directory = mkdtempSync(join(tmpdir(), "code-caches-"));
  const config = join(directory, "config.yaml");
  writeFileSync(config, configurationOf(RULES), { mode: 0o600 });
  const cloud = await startCloud();
  const command = [node, ...options, "--require", PRELOAD, script];
  const kept = { REGISTRY_CREDENTIAL_PROVIDER_CACHE: join(directory, "kept") };
  try {
    const login = ([name, image]) => run(command, { ...cloud.env(name), ...kept }, image, directory);
    for (const one of RUNS) await login(one);
    // What every run reads has only what most runs call: they are for nobody's images and for kept logins.
    rmSync(join(script.replace(/\.cjs$/, ".assets"), "main.cache"));
    for (const one of RUNS) await login(one);
    await run(command, kept, FOREIGN, directory);
    await setTimeout(SETTLED);
    for (const env of [kept, kept]) await run([...command, `--config=${config}`], env, FOREIGN, directory);
  } finally {
    await cloud.stop();
    rmSync(directory, { recursive: true });
  }
}

/** The request is there whole, as the kubelet's is: what waits for it would be compiled on one build and not on the next. */
async function run([program, ...args], env, image, directory) {
  const path = join(directory, "request.json");
  const apiVersion = "credentialprovider.kubelet.k8s.io/v1";
  writeFileSync(path, JSON.stringify({ kind: "CredentialProviderRequest", apiVersion, image }));
  const stdin = openSync(path, "r");
  const child = spawn(program, args, { env, stdio: [stdin, "ignore", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  const status = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  closeSync(stdin);
  if (status !== 0) throw new Error(`the run for ${image} ended with ${status}: ${stderr}`);
}
