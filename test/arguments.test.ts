import assert from "node:assert/strict";
import { test } from "node:test";
import { parseArguments } from "../src/cli/arguments.ts";
import { COMMANDS } from "../src/cli/commands.ts";
import type { ErrorCode } from "../src/errors/provider-error.ts";
import { thrown } from "./support/world.ts";

const CLUSTER = "https://container.googleapis.com/v1/projects/shop-1/locations/europe-west1/clusters/shop";

/** Arguments from published kubelet configurations for the upstream providers. */
const ACCEPTED: readonly (readonly [argv: readonly string[], azureConfigPath?: string])[] = [
  [[]],
  [["get-credentials"]],
  [["get-credentials", "--v=3"]],
  [["get-credentials", "--v", "3"]],
  [["--v=5", "get-credentials"]],
  [["-v=2"]],
  [["-v2"]],
  [["-v", "2", "get-credentials"]],
  [["--logtostderr"]],
  [["--logtostderr=true", "--alsologtostderr=false"]],
  [["get-credentials", "--stderrthreshold=2", "--vmodule=aws=9"]],
  [["--authFlow=gcr"]],
  [["get-credentials", "--authFlow=gcr", "--v=3"]],
  [["get-credentials", "--authFlow", "gcr"]],
  [["-a", "gcr"]],
  [["-a=gcr"]],
  [["/etc/kubernetes/azure.json"], "/etc/kubernetes/azure.json"],
  [["/a_b/azure+1@x~.yaml"], "/a_b/azure+1@x~.yaml"],
  [["--v=3", "/etc/kubernetes/azure.json"], "/etc/kubernetes/azure.json"],
  [["/etc/kubernetes/azure.json", "--v=3"], "/etc/kubernetes/azure.json"],
  [["-v", "3", "/etc/kubernetes/azure.json"], "/etc/kubernetes/azure.json"],
  [["C:\\k\\azure.json"], "C:\\k\\azure.json"],
];
for (const [argv, azureConfigPath] of ACCEPTED)
  test(`accepts the arguments ${JSON.stringify(argv)}`, () => {
    const command = parseArguments(argv);
    assert.deepEqual(command, {
      kind: "provide",
      options: { azureConfigPath, configPath: undefined, gke: undefined },
    });
  });

test("reads the configuration file and GKE's pool from arguments", () => {
  const argv = [
    "get-credentials",
    "--config",
    "/etc/x.yaml",
    `--identity-provider=${CLUSTER}`,
    "--project-id",
    "shop-1",
  ];
  assert.deepEqual(parseArguments(argv), {
    kind: "provide",
    options: {
      azureConfigPath: undefined,
      configPath: "/etc/x.yaml",
      gke: { identityProvider: CLUSTER, projectId: "shop-1" },
    },
  });
});

for (const argv of [["--help"], ["-h"], ["cache", "--help"], ["cache", "list", "--nonsense", "-h"]])
  test(`${argv.join(" ")} prints the help`, () => {
    assert.deepEqual(parseArguments(argv), { kind: "help" });
  });

test("--version prints the version", () => {
  assert.deepEqual(parseArguments(["--version"]), { kind: "version" });
});

const CACHE_COMMANDS: readonly (readonly [
  argv: readonly string[],
  action: string,
  images?: readonly string[],
  options?: object,
])[] = [
  [["cache", "list"], "list"],
  [["cache", "clear", "--v=3"], "clear"],
  [["cache", "warm", "a.example/x"], "warm", ["a.example/x"]],
  [["cache", "warm", "a.example/x.json", "nginx", "C:\\x"], "warm", ["a.example/x.json", "nginx", "C:\\x"]],
  [["--config", "/c.yaml", "cache", "list"], "list", [], { configPath: "/c.yaml" }],
  [["cache", "--config=/c.yaml", "list"], "list", [], { configPath: "/c.yaml" }],
  [
    ["get-credentials", "/azure.json", "cache", "warm", "a.azurecr.io/x"],
    "warm",
    ["a.azurecr.io/x"],
    { azureConfigPath: "/azure.json" },
  ],
  [
    ["cache", "warm", "a.example/x", "/azure.json", "b.example/x"],
    "warm",
    ["a.example/x", "b.example/x"],
    { azureConfigPath: "/azure.json" },
  ],
  [
    ["cache", "warm", "gcr.io/x", "--project-id=shop-1", `--identity-provider=${CLUSTER}`],
    "warm",
    ["gcr.io/x"],
    { gke: { identityProvider: CLUSTER, projectId: "shop-1" } },
  ],
];
for (const [argv, action, images = [], options = {}] of CACHE_COMMANDS)
  test(`parses the cache command ${JSON.stringify(argv)}`, () => {
    const none = { azureConfigPath: undefined, configPath: undefined, gke: undefined };
    assert.deepEqual(parseArguments(argv), {
      kind: "command",
      command: COMMANDS.find(({ name }) => name === `cache ${action}`),
      images,
      options: { ...none, ...options },
    });
  });

test("cache warm --help prints the help", () => {
  assert.deepEqual(parseArguments(["cache", "warm", "--help"]), { kind: "help" });
});

