/**
 * Tests which files are read and which are refused as unsafe: on a real file system, with real owners if this user may
 * set them.
 */
import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { FileSafety } from "../src/core/world.ts";
import { fingerprintFile, readFile } from "../src/system/files.ts";
import { failure } from "./support/world.ts";

const LIMIT = 16;
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const ROOT = realpathSync(mkdtempSync(join(tmpdir(), "safety-")));
after(() => rmSync(ROOT, { recursive: true }));

/** Creates a directory with a file, which the case then changes. */
function createFile(name: string): { readonly folder: string; readonly file: string } {
  const folder = join(ROOT, name.replace(/\W+/g, "-"));
  const file = join(folder, "inner", "file");
  mkdirSync(join(folder, "inner"), { recursive: true, mode: 0o755 });
  writeFileSync(file, "text", { mode: 0o600 });
  return { folder, file };
}

interface Case {
  readonly name: string;
  /** @returns the path to read instead of the file */
  readonly change: (file: string, folder: string) => string | undefined;
  readonly safety: FileSafety;
  /** The error; undefined if the file is read. */
  readonly refused?: RegExp;
  readonly needsRoot?: boolean;
}

const BOTH: readonly FileSafety[] = ["unwritable", "private"];
const both = (one: Omit<Case, "safety">): readonly Case[] => BOTH.map((safety) => ({ ...one, safety }));
const done = (act: () => void): undefined => void act();
const mode = (bits: number) => (file: string) => done(() => chmodSync(file, bits));

const CASES: readonly Case[] = [
  ...both({ name: "a file of this user", change: mode(0o600) }),
  { name: "a file that its group may read", change: mode(0o640), safety: "unwritable" },
  {
    name: "a file that root's group, or another user by an access control list, may read",
    change: mode(0o640),
    safety: "private",
    needsRoot: true,
    refused: /its group, or others by an access control list, may read it/,
  },
  { name: "a file that its group may only execute", change: mode(0o610), safety: "private" },
  { name: "a file that all may read", change: mode(0o644), safety: "unwritable" },
  {
    name: "a file that all may read",
    change: mode(0o644),
    safety: "private",
    refused: /: its group and others may read it$/,
  },
  ...both({
    name: "a file that its group may write to",
    change: mode(0o620),
    refused: /: its group, or others by an access control list, may write to it$/,
  }),
  ...both({
    name: "a file that all may write to",
    change: mode(0o602),
    refused: /: others may write to it$/,
  }),
  ...both({
    name: "a file of another user",
    change: (file) => done(() => chownSync(file, NOBODY, NOBODY)),
    needsRoot: true,
    refused: /it is owned by another user/,
  }),
  ...both({
    name: "a directory that all users may write to",
    change: (file) => done(() => chmodSync(join(file, ".."), 0o777)),
    refused: /the directory \S+\/inner: its group and others may write to it$/,
  }),
  ...both({
    name: "a higher directory that its group may write to",
    change: (_, folder) => done(() => chmodSync(folder, 0o775)),
    refused: /the directory \S+(?<!inner): its group, or others by an access control list, may write to it$/,
  }),
  ...both({
    name: "a directory that all users may write to, with the sticky bit as in /tmp",
    change: (file) => done(() => chmodSync(join(file, ".."), 0o1777)),
  }),
  ...both({
    name: "a directory of another user",
    change: (_, folder) => done(() => chownSync(folder, NOBODY, NOBODY)),
    needsRoot: true,
    refused: /the directory \S+ is owned by another user/,
  }),
  ...both({ name: "a link to a file", change: (file, folder) => link(file, join(folder, "link")) }),
  ...both({
    name: "a link to a file in a directory that all users may write to",
    change: (file, folder) => {
      chmodSync(join(file, ".."), 0o777);
      return link(file, join(folder, "link"));
    },
    refused: /the directory \S+\/inner: its group and others may write to it$/,
  }),
  ...both({
    name: "a directory in place of a file",
    change: (file) => join(file, ".."),
    refused: /not a regular file/,
  }),
  ...both({
    name: "a file that is one byte too large",
    change: (file) => done(() => writeFileSync(file, "x".repeat(LIMIT + 1))),
    refused: /larger than 16 bytes/,
  }),
  {
    name: "a file that a group other than root's may read",
    change: (file) => {
      chownSync(file, 0, NOBODY);
      return mode(0o640)(file);
    },
    safety: "private",
    needsRoot: true,
    refused: /its group, or others by an access control list, may read it/,
  },
  ...both({
    name: "a link in a directory of another user",
    change: (file, folder) => {
      mkdirSync(join(folder, "theirs"));
      const at = link(file, join(folder, "theirs", "link"));
      chownSync(join(folder, "theirs"), NOBODY, NOBODY);
      return at;
    },
    needsRoot: true,
    refused: /the directory \S+\/theirs is owned by another user/,
  }),
  {
    name: "a link of another user to a system file",
    safety: "unwritable",
    change: (_file, folder) => {
      const at = link("/proc/self/cmdline", join(folder, "link"));
      lchownSync(at, NOBODY, NOBODY);
      return at;
    },
    needsRoot: true,
    refused: /the symbolic link \S+\/link is owned by another user/,
  },
  ...both({
    name: "a link to a link in the same directory",
    change: (file, folder) => {
      link(file, join(folder, "one"));
      return link("one", join(folder, "two"));
    },
  }),
];

function link(file: string, at: string): string {
  symlinkSync(file, at);
  return at;
}

for (const { name, change, safety, refused, needsRoot = false } of CASES) {
  const title = `${name} is ${refused === undefined ? "read" : "refused"} where it must be ${safety}`;
  test(title, {
    skip: needsRoot && !isRoot ? "only root can change the owner of a file" : false,
  }, async () => {
    const { folder, file } = createFile(`${name} ${safety}`);
    const path = change(file, folder) ?? file;
    if (refused === undefined) return assert.equal(await readFile(path, LIMIT, safety), "text");
    const { code, facts } = await failure(readFile(path, LIMIT, safety));
    assert.equal(code, /regular|larger/.test(refused.source) ? "file-unreadable" : "file-unsafe");
    assert.match(facts.detail ?? "", refused);
  });
}

test("a file without a required protection is read even if other users may write to it", async () => {
  const { file } = createFile("anything");
  chmodSync(file, 0o666);
  assert.equal(await readFile(file, LIMIT), "text");
});

for (const path of ["/nonexistent/file", join(ROOT, "absent"), "/dev/null/.aws/config"]) {
  test(`${path.replace(ROOT, "")} does not exist`, async () => {
    for (const safety of BOTH) assert.equal(await readFile(path, LIMIT, safety), undefined);
    assert.equal(fingerprintFile(path), undefined);
  });
}

const { file: FILE } = createFile("missing");
for (const [name, path, why] of [
  ["a file below a file", join(FILE, "below"), /\/inner\/file is not a directory$/],
  ["a file with a trailing slash", `${FILE}/`, /\/inner\/file is not a directory$/],
  ["a dangling link", link("nowhere", join(ROOT, "dangling")), /\/dangling is a dangling link/],
  ["a file below a dangling link", join(ROOT, "dangling/file"), /\/dangling is a dangling link/],
] as const) {
  test(`${name} is an error, not an absent file`, async () => {
    for (const safety of BOTH) {
      const { code, facts } = await failure(readFile(path, LIMIT, safety));
      assert.equal(code, "file-unreadable");
      assert.match(facts.detail ?? "", why);
    }
    assert.match(fingerprintFile(path)?.text ?? "", why);
  });
}
