import assert from "node:assert/strict";
import { test } from "node:test";
import { execute } from "../kubelet/execute.ts";
import { EXECUTABLE } from "../support/executable.ts";
import { FOREIGN_REQUEST } from "../support/spawn-provider.ts";

for (const [what, written] of [
  ["nothing", ""],
  ["a whole request", FOREIGN_REQUEST],
] as const)
  test(`a pipe that carries ${what} and is never closed is a failure after 10 s`, async () => {
    // The shell keeps the pipe open for longer; the pipes of spawn are sockets.
    const script = 'request=$1; shift; { printf %s "$request"; sleep 13; } | "$@"; exit $?';
    const { status, stdout, stderr, wall } = await execute({
      path: "/bin/sh",
      args: ["-c", script, "sh", written, EXECUTABLE],
      hostEnvironment: { PATH: "/usr/bin:/bin" },
      stdin: "",
    });
    assert.deepEqual([status, stdout.toString()], [2, ""]);
    assert.match(stderr.toString(), /\[code stdin-timeout, stage request\]$/);
    assert.ok(wall > 9_500 && wall < 20_000, `${wall} ms`);
  });
