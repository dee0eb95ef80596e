import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const NAMESPACE = ["--net", "--mount", "--map-root-user"];
const able = spawnSync("unshare", [...NAMESPACE, "ip", "link", "set", "lo", "up"]).status === 0;

test("a DNS server that hangs over TCP does not keep the run from ending with its line", {
  skip: able ? false : "no network namespaces of our own here",
}, () => {
  const root = mkdtempSync(join(tmpdir(), "dns-"));
  try {
    const resolver = join(root, "resolv.conf");
    writeFileSync(resolver, "nameserver 127.0.0.1\n");
    const script = join(import.meta.dirname, "hanging-dns.ts");
    const steps = 'ip link set lo up && mount --bind "$0" /etc/resolv.conf && exec "$1" "$2"';
    const args = [...NAMESPACE, "sh", "-c", steps, resolver, process.execPath, script];
    const { stdout, stderr } = spawnSync("unshare", args, { encoding: "utf8", timeout: 60_000 });
    const ended: unknown = JSON.parse(stdout || JSON.stringify({ stderr }));
    assert.ok(typeof ended === "object" && ended !== null && "status" in ended && "stderr" in ended, stderr);
    assert.equal(ended.status, 1);
    assert.match(String(ended.stderr), /the name could not be resolved .*\[code dns-failed, stage token\]$/);
  } finally {
    rmSync(root, { recursive: true });
  }
});
