import type { Milliseconds } from "../../src/core/time.ts";
import { execute, type Run } from "../kubelet/execute.ts";
import { EXECUTABLE } from "./executable.ts";

export interface Call {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin: string | Uint8Array;
  readonly timeout?: Milliseconds;
}

/** Runs the executable as the kubelet does, in an environment that holds nothing of this machine's. */
export function runProvider({ args = [], env = {}, stdin, timeout }: Call): Promise<Run> {
  return execute({
    path: EXECUTABLE,
    args,
    hostEnvironment: { PATH: "/usr/bin:/bin", REGISTRY_CREDENTIAL_PROVIDER_CACHE: "off" },
    environment: Object.entries(env).map(([name, value]) => ({ name, value })),
    stdin,
    ...(timeout === undefined ? {} : { timeout }),
  });
}
