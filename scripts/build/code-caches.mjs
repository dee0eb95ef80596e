import { spawn } from "node:child_process";
import { join } from "node:path";
import { startCloud } from "../../test/cloud/cloud.ts";

const PRELOAD = join(import.meta.dirname, "keep-code-caches.cjs");

/** A login each: what one compiles of an asset is added to what those before it have compiled. */
const LOGINS = [
  ["aws", "123456789012.dkr.ecr.us-east-1.amazonaws.com/app"],
  ["aws", "public.ecr.aws/team/app"],
  ["google", "europe-west1-docker.pkg.dev/p/r/app"],
  ["azure", "myregistry.azurecr.io/app"],
];

/**
 * Writes a code cache beside each asset that a login reads. It is made at the end of logins at the fake clouds, by the
 * Node and under the options that will read it, and so has the functions that a login calls and no others: a cache of
 * all of them costs more to read than it spares.
 */
export async function makeCodeCaches(script, node, options) {
  const cloud = await startCloud();
  try {
    for (const [name, image] of LOGINS)
      await logIn([node, ...options, "--require", PRELOAD, script], cloud.env(name), image);
  } finally {
    await cloud.stop();
  }
}

function logIn([program, ...args], env, image) {
  const request = {
    kind: "CredentialProviderRequest",
    apiVersion: "credentialprovider.kubelet.k8s.io/v1",
    image,
  };
  const child = spawn(program, args, { env, stdio: ["pipe", "ignore", "inherit"] });
  child.stdin.end(JSON.stringify(request));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) =>
      status === 0 ? resolve() : reject(new Error(`the login for ${image} ended with ${status}`)),
    );
  });
}
