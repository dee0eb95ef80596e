import assert from "node:assert/strict";
import { test } from "node:test";
import { lastWords } from "../../src/last-words.ts";
import { failure } from "../support/world.ts";
import { faultsOf, HEAD, read } from "./faulty-texts.ts";

const RULES = `rules:
  - match: ["a.azurecr.io/team", "*.azurecr.io"]
    azure: { clientId: 00000000-0000-0000-0000-000000000000 }
mirrors:
  - source: docker.io/team
    registry: a.azurecr.io/hub
`;
const MEANING = {
  rules: [
    {
      name: "rules[0]",
      patterns: [
        { text: "a.azurecr.io/team", labels: ["a", "azurecr", "io"], port: "", path: ["team"] },
        { text: "*.azurecr.io", labels: ["*", "azurecr", "io"], port: "", path: [] },
      ],
      rule: {
        match: ["a.azurecr.io/team", "*.azurecr.io"],
        azure: { clientId: "00000000-0000-0000-0000-000000000000" },
      },
    },
  ],
  mirrors: [
    {
      source: { text: "docker.io/team", labels: ["docker", "io"], port: "", path: ["team"] },
      path: ["hub"],
    },
  ],
};
const AS_JSON = JSON.stringify(
  {
    apiVersion: "registry-credential-provider/v1",
    kind: "Config",
    rules: MEANING.rules.map(({ rule }) => rule),
    mirrors: [{ source: "docker.io/team", registry: "a.azurecr.io/hub" }],
  },
  null,
  "\t",
);

for (const [name, text] of [
  ["plain YAML", HEAD + RULES],
  ["YAML on several lines", HEAD + RULES.replace("docker.io/team", ">-\n      docker.io/team")],
  ["YAML with line ends of Windows", (HEAD + RULES).replaceAll("\n", "\r\n")],
  ["JSON", AS_JSON],
  ["JSON with escapes", AS_JSON.replaceAll("azurecr", "\\u0061zurecr")],
] as const) {
  test(`${name} means the rules and mirrors that it says`, async () => {
    const { rules, mirrors } = await read(text);
    assert.deepEqual(rules, MEANING.rules);
    assert.deepEqual(
      mirrors.map(({ registry, ...rest }) => [registry.name, rest]),
      MEANING.mirrors.map((rest) => ["a.azurecr.io", rest]),
    );
  });
}

test("a fault in JSON has its place", async () => {
  assert.deepEqual(await faultsOf(AS_JSON.replace('"azure"', '"azur"')), [
    '10:4: rules[0].azur: no such key; the nearest known one is "azure"',
  ]);
});

test("of a key that is there twice in JSON none is taken", async () => {
  const text = AS_JSON.replace('"source":', '"source": "quay.io",\n"source":');
  assert.deepEqual(await faultsOf(text), ["18:1: the key is there twice"]);
});

for (const [name, text] of [
  ["no text", ""],
  ["a comment", "# nothing\n"],
  ["nothing but blanks", " \n\n"],
] as const) {
  test(`${name} is no configuration`, async () => {
    assert.deepEqual(await faultsOf(text), ["1:1: null is not a mapping"]);
  });
}

test("a text that is no YAML at all shows nothing of itself", async () => {
  const faults = await faultsOf("{{{{ hunter2 ]]]] : : 'hunter2\n\thunter2: \"hunter2");
  assert.ok(faults.length > 0);
  assert.equal(faults.join().includes("hunter2"), false);
});

test("brackets a hundred thousand deep are a fault", async () => {
  assert.match(String(await faultsOf("[".repeat(100_000))), /brackets or indentation go too deep/);
});

test("another version is a fault, and so is another kind", async () => {
  assert.deepEqual(await faultsOf("apiVersion: v2\nkind: CredentialProviderConfig\n"), [
    '1:13: apiVersion: "v2" is not "registry-credential-provider/v1"',
    '2:7: kind: "CredentialProviderConfig" is not "Config"',
  ]);
});

test("of hundreds of faults as many are told as the line has room for, and how many there are more", async () => {
  const rules = Array.from({ length: 300 }, (_, index) => `  - match: ["ghcr.io/team-${index}"]\n`);
  const error = await failure(read(`${HEAD}rules:\n${rules.join("")}`));
  const line = lastWords(error, undefined);
  assert.ok(line.length <= 4096);
  const [, more = ""] = /; and (\d+) more\. To mend: /.exec(line) ?? [];
  const told = line.match(/\/etc\/c\.yaml:\d+:\d+: /g) ?? [];
  assert.equal(told.length + Number(more), 300);
  assert.ok(told.length >= 15, `${told.length} are told`);
});
