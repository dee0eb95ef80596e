import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { read } from "./invalid-configs.ts";

const ROOT = new URL("../../", import.meta.url);

for (const path of ["docs/reference/configuration.md", "README.md"]) {
  const page = readFileSync(new URL(path, ROOT), "utf8");
  const codes = [...page.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, code = ""]) => code);
  const configs = codes.filter((code) => /^kind: Config$/m.test(code));

  test(`${path} has an example configuration`, () => {
    assert.ok(configs.length > 0);
  });

  for (const [index, text] of configs.entries()) {
    test(`${path}: configuration ${index + 1} is valid`, async () => {
      await read(text);
    });
  }
}
