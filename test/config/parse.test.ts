import assert from "node:assert/strict";
import { test } from "node:test";
import { redactSecrets } from "../../src/core/secret.ts";
import { formatErrorLine } from "../../src/errors/error-line.ts";
import { failure } from "../support/world.ts";
import { findErrors, HEAD, read } from "./invalid-configs.ts";

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
  test(`reads rules and mirrors from ${name}`, async () => {
    const { rules, mirrors } = await read(text);
    assert.deepEqual(rules, MEANING.rules);
    assert.deepEqual(
      mirrors.map(({ registry, ...rest }) => [registry.name, rest]),
      MEANING.mirrors.map((rest) => ["a.azurecr.io", rest]),
    );
  });
}

test("locates an error in JSON", async () => {
  assert.deepEqual(await findErrors(AS_JSON.replace('"azure"', '"azur"')), [
    '10:4: rules[0].azur: unknown key; the closest known key is "azure"',
  ]);
});

test("rejects a duplicate key in JSON", async () => {
  const text = AS_JSON.replace('"source":', '"source": "quay.io",\n"source":');
  assert.deepEqual(await findErrors(text), ["18:1: mirrors[0].source: duplicate key, first defined at 17:4"]);
});

for (const [name, text] of [
  ["no text", ""],
  ["a comment", "# nothing\n"],
  ["nothing but blanks", " \n\n"],
] as const) {
  test(`rejects a file with ${name}`, async () => {
    assert.deepEqual(await findErrors(text), ["1:1: the file is empty: apiVersion and kind are required"]);
  });
}

test("does not show a text that is not YAML", async () => {
  const errors = await findErrors("{{{{ hunter2 ]]]] : : 'hunter2\n\thunter2: \"hunter2");
  assert.ok(errors.length > 0);
  assert.equal(errors.join().includes("hunter2"), false);
});

test("rejects ten thousand nested brackets", async () => {
  for (const text of [
    "[".repeat(10_000),
    '{"a":'.repeat(9_000),
    `{"a":${"[".repeat(10_000)}${"]".repeat(10_000)}}`,
  ])
    assert.match(String(await findErrors(text)), /nested too deeply/);
});

test("rejects a hundred thousand nested brackets", async () => {
  for (const text of [
    "[".repeat(100_000),
    '{"a":'.repeat(40_000),
    `{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}`,
  ])
    assert.match(
      String(await findErrors(text)),
      /^1:1: the file has more than 30000 keys, values and punctuation marks$/,
    );
});

test("rejects another version and another kind", async () => {
  assert.deepEqual(await findErrors("apiVersion: v2\nkind: ConfigMap\n"), [
    '1:13: apiVersion: the value (not shown) is not "registry-credential-provider/v1"',
    '2:7: kind: "ConfigMap" is not "Config"',
  ]);
});

test("reports one error for the kubelet's file", async () => {
  const text = "apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\nproviders: []\n";
  assert.deepEqual(await findErrors(text), [
    "2:7: kind: this is the kubelet's file (--image-credential-provider-config); the provider's own file has apiVersion registry-credential-provider/v1 and kind Config",
  ]);
});

for (const [name, text, place] of [
  ["at the beginning of YAML", `// rules\n${HEAD}`, "1:1"],
  ["over several lines", `/* rules\n*/\n${HEAD}`, "1:1"],
  ["between JSON's brackets", AS_JSON.replace('"mirrors"', '// hub\n"mirrors"'), "15:2"],
] as const) {
  test(`reports only the location of a JavaScript comment ${name}`, async () => {
    assert.deepEqual(await findErrors(text), [`${place}: comments start with #`]);
  });
}

test("reports as many of hundreds of errors as fit into the line, and counts the others", async () => {
  const rules = Array.from({ length: 300 }, (_, index) => `  - match: ["ghcr.io/team-${index}"]\n`);
  const error = await failure(read(`${HEAD}rules:\n${rules.join("")}`));
  const line = formatErrorLine(error, undefined, redactSecrets);
  assert.ok(line.length <= 4096);
  const [, more = ""] = /; and (\d+) more\. Hint: /.exec(line) ?? [];
  const told = line.match(/\/etc\/c\.yaml:\d+:\d+: /g) ?? [];
  assert.equal(told.length + Number(more), 300);
  assert.ok(told.length >= 15, `${told.length} are told`);
});
