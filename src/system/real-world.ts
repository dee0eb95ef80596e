import { closeSync, constants, fstatSync, openSync, writeFileSync } from "node:fs";
import { Secret } from "../core/secret.ts";
import { RUN_TIMEOUT } from "../core/time.ts";
import type { Environment, Log, World } from "../core/world.ts";
import type { TrustList } from "../egress/trust-list.ts";
import { isSystemError } from "../errors/provider-error.ts";
import { cacheUnusable, withPathInErrors } from "./cache-errors.ts";
import { openExistingStore, openStore } from "./cache-store.ts";
import { elapsed } from "./clock.ts";
import { fingerprintFile, hasFile, readFile, readUpTo } from "./files.ts";
import { realMachine } from "./machine.ts";

/** All environment variables. The configuration file may name any of them, and some hold secrets. */
export type Variables = ReadonlyMap<string, string>;

/**
 * Creates the World of a real run.
 *
 * perf: the modules for sockets and child processes are loaded at their first use.
 */
export function createRealWorld(env: Environment, variables: Variables, log: Log): World {
  let trust: Promise<TrustList> | undefined;
  return {
    ...log,
    env,
    now: Date.now,
    elapsed,
    deadline: RUN_TIMEOUT,
    random: Math.random,
    randomKey,
    sleep: (time) => new Promise((resolve) => setTimeout(resolve, time)),
    readFile,
    hasFile,
    fingerprintFile,
    openStore: (directory) => openStore(directory, realMachine.user),
    openExistingStore: (directory) => openExistingStore(directory, realMachine.user),
    machine: realMachine,
    readSecretVariable: (name) => {
      const value = variables.get(name);
      return value === undefined ? undefined : new Secret(value);
    },
    exchange: async (request) => {
      const { readTrustList } = await import("../egress/trust-list.ts");
      trust ??= readTrustList(env, readFile);
      const trusted = await trust;
      const { exchange } = await import("../egress/transport.ts");
      return exchange(request, trusted);
    },
    run: async (argv, timeout) => {
      const { runProgram } = await import("./subprocess.ts");
      return runProgram(argv, timeout, variables);
    },
  };
}

const RANDOM_DEVICE = "/dev/urandom";
/** Major number 1, minor number 9 (`random(4)`). Another device in its place could give a predictable key. */
const RANDOM_DEVICE_NUMBER = 0x109;
/** Bytes. */
const KEY_LENGTH = 32;

/** Reads a key from the device. perf: loading `node:crypto` takes a fifth of a bare start. Throws `cache-unusable`. */
function randomKey(): string {
  return withPathInErrors(RANDOM_DEVICE, () => {
    const descriptor = openSync(RANDOM_DEVICE, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const bytes =
        fstatSync(descriptor).rdev === RANDOM_DEVICE_NUMBER ? readUpTo(descriptor, KEY_LENGTH) : undefined;
      if (bytes?.length === KEY_LENGTH) return bytes.toString("hex");
    } finally {
      closeSync(descriptor);
    }
    throw cacheUnusable("it is not the kernel's random device");
  });
}

/** Excludes the memory of this process, which holds secrets, from core dumps (`core(5)`), as far as the system supports it. */
export function excludeFromCoreDumps(): void {
  try {
    writeFileSync("/proc/self/coredump_filter", "0");
  } catch (error) {
    // Not Linux, or `/proc` is read-only.
    if (!isSystemError(error)) throw error;
  }
}
