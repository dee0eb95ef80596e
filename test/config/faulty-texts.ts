import assert from "node:assert/strict";
import { test } from "node:test";
import { fullConfig } from "../../src/config/host-policy.ts";
import { parseConfig } from "../../src/config/parse.ts";
import { createPolicy } from "../../src/config/parse-rules.ts";
import type { Policy } from "../../src/config/policy.ts";
import { FAMILIES } from "../../src/registries/index.ts";
import { toKnownRegistries } from "../../src/registries/resolve-target.ts";
import { failure } from "../support/world.ts";

/** A text below the two lines that every configuration begins with, and all that is wrong with it. */
export interface FaultyText {
  readonly name: string;
  readonly text: string;
  /** `LINE:COLUMN: …`, in the text's order. */
  readonly faults: readonly string[];
}

/** Every configuration begins with it. */
export const HEAD = "apiVersion: registry-credential-provider/v1\nkind: Config\n";

/** The text of a whole file. */
export async function read(text: string): Promise<Policy> {
  return createPolicy(fullConfig(await parseConfig(text, "/etc/c.yaml", toKnownRegistries(FAMILIES))));
}

export async function faultsOf(text: string): Promise<readonly string[]> {
  const error = await failure(read(text));
  assert.equal(error.code, "config-invalid");
  return (error.facts.detail ?? "").split(/(?:^|; )\/etc\/c\.yaml:/).slice(1);
}

export function refuses({ name, text, faults }: FaultyText): void {
  test(`${name} is a fault`, async () => {
    assert.deepEqual(await faultsOf(`${HEAD}${text}\n`), faults);
  });
}
