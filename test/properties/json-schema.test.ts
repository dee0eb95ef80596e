/** Compares the project's validator with a JSON Schema implementation: Python's `jsonschema`, if it is installed. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { SCHEMA } from "../../src/config/schema.ts";
import type { Schema } from "../../src/config/validate/schema-types.ts";
import { validate } from "../../src/config/validate/schema-validator.ts";

const CASES = 3000;

/** Reads a schema and values from stdin and prints `true` or `false` for each value. */
const JUDGE = `
import json, sys
from jsonschema import Draft202012Validator
schema, values = json.load(sys.stdin)
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(schema)
print(json.dumps([validator.is_valid(value) for value in values]))
`;
const isThere = spawnSync("python3", ["-c", "from jsonschema import Draft202012Validator"]).status === 0;

/**
 * Values of each kind in the schema, valid and nearly valid. None ends in a line feed, because Python's \`$\` also
 * matches before one.
 */
const TEXTS = [
  "",
  "a",
  "a b",
  " ",
  "é",
  "registry-credential-provider/v1",
  "Config",
  "pod",
  "node",
  "pod-then-node",
  "gcr.io",
  "GCR.io",
  "harbor.corp.example:8443",
  "harbor.corp.example:8443/team/app",
  "harbor.corp.example/a/../b",
  "*.dkr.ecr.*.amazonaws.com",
  "/etc/a",
  "/",
  "etc/a",
  "/etc/\u0000",
  "NAME_1",
  "1NAME",
  "arn:aws:iam::111122223333:role/pull",
  "arn:aws-us-gov:iam::111122223333:role/path/pull",
  "arn:aws:iam::11112222333:role/pull",
  "arn:aws:iam::111122223333:user/pull",
  "https://a.example",
  "https://a.example:8443",
  "https://a.example/",
  "http://a.example",
  "puller@shop.iam.gserviceaccount.com",
  "puller@example.com",
  "00000000-0000-0000-0000-000000000000",
  "00000000-0000-0000-0000-00000000000",
  "example.com/00000000-0000-0000-0000-000000000000",
  "example.com/*",
  "shop/*",
  "Shop/*/*",
  "us-east-1",
  "projects/1/locations/global/workloadIdentityPools/p/providers/k",
  "projects/p/locations/global/workloadIdentityPools/p/providers/k",
  "request",
  "google",
  "aws",
  "aws-signed",
  "azure",
  "file:/run/token",
  "file:token",
  "/subscriptions/a/resourceGroups/b",
  "5m",
  "1h30m",
  "h",
  "5",
  "off",
  "x".repeat(1300),
];

const anything = fc.oneof(
  fc.constantFrom(...TEXTS),
  fc.constantFrom(null, true, 0, 1.5, [], {}, ["a"], { a: "b" }),
);

/** Mostly valid values, and sometimes other ones. */
function arbitraryValues(schema: Schema): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 40, arbitrary: validValues(schema) }, { weight: 1, arbitrary: anything });
}

function validValues(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.type === undefined) return fc.oneof(...schema.anyOf.map(validValues));
  switch (schema.type) {
    case "boolean":
      return fc.boolean();
    case "array":
      return fc.array(arbitraryValues(schema.items), { minLength: 1, maxLength: 4 });
    case "string": {
      const right = TEXTS.filter((text) => validate(schema, text, []));
      return fc.constantFrom(...(right.length > 0 ? right : TEXTS));
    }
    case "object":
      return arbitraryObjects(schema);
  }
}

function arbitraryObjects({
  properties,
  required = [],
}: Extract<Schema, { type: "object" }>): fc.Arbitrary<unknown> {
  const fields = Object.fromEntries(
    Object.entries(properties).map(([key, field]) => [key, arbitraryValues(field)]),
  );
  const whole = fc.record(fields, { requiredKeys: [...required] });
  const strange = fc.record({ ...fields, unknown: anything, toString: anything }, { requiredKeys: [] });
  return fc.oneof({ weight: 30, arbitrary: whole }, { weight: 1, arbitrary: strange });
}

function validateWithPython(values: readonly unknown[]): readonly unknown[] {
  const schema: unknown = JSON.parse(
    readFileSync(new URL("../../config/schema.json", import.meta.url), "utf8"),
  );
  const { stdout, stderr } = spawnSync("python3", ["-c", JUDGE], {
    input: JSON.stringify([schema, values]),
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  assert.equal(stderr, "");
  const judged: unknown = JSON.parse(stdout);
  assert.ok(Array.isArray(judged));
  return judged;
}

test(`both validators agree on ${CASES} configurations`, {
  skip: isThere ? false : "python3 with jsonschema is not installed",
}, () => {
  const values = fc.sample(arbitraryValues(SCHEMA), { numRuns: CASES, seed: 1 });
  const theirs = validateWithPython(values);
  const ours = values.map((value) => validate(SCHEMA, value, []));
  for (const [index, value] of values.entries())
    assert.equal(ours[index], theirs[index], JSON.stringify(value));
  const right = ours.filter((one) => one).length;
  assert.ok(right > CASES / 10 && right < (CASES * 9) / 10, `${right} of ${CASES} are right`);
});

test("both validators agree on each text at each key", {
  skip: isThere ? false : "python3 with jsonschema is not installed",
}, () => {
  const places = findTexts(SCHEMA);
  const values = places.map(({ put }) => TEXTS.map(put));
  const theirs = validateWithPython(values.flat());
  const ours = values.map((some) => some.map((value) => validate(SCHEMA, value, [])));
  for (const [index, value] of values.flat().entries())
    assert.equal(ours.flat()[index], theirs[index], JSON.stringify(value));
  const withoutText = places.filter((_, index) => !ours[index]?.includes(true)).map(({ key }) => key);
  assert.deepEqual(withoutText, ["podIdentity", "optIn", "requireRule"]);
});

/** The place of a text in a configuration. `put` returns the configuration with a text there. */
interface TextPlace {
  readonly key: string;
  readonly put: (text: string) => unknown;
}

function findTexts(schema: Schema, key = ""): readonly TextPlace[] {
  if (schema.type === "array")
    return findTexts(schema.items, key).map((place) => ({ ...place, put: (text) => [place.put(text)] }));
  if (schema.type === undefined) return schema.anyOf.flatMap((one) => findTexts(one, key));
  if (schema.type !== "object") return [{ key, put: (text) => text }];
  const { properties, required = [] } = schema;
  const needed = Object.fromEntries(required.map((name) => [name, buildExample(properties[name])]));
  return Object.entries(properties).flatMap(([name, field]) =>
    findTexts(field, name).map((place) => ({
      ...place,
      put: (text: string) => ({ ...needed, [name]: place.put(text) }),
    })),
  );
}

function buildExample(schema: Schema | undefined): unknown {
  if (schema?.type === "array") return [buildExample(schema.items)];
  return TEXTS.find((text) => schema && validate(schema, text, []));
}
