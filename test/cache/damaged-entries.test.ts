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

/** What is done to the one login that there is. */
interface Spoiled {
  readonly name: string;
  readonly spoil: (path: string, node: CachedNode) => void;
  /** The whole line of the next run; default: none. */
  readonly line?: RegExp;
  /** Whether it costs a call each time, not just once. */
  readonly stays?: boolean;
  readonly skip?: string | false;
}

const replaced = (path: string, put: () => void): void => {
  rmSync(path);
  put();
};
const cut = (share: number) => (path: string) => {
  const whole = readFileSync(path);
  writeFileSync(path, whole.subarray(0, Math.floor(whole.length * share)));
};
const flipped = (share: number, bit: number) => (path: string) => {
  const bytes = readFileSync(path);
  const at = Math.floor((bytes.length - 1) * share);
  bytes.writeUInt8(bytes.readUInt8(at) ^ bit, at);
  writeFileSync(path, bytes);
};
const keyOf = (node: CachedNode): string =>
  node.path(node.listFiles().find((name) => name.startsWith("key-")) ?? "");

const TORN: readonly Spoiled[] = [
  ...[0, 0.2, 0.9, 0.999].map((share) => ({
    name: `cut off after ${share * 100} %`,
    spoil: cut(share),
  })),
  ...[0, 0.2, 0.4, 1].map((share) => ({
    name: `with another bit at ${share * 100} %`,
    spoil: flipped(share, share === 0.4 ? 0x80 : 1),
  })),
  { name: "with a byte more", spoil: (path) => writeFileSync(path, "\n", { flag: "a" }) },
  { name: "of zeros", spoil: (path) => writeFileSync(path, Buffer.alloc(500)) },
];

const UNTIMELY: readonly Spoiled[] = [
  { name: "of the future", spoil: (path) => ageEntry(path, -HOUR) },
  { name: "that is over", spoil: (path) => ageEntry(path, 12 * HOUR + MINUTE) },
  {
    name: "of a longer life than any has",
    spoil: (path) => rewriteEntry(path, (content) => ({ ...content, cachedUntil: Date.now() + 14 * HOUR })),
  },
  {
    name: "of another kind",
    spoil: (path) => rewriteEntry(path, (content) => ({ ...content, password: 1 })),
  },
];

const UNSAFE: readonly Spoiled[] = [
  {
    name: "that is a FIFO",
    spoil: (path) => replaced(path, () => execFileSync("mkfifo", ["-m", "600", path])),
    line: /\.login: it is not a regular file$/,
  },
  {
    name: "with another name elsewhere",
    spoil: (path, { folder }) => linkSync(path, join(folder, "elsewhere")),
    line: /\.login: it has another hard link$/,
  },
  {
    name: "that others may read",
    spoil: (path) => chmodSync(path, 0o644),
    line: /\.login: other users have access to it$/,
  },
  {
    name: "of another user's",
    spoil: (path) => chownSync(path, 65534, 65534),
    line: /\.login: it belongs to another user$/,
    skip: process.getuid?.() === 0 ? false : "only root can give a file away",
  },
  {
    name: "that is a link to a good one",
    spoil: (path, node) => {
      renameSync(path, node.path(`${"0".repeat(64)}.login`));
      symlinkSync(`${"0".repeat(64)}.login`, path);
    },
    line: /\.login: Error ELOOP$/,
  },
  {
    name: "of 300 kB",
    spoil: (path) => writeFileSync(path, Buffer.alloc(300_000, "x")),
    line: /\.login: it is larger than 16384 bytes$/,
  },
  {
    name: "that is a folder",
    spoil: (path) => replaced(path, () => mkdirSync(join(path, "in it"), { recursive: true })),
    line: /\.login: it is not a regular file; .*\.login: Error E(ISDIR|EXIST|NOTEMPTY)$/,
    stays: true,
  },
];

const AROUND: readonly Spoiled[] = [
  {
    name: "under a key that another took the place of",
    spoil: (_, node) => {
      const key = keyOf(node);
      replaced(key, () => symlinkSync("0".repeat(64), key));
    },
  },
  {
    name: "under a key that is none",
    spoil: (_, node) => {
      const key = keyOf(node);
      replaced(key, () => symlinkSync("short", key));
    },
  },
  {
    name: "of another boot",
    spoil: (_, node) => renameSync(keyOf(node), node.path("key-00000000-0000-4000-8000-000000000000")),
  },
  {
    name: "beside a key that is a file",
    spoil: (_, node) => {
      const key = keyOf(node);
      const text = readlinkSync(key);
      replaced(key, () => writeFileSync(key, text, { mode: 0o600 }));
    },
  },
  {
    name: "that is gone, and the lease is a file",
    spoil: (path) =>
      replaced(path, () => writeFileSync(path.replace(/login$/, "lease-0"), "", { mode: 0o600 })),
  },
  {
    name: "that is gone, and the lease is of nobody's",
    spoil: (path) => replaced(path, () => symlinkSync("nobody", path.replace(/login$/, "lease-0"))),
  },
];

/** After it the login is another one, which the next run is served, where what is in its place does not stay. */
async function assertNotServed({ spoil, line = /^$/, stays = false }: Spoiled, node: CachedNode) {
  const spoiled = await node.pull();
  const before = node.countCalls("ecr");
  spoil(node.findLoginFile(), node);
  const next = await node.pull();
  assert.ok(next.password);
  assert.notEqual(next.password, spoiled.password, "it was served");
  assert.match(next.line, line);
  if (next.line !== "") assert.match(next.line, /^the cache is not used: /);
  assert.equal(node.countCalls("ecr") - before, 1);
  if (!stays) return;
  await node.pull();
  assert.equal(node.countCalls("ecr") - before, 2, "it does not stay");
}

const WHAT = "what is there in a login's place is not served, and the pull goes on";

test(WHAT, { skip: memoryUnavailable }, (context) =>
  CachedNode.use(async (node) => {
    for (const one of [...TORN, ...UNTIMELY])
      await context.test(`a login ${one.name}, and the new one is served`, () => assertNotServed(one, node));
  }),
);

describe(`${WHAT}, be it no file of this program`, { concurrency: 4 }, () => {
  for (const one of [...UNSAFE, ...AROUND])
    test(`a login ${one.name}`, { skip: memoryUnavailable || (one.skip ?? false) }, () =>
      CachedNode.use((node) => assertNotServed(one, node)),
    );
});
