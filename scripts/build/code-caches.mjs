import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

const PRELOAD = join(import.meta.dirname, "record-code-caches.cjs");

/** Age in milliseconds from which the program caches what it read from a configuration file (src/config/load.ts). */
const CACHEABLE_AGE = 1100;

/**
 * Writes a code cache beside each asset that the given runs read. A code cache is made at the end of real runs, by the
 * Node.js and with the options that will read it. It contains the functions that these runs call and no others: a cache
 * of all functions takes longer to read than it saves.
 *
 * @param runs where the runs come from; the build itself knows no registry and no fake cloud:
 *   `logins`, a list of `{ env, args, request }` that must succeed; `unsupportedImage`, an image of an unsupported registry;
 *   `config`, the text of a configuration file
 */
export async function makeCodeCaches(script, node, options, { logins, unsupportedImage, config }) {
  const directory = mkdtempSync(join(tmpdir(), "code-caches-"));
  const configFile = join(directory, "config.yaml");
  writeFileSync(configFile, config, { mode: 0o600 });
  const command = [node, ...options, "--require", PRELOAD, script];
  const cacheEnv = { REGISTRY_CREDENTIAL_PROVIDER_CACHE: join(directory, "cache") };
  const login = ({ env, args, request }) =>
    run([...command, ...args], { ...env, ...cacheEnv }, request, directory);
  const unsupported = { image: unsupportedImage };
  try {
    for (const one of logins) await login(one);
    // The cache of `main` gets only the functions that most runs call: those for unsupported images and cached logins.
    rmSync(join(script.replace(/\.cjs$/, ".assets"), "main.cache"));
    for (const one of logins) await login(one);
    await run(command, cacheEnv, unsupported, directory);
    await setTimeout(CACHEABLE_AGE);
    // The first run parses the configuration and caches the result, the second run reads that cache.
    for (let count = 0; count < 2; count += 1)
      await run([...command, `--config=${configFile}`], cacheEnv, unsupported, directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/**
 * Runs the script with a request. The request is a file, so that it is complete when the run starts: code that waits for
 * more input would be compiled in one build and not in the next.
 */
async function run([program, ...args], env, request, directory) {
  const path = join(directory, "request.json");
  const apiVersion = "credentialprovider.kubelet.k8s.io/v1";
  writeFileSync(path, JSON.stringify({ kind: "CredentialProviderRequest", apiVersion, ...request }));
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
  if (status !== 0) throw new Error(`the run for ${request.image} exited with status ${status}: ${stderr}`);
}
