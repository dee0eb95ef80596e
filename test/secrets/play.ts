/** Runs the built script in a fake cloud with a canary in one place, and searches all output and look-ups for the canary. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import type { CloudName } from "../cloud/cloud.ts";
import { NODE, requestFor, SCRIPT } from "../executable/start.ts";
import { type Canary, findSecrets } from "./canary.ts";

export const IMAGES: Readonly<Record<CloudName, string>> = {
  aws: "123456789012.dkr.ecr.us-east-1.amazonaws.com/app",
  google: "europe-west1-docker.pkg.dev/p/r/app",
  azure: "myregistry.azurecr.io/app",
};

export interface Play {
  readonly image: string;
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Whether the value is an address, so that the canary may be in a name that is looked up or connected to. */
  readonly isAddress?: boolean;
}

interface Seen {
  readonly stdout: string;
  readonly stderr: string;
  /** Names that were looked up and addresses that were connected to, by this process or through the proxy. */
  readonly contacts: string;
}

const PROBE = join(import.meta.dirname, "probe.cjs");

/** @returns the text on stderr */
export async function play(
  { image, args = [], env, isAddress = false }: Play,
  canary: Canary,
): Promise<string> {
  const seen = await run(image, args, env);
  assert.deepEqual(findSecrets(seen.stderr, canary), [], `on stderr: ${seen.stderr}`);
  assert.deepEqual(findSecrets(seen.stdout, canary), [], `on stdout: ${seen.stdout}`);
  if (!isAddress) assert.deepEqual(findSecrets(seen.contacts, canary), [], "in a name that was looked up");
  assert.ok(!/\[code internal|\n/.test(seen.stderr), seen.stderr);
  return seen.stderr;
}

function run(image: string, args: readonly string[], env: Play["env"]): Promise<Seen> {
  const [program, ...first] = NODE;
  const child = spawn(program, [...first, "--require", PROBE, SCRIPT, ...args], {
    env,
    cwd: "/",
    stdio: ["pipe", "pipe", "pipe", "pipe"],
  });
  child.stdin?.on("error", () => {});
  child.stdin?.end(requestFor(image));
  const texts = ["", "", "", ""];
  for (const [index, stream] of child.stdio.entries())
    if (index > 0 && stream && "setEncoding" in stream)
      stream.setEncoding("utf8").on("data", (text) => (texts[index] += String(text)));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () =>
      resolve({ stdout: texts[1] ?? "", stderr: texts[2] ?? "", contacts: texts[3] ?? "" }),
    );
  });
}

/** Plays all rows, a few in parallel, and reports each one that shows its canary. */
export async function playAll<T>(
  rows: readonly T[],
  nameOf: (row: T) => string,
  one: (row: T) => Promise<unknown>,
): Promise<void> {
  const left = [...rows];
  const faults: string[] = [];
  const next = async (): Promise<void> => {
    for (let row = left.shift(); row !== undefined; row = left.shift()) {
      const name = nameOf(row);
      await one(row).catch((error: unknown) =>
        faults.push(`${name}: ${error instanceof Error ? error.message : error}`),
      );
    }
  };
  await Promise.all(Array.from({ length: 3 }, next));
  assert.deepEqual(faults, []);
}
