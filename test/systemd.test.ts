/** config/systemd/: units that systemd takes, and that run what the program accepts. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parseArguments } from "../src/cli/arguments.ts";
import { ENVIRONMENT } from "../src/core/environment.ts";
import { MINUTE, SECOND } from "../src/core/time.ts";

const SERVICE = "registry-credential-provider-warm.service";
const TIMER = "registry-credential-provider-warm.timer";

const textOf = (name: string): string =>
  readFileSync(new URL(`../config/systemd/${name}`, import.meta.url), "utf8");

/** `Section.Key` → its values (`systemd.syntax(7)`, without lines that go on). */
function settingsOf(name: string): ReadonlyMap<string, readonly string[]> {
  const settings = new Map<string, readonly string[]>();
  let section = "";
  for (const line of textOf(name).split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const [, title] = /^\[(\w+)\]$/.exec(line) ?? [];
    const [, key, value = ""] = /^(\w+)=(.*)$/.exec(line) ?? [];
    assert.ok(title ?? key, `${name}: ${line}`);
    section = title ?? section;
    const path = `${section}.${key}`;
    if (key !== undefined) settings.set(path, [...(settings.get(path) ?? []), value]);
  }
  return settings;
}

/** Variables of an environment file: name → value. */
function variablesIn(text: string): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(/^(\w+)="(.*)"$/gm)].map(([, name = "", value = ""]) => [name, value]));
}

const service = settingsOf(SERVICE);
const timer = settingsOf(TIMER);

test("what the service runs is a command that is accepted, with the sample's images", () => {
  const variables = variablesIn(textOf("warm.env"));
  const [command = "", ...words] = service.get("Service.ExecStart")?.[0]?.split(" ") ?? [];
  const args = words.flatMap((word) =>
    word.startsWith("$") ? (variables.get(word.slice(1)) ?? "?").split(" ").filter(Boolean) : [word],
  );
  assert.match(command, /^\/.*\/registry-credential-provider$/);
  const parsed = parseArguments(args);
  assert.ok(parsed.kind === "cache" && parsed.action === "warm");
  assert.deepEqual(parsed.images, [
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app",
    "public.ecr.aws/nginx/nginx",
  ]);
});

test("the sample's own variables have no say in whose login it is", () => {
  for (const name of variablesIn(textOf("warm.env")).keys()) assert.equal(name in ENVIRONMENT, false, name);
});

test("the service does nothing under which the kubelet's runs would not find its logins", () => {
  const never = [
    "User",
    "DynamicUser",
    "RuntimeDirectory",
    "ProcSubset",
    "PrivateUsers",
    "MemoryDenyWriteExecute",
  ];
  for (const key of never) assert.equal(service.has(`Service.${key}`), false, key);
  assert.deepEqual(service.get("Service.Type"), ["oneshot"]);
  assert.equal(service.has("Unit.Before"), false);
});

test("the timer comes round in the last fifth of an hour's login, before its last 2 min", () => {
  const units = { s: SECOND, min: MINUTE };
  const time = (key: string) => {
    const [, count = "", unit = ""] = /^(\d+)(s|min)$/.exec(timer.get(`Timer.${key}`)?.[0] ?? "") ?? [];
    return Number(count) * (unit === "min" ? units.min : units.s);
  };
  const longest = time("OnUnitActiveSec") + time("RandomizedDelaySec") + time("AccuracySec") + MINUTE;
  assert.ok(longest > 0 && longest <= 10 * MINUTE, `${longest}`);
});

const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0;
test("systemd finds no fault", { skip: hasSystemd ? false : "no systemd-analyze here" }, () => {
  const folder = mkdtempSync(join(tmpdir(), "units-"));
  try {
    // On this machine, the executable is not installed at its path.
    const here = textOf(SERVICE).replace(/^ExecStart=\S+/m, "ExecStart=/bin/true");
    writeFileSync(join(folder, SERVICE), here);
    writeFileSync(join(folder, TIMER), textOf(TIMER));
    const { status, stdout, stderr } = spawnSync(
      "systemd-analyze",
      ["verify", "--man=no", join(folder, SERVICE), join(folder, TIMER)],
      { encoding: "utf8" },
    );
    assert.deepEqual([status, stdout, stderr], [0, "", ""]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