const REFUSED: readonly (readonly [argv: readonly string[], code: ErrorCode, says: RegExp])[] = [
  [["--nonsense"], "argument-unknown", /: "--nonsense"$/],
  [["--dry-run"], "argument-unknown", /: "--dry-run"$/],
  [["-x"], "argument-unknown", /"-x"/],
  [["get-credentials", "--help"], "argument-invalid", /: --help is not the only argument$/],
  [["--v=2", "-h"], "argument-invalid", /: -h is not the only argument$/],
  [["/azure.json", "--version"], "argument-invalid", /: --version is not the only argument$/],
  [["--version", "--help"], "argument-invalid", /: --version is not the only argument$/],
  [
    ["azure.json"],
    "argument-invalid",
    /: the path of azure.json is not an absolute path of plain characters/,
  ],
  [["./azure.yaml"], "argument-invalid", /is not an absolute path of plain characters \(value not shown\)$/],
  [
    ["/etc/azure json"],
    "argument-invalid",
    /is not an absolute path of plain characters \(value not shown\)$/,
  ],
  [["config=/c.yaml"], "argument-unknown", /: "config"; the nearest known one is --config$/],
  [["\u2014config=/c.yaml"], "argument-unknown", /: "config"; the nearest known one is --config$/],
  [["v=2"], "argument-unknown", /: "v"; the nearest known one is --v$/],
  [["cache", "warm", "a.example/x", "config=/c.yaml"], "argument-unknown", /nearest known one is --config$/],
  [["cache", "warm", "a.example/x", "/c d.yaml"], "argument-invalid", /is not an absolute path of plain/],
  [["-h=1"], "argument-invalid", /-h takes no value$/],
  [["--help=1"], "argument-invalid", /--help takes no value$/],
  [["--version=1"], "argument-invalid", /--version takes no value$/],
  [
    ["--config /etc/x.yaml"],
    "argument-invalid",
    /: --config and its value are one entry of args \(value not shown\)$/,
  ],
  [["-a gcr"], "argument-invalid", /: -a and its value are one entry of args \(value not shown\)$/],
  [
    ["--project-id shop=1"],
    "argument-invalid",
    /: --project-id and its value are one entry of args \(value not shown\)$/,
  ],
  [["--config=/a.yaml", "--config", "/a.yaml"], "argument-invalid", /--config is set twice$/],
  [["--verison"], "argument-unknown", /nearest known one is --version/],
  [["--authflow=gcr"], "argument-unknown", /nearest known one is --authFlow/],
  [["get-credential"], "argument-unknown", /nearest known one is get-credentials/],
  [["--"], "argument-unknown", /: \(value not shown\)$/],
  [[""], "argument-unknown", /: \(value not shown\)$/],
  [["--dry-run=hunter2"], "argument-unknown", /: "--dry-run"$/],
  [["--hunter2"], "argument-unknown", /: \(value not shown\)$/],
  [["--config=x.yaml"], "argument-invalid", /: --config is not an absolute path \(value not shown\)$/],
  [["--config"], "argument-invalid", /--config has no value: nothing follows it$/],
  [["--config="], "argument-invalid", /--config has an empty value$/],
  [["--config", "--foo"], "argument-invalid", /--config has no value: a flag follows it$/],
  [["-v", "--config=/etc/x.yaml"], "argument-invalid", /-v has no value: a flag follows it$/],
  [["--project-id", "-v"], "argument-invalid", /--project-id has no value: a flag follows it$/],
  [["-v", "two"], "argument-invalid", /-v requires a number$/],
  [["--logtostderr=maybe"], "argument-invalid", /--logtostderr requires true or false$/],
  [["--authFlow=gcr", "-a=gcr"], "argument-invalid", /: -a is set twice$/],
  [["--confg=/etc/x.yaml"], "argument-unknown", /nearest known one is --config/],
  [["--a\nb\u001b[31m"], "argument-unknown", /: \(value not shown\)$/],
  [
    ["--identity-provider=x"],
    "argument-invalid",
    /--identity-provider and --project-id must be used together/,
  ],
  [["--project-id", "x"], "argument-invalid", /must be used together/],
  [["--project-id", "x", "--identity-provider=x"], "argument-invalid", /--identity-provider/],
  [["--project-id=A B", `--identity-provider=${CLUSTER}`], "argument-invalid", /--project-id/],
  [
    ["--registry-mirror=mcr.microsoft.com:x.azurecr.io"],
    "argument-unsupported",
    /--registry-mirror \(set mirrors/,
  ],
  [["-r", "a:b"], "argument-unsupported", /-r \(set mirrors/],
  [["--ib-sni-name=x"], "argument-unsupported", /--ib-sni-name/],
  [["--ib-default-client-id=x"], "argument-unsupported", /--ib-default-client-id/],
  [["--ib-default-tenant-id=x"], "argument-unsupported", /--ib-default-tenant-id/],
  [["--ib-apiserver-ip=x"], "argument-unsupported", /--ib-apiserver-ip/],
  [["--authFlow=dockercfg"], "argument-unsupported", /--authFlow=dockercfg/],
  [["--authFlow", "dockercfg-url"], "argument-unsupported", /--authFlow=dockercfg-url/],
  [["--authFlow=other"], "argument-invalid", /: --authFlow \(value not shown\)$/],
  [["--authFlow"], "argument-invalid", /--authFlow has no value: nothing follows it$/],
  [["-a", "GCR"], "argument-invalid", /: --authFlow /],
  [["cahce", "list"], "argument-unknown", /nearest known one is cache$/],
  [["list"], "argument-unknown", /: \(value not shown\)$/],
  [["cache"], "cache-command-incomplete", /no command after cache$/],
  [["cache", "--v=3"], "cache-command-incomplete", /no command after cache$/],
  [["cache", "lst"], "cache-command-incomplete", /: "lst"; the nearest known one is list$/],
  [["cache", "warn", "a.example/x"], "cache-command-incomplete", /: "warn"; the nearest known one is warm$/],
  [["cache", "\u001b[31m"], "cache-command-incomplete", /: \(value not shown\)$/],
  [["cache", "warm"], "cache-command-incomplete", /: cache warm requires an image$/],
  [["cache", "warm", "/azure.json"], "cache-command-incomplete", /: cache warm requires an image$/],
  [["cache", "list", "a.example/x"], "cache-command-incomplete", /: cache list takes no image$/],
  [["cache", "clear", "all"], "cache-command-incomplete", /: cache clear takes no image$/],
  [["cache", "list", "--all"], "argument-unknown", /: "--all"$/],
  [["cache", "list", "/a.json", "/b.json"], "too-many-arguments", /more than one file/],
  [["/a.json", "/b.json"], "too-many-arguments", /more than one file/],
  [["/a.json", "--v=1", "/a.json"], "too-many-arguments", /more than one file/],
];
for (const [argv, code, says] of REFUSED)
  test(`rejects the arguments ${JSON.stringify(argv)}`, () => {
    const error = thrown(() => parseArguments(argv));
    assert.deepEqual([error.code, error.stage], [code, "config"]);
    assert.match(`${error.sentence}: ${error.message}`, says);
  });

/** Values that klog accepts, and values that it rejects. */
const KLOG: readonly (readonly [flag: string, good: readonly string[], bad: readonly string[]])[] = [
  ["-v", ["0", "10"], ["two", "2x", "0x2", "1.5", "", "policy.yaml"]],
  ["--v", ["2"], ["INFO"]],
  ["--stderrthreshold", ["2", "INFO", "warning", "Error"], ["loud", "2x", "/x", ""]],
  ["--vmodule", ["aws=9", "aws*=9,gce=2", "aws=9,"], ["aws", "aws=", "=9", "aws=x", "aws=9;gce=2", ","]],
  ["--log-dir", ["/var/log", "C:\\log"], ["logs", "var/log", ""]],
  ["--log-file", ["/var/log/x.log"], ["x.log"]],
  ["--log_file_max_size", ["1800"], ["1GB", "-1"]],
  ["--log-backtrace-at", ["main.go:12"], ["main.go", "main.go:", ":12", "main.go:x"]],
];
for (const [flag, good, bad] of KLOG)
  test(`${flag} takes a valid value and has no effect`, () => {
    const plain = parseArguments([]);
    for (const value of good) {
      assert.deepEqual(parseArguments([flag, value]), plain, value);
      assert.deepEqual(parseArguments([`${flag}=${value}`]), plain, value);
    }
    for (const value of bad) {
      assert.equal(thrown(() => parseArguments([flag, value])).code, "argument-invalid", value);
      assert.equal(thrown(() => parseArguments([`${flag}=${value}`])).code, "argument-invalid", value);
    }
  });

test("a boolean flag of klog takes the values that Go reads as a boolean", () => {
  for (const value of ["1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"])
    assert.deepEqual(parseArguments([`--logtostderr=${value}`]), parseArguments([]), value);
  for (const value of ["", "2", "yes", "tRUE", "on"])
    assert.equal(thrown(() => parseArguments([`--logtostderr=${value}`])).code, "argument-invalid", value);
});

const HINTS: readonly (readonly [argv: readonly string[], hint: RegExp])[] = [
  [["--config x.yaml"], /^write --config=VALUE, or use two entries/],
  [["--config=x.yaml"], /^use an absolute path/],
  [["-v", "--config=/etc/x.yaml"], /^write -v=VALUE, or use two entries/],
  [["--config=/a", "--config=/b"], /^use one configuration file/],
  [["config=/a"], /^write --config=VALUE: with ASCII hyphens/],
  [["azure.json"], /^use a path such as \/etc\/kubernetes\/azure\.json.* write --config=\/etc\/registry/],
  [["--dry-run"], /^run the program with --help to list the supported arguments$/],
];
for (const [argv, hint] of HINTS)
  test(`gives a hint for the arguments ${JSON.stringify(argv)}`, () => {
    assert.match(thrown(() => parseArguments(argv)).hint, hint);
  });
