import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { HOUR, MINUTE } from "../../src/core/time.ts";
import { CachedNode } from "../support/cached-node.ts";
import { memoryUnavailable } from "../support/memory-folder.ts";
import { ageEntry, rewriteEntry } from "../support/real-sealed-store.ts";

/** Damage to the only login in the cache. */
interface Damage {
  readonly name: string;
  readonly damage: (path: string, node: CachedNode) => void;
  /** The whole line of the next run; default: none. */
  readonly line?: RegExp;
  /** Whether each run must fetch a login, because the damage cannot be removed. */
  readonly isPermanent?: boolean;
  readonly skip?: string | false;
}

const replace = (path: string, put: () => void): void => {
  rmSync(path);
  put();
};
const truncate = (share: number) => (path: string) => {
  const whole = readFileSync(path);
  writeFileSync(path, whole.subarray(0, Math.floor(whole.length * share)));
};
const flipBit = (share: number, bit: number) => (path: string) => {
  const bytes = readFileSync(path);
  const at = Math.floor((bytes.length - 1) * share);
  bytes.writeUInt8(bytes.readUInt8(at) ^ bit, at);
  writeFileSync(path, bytes);
};
const findKey = (node: CachedNode): string =>
  node.path(node.listFiles().find((name) => name.startsWith("key-")) ?? "");

const CORRUPT: readonly Damage[] = [
  ...[0, 0.2, 0.9, 0.999].map((share) => ({
    name: `truncated after ${share * 100} %`,
    damage: truncate(share),
  })),
  ...[0, 0.2, 0.4, 1].map((share) => ({
    name: `with a flipped bit at ${share * 100} %`,
    damage: flipBit(share, share === 0.4 ? 0x80 : 1),
  })),
  { name: "with an additional byte", damage: (path) => writeFileSync(path, "\n", { flag: "a" }) },
  { name: "of zeros", damage: (path) => writeFileSync(path, Buffer.alloc(500)) },
];

const UNTIMELY: readonly Damage[] = [
  { name: "from the future", damage: (path) => ageEntry(path, -HOUR) },
  { name: "that is expired", damage: (path) => ageEntry(path, 12 * HOUR + MINUTE) },
  {
    name: "with a lifetime that is too long",
    damage: (path) => rewriteEntry(path, (content) => ({ ...content, cachedUntil: Date.now() + 14 * HOUR })),
  },
  {
    name: "with a field of the wrong type",
    damage: (path) => rewriteEntry(path, (content) => ({ ...content, password: 1 })),
  },
];

const UNSAFE: readonly Damage[] = [
  {
    name: "that is a FIFO",
    damage: (path) => replace(path, () => execFileSync("mkfifo", ["-m", "600", path])),
    line: /\.login: it is not a regular file$/,
  },
  {
    name: "with another hard link",
    damage: (path, { folder }) => linkSync(path, join(folder, "elsewhere")),
    line: /\.login: it has another hard link$/,
  },
  {
    name: "that other users may read",
    damage: (path) => chmodSync(path, 0o644),
    line: /\.login: other users have access to it$/,
  },
  {
    name: "that is owned by another user",
    damage: (path) => chownSync(path, 65534, 65534),
    line: /\.login: it is owned by another user$/,
    skip: process.getuid?.() === 0 ? false : "only root can change the owner of a file",
  },
  {
    name: "that is a symbolic link to a valid one",
    damage: (path, node) => {
      renameSync(path, node.path(`${"0".repeat(64)}.login`));
      symlinkSync(`${"0".repeat(64)}.login`, path);
    },
    line: /\.login: Error ELOOP$/,
  },
  {
    name: "of 300 kB",
    damage: (path) => writeFileSync(path, Buffer.alloc(300_000, "x")),
    line: /\.login: it is larger than 16384 bytes$/,
  },
  {
    name: "that is a directory",
    damage: (path) => replace(path, () => mkdirSync(join(path, "in it"), { recursive: true })),
    line: /\.login: it is not a regular file; .*\.login: Error E(ISDIR|EXIST|NOTEMPTY)$/,
    isPermanent: true,
  },
];

const KEYS_AND_LEASES: readonly Damage[] = [
  {
    name: "sealed with another key",
    damage: (_, node) => {
      const key = findKey(node);
      replace(key, () => symlinkSync("0".repeat(64), key));
    },
  },
  {
    name: "whose key is not a key",
    damage: (_, node) => {
      const key = findKey(node);
      replace(key, () => symlinkSync("short", key));
    },
  },
  {
    name: "from an earlier boot",
    damage: (_, node) => renameSync(findKey(node), node.path("key-00000000-0000-4000-8000-000000000000")),
  },
  {
    name: "whose key is a regular file",
    damage: (_, node) => {
      const key = findKey(node);
      const text = readlinkSync(key);
      replace(key, () => writeFileSync(key, text, { mode: 0o600 }));
    },
  },
  {
    name: "that is missing, with a lease that is a regular file",
    damage: (path) =>
      replace(path, () => writeFileSync(path.replace(/login$/, "lease-0"), "", { mode: 0o600 })),
  },
  {
    name: "that is missing, with a lease without a valid holder",
    damage: (path) => replace(path, () => symlinkSync("nobody", path.replace(/login$/, "lease-0"))),
  },
];

/** Asserts that the next run fetches a new login, and that later runs are served the new one unless the damage is permanent. */
async function assertNotServed({ damage, line = /^$/, isPermanent = false }: Damage, node: CachedNode) {
  const damaged = await node.pull();
  const before = node.countCalls("ecr");
  damage(node.findLoginFile(), node);
  const next = await node.pull();
  assert.ok(next.password);
  assert.notEqual(next.password, damaged.password, "the damaged login was served");
  assert.match(next.line, line);
  if (next.line !== "") assert.match(next.line, /^the cache is not used: /);
  assert.equal(node.countCalls("ecr") - before, 1);
  if (!isPermanent) return;
  await node.pull();
  assert.equal(node.countCalls("ecr") - before, 2, "the new login was served from the cache");
}

const TITLE = "a damaged login is not served, and the pull succeeds:";

test(TITLE, { skip: memoryUnavailable }, (context) =>
  CachedNode.use(async (node) => {
    for (const one of [...CORRUPT, ...UNTIMELY])
      await context.test(`a login ${one.name}`, () => assertNotServed(one, node));
  }),
);

describe(`${TITLE} unsafe files`, { concurrency: 4 }, () => {
  for (const one of [...UNSAFE, ...KEYS_AND_LEASES])
    test(`a login ${one.name}`, { skip: memoryUnavailable || (one.skip ?? false) }, () =>
      CachedNode.use((node) => assertNotServed(one, node)),
    );
});
