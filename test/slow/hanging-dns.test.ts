import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { promisify } from "node:util";
import { EXECUTABLE } from "../executable/start.ts";

const NAMESPACE = ["--net", "--mount", "--map-root-user"];
const able = spawnSync("unshare", [...NAMESPACE, "ip", "link", "set", "lo", "up"]).status === 0;

const root = mkdtempSync(join(tmpdir(), "dns-"));
after(() => rmSync(root, { recursive: true }));

/** Commands that change the executable's file while the look-up hangs; `$0` is its path. */
const MEANWHILE: readonly (readonly [name: string, command: string])[] = [
  ["that stays where it is", ":"],
  ["that is deleted meanwhile", 'rm "$0"'],
  ["that is renamed meanwhile", 'mv "$0" "$0.old"'],
  [
    "that is replaced meanwhile",
    'printf "#!/bin/sh\\nexit 0\\n" > "$0.new"; chmod 755 "$0.new"; mv "$0.new" "$0"',
  ],
];

describe("a DNS server that hangs over TCP", {
  skip: able ? false : "network namespaces are not available",
  concurrency: 2,
}, () => {
  for (const [index, [name, command]] of MEANWHILE.entries())
    test(`does not prevent an executable ${name} from exiting with its error line`, async () => {
      const resolver = join(root, "resolv.conf");
      writeFileSync(resolver, "nameserver 127.0.0.1\n");
      const copy = join(root, `provider-${index}`);
      copyFileSync(EXECUTABLE, copy);
      const script = join(import.meta.dirname, "hanging-dns.ts");
      const steps = 'ip link set lo up && mount --bind "$0" /etc/resolv.conf && exec "$@"';
      const words = [...NAMESPACE, "sh", "-c", steps, resolver, process.execPath, script, copy, command];
      const { stdout, stderr } = await promisify(execFile)("unshare", words, { timeout: 60_000 });
      const ended: unknown = JSON.parse(stdout || JSON.stringify({ stderr }));
      assert.ok(
        typeof ended === "object" && ended !== null && "status" in ended && "stderr" in ended,
        stderr,
      );
      assert.equal(ended.status, 1);
      assert.match(String(ended.stderr), /DNS lookup failed .*\[code dns-failed, stage token\]$/);
    });
});
