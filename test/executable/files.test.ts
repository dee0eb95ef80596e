import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, test } from "node:test";
import { type Cloud, startCloud } from "../cloud/cloud.ts";
import { EXECUTABLE, requestFor, run } from "./start.ts";

let cloud: Cloud;
before(async () => {
  cloud = await startCloud();
});
after(() => cloud.stop());

const LOGINS = [
  ["aws", "123456789012.dkr.ecr.us-east-1.amazonaws.com/app"],
  ["aws", "public.ecr.aws/app"],
  ["google", "europe-docker.pkg.dev/p/r/app"],
  ["azure", "myregistry.azurecr.io/app"],
] as const;

/** Files that Node.js and the C library open, and time zone files. */
const SYSTEM_FILES =
  /^\/(proc|sys|dev|lib|usr\/lib|usr\/share\/zoneinfo|etc\/(ld\.so|nsswitch|passwd|localtime|host|resolv|gai))/;
/** The files that a login may look for. */
const ALLOWED_FILES = [
  "/opt/azcmagent/bin/himds",
  "/etc/registry-credential-provider/config.yaml",
  "/nonexistent/.aws/config",
  "/nonexistent/.aws/credentials",
];

const strace = spawnSync("strace", ["-V"]).error === undefined;
for (const [name, image] of LOGINS) {
  const skip = strace ? false : "no strace here";
  test(`a login at ${image.split("/")[0]} opens no file of the libraries' choice`, { skip }, async () => {
    const command = ["strace", "-f", "-e", "trace=open,openat", EXECUTABLE] as const;
    const env = { PATH: "/usr/bin:/bin", ...cloud.env(name) };
    const { stderr } = await run({ command, env, stdin: requestFor(image) });
    const opened = [...stderr.matchAll(/\bopen(?:at)?\([^"]*"([^"]+)"/g)].map(([, path = ""]) => path);
    const others = opened.filter((path) => !SYSTEM_FILES.test(path) && path !== cloud.caFile);
    assert.deepEqual(
      others.filter((path) => !ALLOWED_FILES.includes(path)),
      [],
    );
  });
}
