import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
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
  writeFileSync(config, configurationOf(RULES));
  const cloud = await startCloud();
  const command = [node, ...options, "--require", PRELOAD, script];
  const kept = { REGISTRY_CREDENTIAL_PROVIDER_CACHE: join(directory, "kept") };
  try {
    // Fetched and kept, and then served.
    for (const [name, image] of [...RUNS, ...RUNS]) await run(command, { ...cloud.env(name), ...kept }, image);
    await run(command, {}, FOREIGN);
    await setTimeout(SETTLED);
    for (const env of [kept, kept]) await run([...command, `--config=${config}`], env, FOREIGN);
  } finally {
    await cloud.stop();
    rmSync(directory, { recursive: true });
  }
}

function run([program, ...args], env, image) {
  const apiVersion = "credentialprovider.kubelet.k8s.io/v1";
  const child = spawn(program, args, { env, stdio: ["pipe", "ignore", "inherit"] });
  child.stdin.end(JSON.stringify({ kind: "CredentialProviderRequest", apiVersion, image }));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) =>
      status === 0 ? resolve() : reject(new Error(`the run for ${image} ended with ${status}`)),
    );
  });
}
