import assert from "node:assert/strict";
import { test } from "node:test";
import { fullConfig } from "../../src/config/host-config.ts";
import { parseConfig } from "../../src/config/parse.ts";
import { createPolicy } from "../../src/config/parse-rules.ts";
import type { Policy } from "../../src/config/policy.ts";
import { FAMILIES } from "../../src/registries/index.ts";
import { toKnownRegistries } from "../../src/registries/resolve-target.ts";
import { failure } from "../support/world.ts";

/** The text of an invalid configuration without its first two lines, and the expected errors. */
export interface InvalidConfig {
  readonly name: string;
  readonly text: string;
  /** The errors as `LINE:COLUMN: …`, in the order of the text. */
  readonly errors: readonly string[];
}

/** The first two lines of every configuration. */
export const HEAD = "apiVersion: registry-credential-provider/v1\nkind: Config\n";

/** Reads the text of a whole file. */
export async function read(text: string): Promise<Policy> {
  return createPolicy(fullConfig(await parseConfig(text, "/etc/c.yaml", toKnownRegistries(FAMILIES))));
}

export async function findErrors(text: string): Promise<readonly string[]> {
  const error = await failure(read(text));
  assert.equal(error.code, "config-invalid");
  return (error.facts.detail ?? "").split(/(?:^|; )\/etc\/c\.yaml:/).slice(1);
}

export function rejects({ name, text, errors }: InvalidConfig): void {
  test(`rejects ${name}`, async () => {
    assert.deepEqual(await findErrors(`${HEAD}${text}\n`), errors);
  });
}
