/** docs/guides/: every command and document in the guides is complete, and every quotation of a configuration is in its file. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";
import { getErrorDefinitions } from "../../src/errors/codes.ts";
import { encodeRaw, type KubeletRequest } from "../kubelet/encode-request.ts";
import { isJsonObject } from "../kubelet/json-strict.ts";
import { listFolders, readFolder } from "./folder.ts";

const ROOT = new URL("../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), "utf8");
const PAGES = [...globSync("docs/guides/*.md", { cwd: ROOT }), "docs/reference/audiences.md"]
  .toSorted()
  .map(read);
const PAGE = PAGES.join("\n");

function blocks(text: string, language: string): readonly string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(
    ([, block = ""]) => block,
  );
}

test("bash accepts every command block of the guides", () => {
  for (const block of blocks(PAGE, "sh")) {
    const { status, stderr } = spawnSync("/bin/bash", ["-n"], { input: block, env: {} });
    assert.equal(status, 0, `${stderr.toString()}\n${block}`);
  }
});

test("each variable of the commands is exported by a guide or is known to be the reader's own", () => {
  const own = ["PATH", "PIPESTATUS", "SERVICE", "VPC", "SUBNET", "SECURITY_GROUP", "ADDRESS", "NETWORK"];
  own.push("HUB_SECRET_ARN");
  const shell = blocks(PAGE, "sh").join("\n");
  const set = [...shell.matchAll(/^export (.*)$/gm)].flatMap(([, line = ""]) =>
    [...line.matchAll(/(?:^|\s)([A-Z_]+)=/g)].map(([, name = ""]) => name),
  );
  for (const [, name = ""] of shell.matchAll(/\$\{?([A-Z_]+)/g))
    assert.ok(set.includes(name) || own.includes(name), `nothing says what ${name} is`);
});

test("the JSON documents that the commands write are valid", () => {
  const texts = [...PAGE.matchAll(/^cat >\w+\.json <<END\n([\s\S]*?)^END$/gm)].map(([, text = ""]) => text);
  assert.ok(texts.length > 8);
  for (const text of texts)
    JSON.parse(text.replace(/\$\((?:[^()]|\([^()]*\))*\)/g, "x").replace(/\$\{?\w+\}?/g, "x"));
});

test("the policies name an effect, an action, and a principal or a resource", () => {
  for (const [, text = ""] of PAGE.matchAll(/^cat >(?:trust|policy)\.json <<END\n([\s\S]*?)^END$/gm)) {
    const policy: unknown = JSON.parse(text);
    const statements = isJsonObject(policy) ? policy["Statement"] : undefined;
    assert.ok(Array.isArray(statements) && statements.every(isJsonObject));
    for (const one of statements)
      assert.ok(one["Effect"] === "Allow" && one["Action"] && (one["Principal"] ?? one["Resource"]), text);
  }
});

test("the shell functions write the requests that a kubelet writes", () => {
  const [functions = ""] = blocks(PAGE, "sh").filter((block) => block.startsWith("send_request()"));
  const run = (call: string) => {
    const input = `${functions}\n${call}`;
    return spawnSync("/bin/bash", [], {
      input,
      env: { PATH: "/usr/bin:/bin", PROVIDER: "cat" },
    }).stdout.toString();
  };
  const asked = { apiVersion: "credentialprovider.kubelet.k8s.io/v1", image: "docker.io/library/nginx" };
  const annotated = {
    ...asked,
    serviceAccountToken: "a.b.c",
    serviceAccountAnnotations: { "x.io/y": "z" },
  };
  const ended = (request: KubeletRequest) => `${encodeRaw(request).trimEnd()}exit 0\n`;
  assert.equal(run("as_node docker.io/library/nginx"), ended(asked));
  assert.equal(run(`as_pod docker.io/library/nginx a.b.c '{"x.io/y":"z"}'`), ended(annotated));
  assert.match(run("as_pod docker.io/library/nginx a.b.c"), /"serviceAccountAnnotations":\{\}\}/);
});

test("the YAML blocks of the guides are valid", () => {
  for (const block of blocks(PAGE, "yaml"))
    for (const { errors } of parseAllDocuments(block)) assert.deepEqual(errors, [], block);
});

for (const name of listFolders()) {
  test(`docs/guides/${name}.md quotes lines of config/scenarios/${name}/config.yaml`, () => {
    const guide = read(`docs/guides/${name}.md`);
    const lines = readFolder(name).config.split("\n").map(plain);
    const quoted = blocks(guide, "yaml").flatMap((block) => block.trimEnd().split("\n").map(plain));
    assert.ok(quoted.length > 0, "it quotes some of it");
    for (const line of quoted) assert.ok(lines.includes(line), line);
  });

  test(`docs/guides/${name}.md has a table of existing error codes`, () => {
    const guide = read(`docs/guides/${name}.md`);
    const table = guide.slice(guide.indexOf("\n| code |"));
    const rows = [...table.matchAll(/^\| (`.*?) \|/gm)].map(([, cell = ""]) => cell);
    assert.ok(rows.length > 0, "it has a table of codes");
    for (const [, code = ""] of rows.join().matchAll(/`([^`]+)`/g))
      assert.ok(code in getErrorDefinitions(), code);
  });
}

/** Removes the dash of a list and the blanks before it. */
const plain = (line: string): string => line.replace(/^[ -]*/, "").trimEnd();
