import type { Environment } from "./world.ts";

/** Where AWS's tools look for a node's shared files (AWS SDKs Reference Guide, "Shared config and credentials files"). */
export function sharedPaths(env: Environment): { readonly config: string; readonly credentials: string } {
  const home = env.HOME || "/nonexistent";
  const inHome = (path: string) => path.replace(/^~(?=\/)/, home);
  return {
    config: inHome(env.AWS_CONFIG_FILE || "~/.aws/config"),
    credentials: inHome(env.AWS_SHARED_CREDENTIALS_FILE || "~/.aws/credentials"),
  };
}
