import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Milliseconds } from "../../src/time.ts";
import { execute, type Run } from "../kubelet/execute.ts";

const ROOT = join(import.meta.dirname, "../..");
const BUILT = join(ROOT, "dist/registry-credential-provider");

/** The executable as it is built; where it is not, the sources in the pinned Node.js, so that a test can be written first. */
const COMMAND: readonly [string, ...string[]] = existsSync(BUILT)
  ? [BUILT]
  : [process.execPath, join(ROOT, "src/main.ts")];

export interface Call {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin: string | Uint8Array;
  readonly timeout?: Milliseconds;
}

/** Runs the real executable as the kubelet does, in an environment that holds nothing of this machine's. */
export async function runProvider({ args = [], env = {}, stdin, timeout }: Call): Promise<Run> {
  const [path, ...first] = COMMAND;
  const environment = Object.entries(env).map(([name, value]) => ({ name, value }));
  const run = await execute({
    path,
    args: [...first, ...args],
    hostEnvironment: { PATH: "/usr/bin:/bin", REGISTRY_CREDENTIAL_PROVIDER_CACHE: "off" },
    environment,
    stdin,
    ...(timeout === undefined ? {} : { timeout }),
  });
  return { ...run, argv: [path, ...args] };
}

/** For tests that need another way to start it, such as a closed pipe. */
export const providerCommand = COMMAND;
