import type { World } from "../core/world.ts";

/**
 * Returns the paths of the node's shared files (AWS SDKs Reference Guide, "Shared config and credentials files"). Without HOME,
 * which systemd does not set for services, the home directory comes from the passwd entry, as in the SDKs.
 */
export function resolveSharedConfigPaths({ env, machine }: Pick<World, "env" | "machine">): {
  readonly config: string;
  readonly credentials: string;
} {
  const { AWS_CONFIG_FILE: config = "", AWS_SHARED_CREDENTIALS_FILE: credentials = "" } = env;
  const inHome = (path: string) =>
    path.replace(/^~(?=\/)/, () => env.HOME || machine.home() || "/nonexistent");
  return {
    config: inHome(config || "~/.aws/config"),
    credentials: inHome(credentials || "~/.aws/credentials"),
  };
}
