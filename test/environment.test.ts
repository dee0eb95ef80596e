import assert from "node:assert/strict";
import { test } from "node:test";
import { ENVIRONMENT_MEANINGS } from "../scripts/generate/environment-meanings.ts";
import { renderHelp } from "../src/cli/usage.ts";
import { ENVIRONMENT } from "../src/core/environment.ts";

test("every variable that is honoured is named by --help and says what it is for", () => {
  for (const [name, meaning] of Object.entries(ENVIRONMENT_MEANINGS)) {
    assert.match(name, /^[A-Za-z][A-Za-z0-9_]*$/);
    assert.ok(renderHelp().includes(name), name);
    assert.notEqual(meaning, "", name);
    assert.doesNotMatch(meaning, /\.$|\|/, `${name}: no full stop, no bar in a table`);
  }
  assert.deepEqual(Object.keys(ENVIRONMENT_MEANINGS), Object.keys(ENVIRONMENT));
});

test("no variable is honoured that makes Node.js itself do something else but trust authorities", () => {
  const ofNode = Object.keys(ENVIRONMENT).filter((name) => name.startsWith("NODE_"));
  assert.deepEqual(ofNode, ["NODE_EXTRA_CA_CERTS"]);
});
