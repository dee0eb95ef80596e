/** config/systemd/: systemd accepts the units, and the program accepts the command that they run. */
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

const readUnit = (name: string): string =>
  readFileSync(new URL(`../config/systemd/${name}`, import.meta.url), "utf8");

/** Parses a unit into `Section.Key` → values (`systemd.syntax(7)`, without continuation lines). */
function parseUnit(name: string): ReadonlyMap<string, readonly string[]> {
  const settings = new Map<string, readonly string[]>();
  let section = "";
  for (const line of readUnit(name).split("\n")) {
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

/** Parses an environment file into name → value. */
function parseVariables(text: string): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(/^(\w+)="(.*)"$/gm)].map(([, name = "", value = ""]) => [name, value]));
}

const service = parseUnit(SERVICE);
const timer = parseUnit(TIMER);

test("the program accepts the command of the service, with the images of the sample", () => {
  const variables = parseVariables(readUnit("warm.env"));
  const [command = "", ...words] = service.get("Service.ExecStart")?.[0]?.split(" ") ?? [];
  const args = words.flatMap((word) =>
    word.startsWith("$") ? (variables.get(word.slice(1)) ?? "?").split(" ").filter(Boolean) : [word],
  );
  assert.match(command, /^\/.*\/registry-credential-provider$/);
  const parsed = parseArguments(args);
  assert.ok(parsed.kind === "command" && parsed.command.name === "cache warm");
  assert.deepEqual(parsed.images, [
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app",
    "public.ecr.aws/nginx/nginx",
  ]);
});

test("the variables of the sample do not affect the identity", () => {
  for (const name of parseVariables(readUnit("warm.env")).keys())
    assert.equal(name in ENVIRONMENT, false, name);
});

test("the service has no setting that would hide its logins from the kubelet's runs", () => {
  const forbidden = [
    "User",
    "DynamicUser",
    "RuntimeDirectory",
    "ProcSubset",
    "PrivateUsers",
    "MemoryDenyWriteExecute",
  ];
  for (const key of forbidden) assert.equal(service.has(`Service.${key}`), false, key);
  assert.deepEqual(service.get("Service.Type"), ["oneshot"]);
  assert.equal(service.has("Unit.Before"), false);
});

test("the timer runs in the last fifth of a login of one hour, before its last 2 minutes", () => {
  const units = { s: SECOND, min: MINUTE };
  const time = (key: string) => {
    const [, count = "", unit = ""] = /^(\d+)(s|min)$/.exec(timer.get(`Timer.${key}`)?.[0] ?? "") ?? [];
    return Number(count) * (unit === "min" ? units.min : units.s);
  };
  const longest = time("OnUnitActiveSec") + time("RandomizedDelaySec") + time("AccuracySec") + MINUTE;
  assert.ok(longest > 0 && longest <= 10 * MINUTE, `${longest}`);
});

const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0;
test("systemd-analyze verify reports no error", {
  skip: hasSystemd ? false : "systemd-analyze is missing",
}, () => {
  const folder = mkdtempSync(join(tmpdir(), "units-"));
  try {
    // The executable is not installed on this machine.
    const unit = readUnit(SERVICE).replace(/^ExecStart=\S+/m, "ExecStart=/bin/true");
    writeFileSync(join(folder, SERVICE), unit);
    writeFileSync(join(folder, TIMER), readUnit(TIMER));
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
