import { readFileSync } from "node:fs";
import { parseArguments } from "../../src/cli/arguments.ts";
import { createPolicyReader, NO_CONFIG_CACHE } from "../../src/config/load.ts";
import { NO_POLICY } from "../../src/config/policy.ts";
import { redactSecrets } from "../../src/core/secret.ts";
import { type Milliseconds, RUN_TIMEOUT } from "../../src/core/time.ts";
import type { Environment, World } from "../../src/core/world.ts";
import { exchange } from "../../src/egress/transport.ts";
import { formatErrorLine } from "../../src/errors/error-line.ts";
import { type ErrorCode, ensureProviderError, getExitStatus } from "../../src/errors/provider-error.ts";
import { provide } from "../../src/provide.ts";
import { SupportedRegistries } from "../../src/registries/index.ts";
import { toKnownRegistries } from "../../src/registries/resolve-target.ts";
import { hasFile, readFile } from "../../src/system/files.ts";
import { realMachine } from "../../src/system/machine.ts";
import type { Run } from "../kubelet/execute.ts";

export interface Case {
  readonly stdin: string;
  readonly args: readonly string[];
  readonly env: Environment;
  readonly caFile: string;
  /** The factor by which the limits of one exchange are shortened. The pauses between attempts take no time. */
  readonly speed: number;
  /** The kind of destination to which the factor applies; default: all. */
  readonly hastyWith: "metadata" | "token";
}

/** A run in this process with the real transport and a virtual clock, described like a run of the executable. */
export interface QuickRun extends Run {
  readonly code: ErrorCode | undefined;
}

export async function runInProcess({ stdin, args, env, caFile, speed, hastyWith }: Case): Promise<QuickRun> {
  const time = new QuickTime();
  const world: World = {
    env: { ...env, REGISTRY_CREDENTIAL_PROVIDER_CACHE: "off" },
    now: Date.now,
    elapsed: () => time.elapsed,
    deadline: RUN_TIMEOUT,
    random: () => 0.95,
    randomKey: () => "",
    fingerprintFile: () => undefined,
    openStore: () => {
      throw new Error("nothing is kept here");
    },
    openExistingStore: () => undefined,
    machine: realMachine,
    sleep: async (pause) => time.skip(pause),
    readFile,
    hasFile,
    readSecretVariable: () => undefined,
    exchange: (request) => {
      const isHasty = (request.url.protocol === "http:") === (hastyWith === "metadata");
      const hurry = isHasty ? speed : 1;
      return time.quicken(hurry, request.timeout, () =>
        exchange(scaleLimits(request, hurry), {
          includesBuiltIn: false,
          certificates: [readFileSync(caFile, "utf8")],
        }),
      );
    },
    run: () => Promise.reject(new Error("no program is run here")),
    setStep: () => {},
    note: () => {},
  };
  const ending = await attempt(stdin, args, world);
  const { status, stdout, stderr, code } = ending;
  return {
    argv: [],
    stdout: Buffer.from(stdout),
    stderr: Buffer.from(stderr),
    status,
    signal: null,
    timedOut: false,
    wall: time.elapsed,
    hasOpenDescendant: false,
    code,
  };
}

/** Does what main.ts does, without the process. */
async function attempt(stdin: string, args: readonly string[], world: World) {
  let host: string | undefined;
  try {
    const command = parseArguments(args);
    const options = command.kind === "provide" ? command.options : {};
    const registries = new SupportedRegistries(world);
    // Never reads the configuration file of the machine that runs the tests.
    const readPolicy =
      options.configPath === undefined
        ? async () => NO_POLICY
        : createPolicyReader(async () => toKnownRegistries(await registries.listFamilies()), NO_CONFIG_CACHE);
    const setting = { options, registries, readPolicy };
    const stdout = await provide(Buffer.from(stdin), setting, world, (found) => {
      host = found;
    });
    return { status: 0, stdout, stderr: "", code: undefined };
  } catch (thrown) {
    const error = ensureProviderError(thrown);
    return {
      status: getExitStatus(error),
      stdout: "",
      stderr: formatErrorLine(error, host, redactSecrets),
      code: error.code,
    };
  }
}

type Request = Parameters<World["exchange"]>[0];

function scaleLimits(request: Request, speed: number): Request {
  if (speed === 1) return request;
  return { ...request, timeout: Math.max(1, request.timeout / speed) };
}

class QuickTime {
  readonly #began = performance.now();
  #skipped: Milliseconds = 0;

  get elapsed(): Milliseconds {
    return performance.now() - this.#began + this.#skipped;
  }

  skip(time: Milliseconds): void {
    this.#skipped += time;
  }

  /** Counts an action as no longer than its limit, even if a busy machine takes longer. */
  async quicken<T>(speed: number, limit: Milliseconds, action: () => Promise<T>): Promise<T> {
    const began = performance.now();
    try {
      return await action();
    } finally {
      this.skip(Math.min((performance.now() - began) * (speed - 1), limit));
    }
  }
}
