import {
  accessSync,
  constants,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  type Stats,
  statfsSync,
  symlinkSync,
} from "node:fs";
import type { Store, StoredFile } from "../core/world.ts";
import { hasCode } from "../errors/provider-error.ts";
import { showValue } from "../errors/show-value.ts";
import { unusable, within } from "./cache-errors.ts";
import {
  addByte,
  type Content,
  contentOf,
  isWritable,
  limitOf,
  OTHERS,
  quietly,
  unlessAbsent,
  writeWhole,
} from "./cache-file.ts";
import { faultOnTheWay } from "./file-permissions.ts";

/** What `statfs(2)` says of memory: nothing of the cache ever comes to a disk. */
const IN_MEMORY: readonly number[] = [0x01021994 /* tmpfs */, 0x858458f6 /* ramfs */];

/**
 * A folder in memory that is this user's alone, made where it is missing. A file's mark is a symbolic link that leads nowhere: made in
 * one step with its text, or not at all, and read in one.
 *
 * @param directory an absolute path
 * @throws ProviderError `cache-unusable`
 */
export function openStore(directory: string, user: number | undefined): Store {
  const owner = required(user);
  within(showValue("path", directory), () =>
    requireOurs(directory, find(directory) ?? madeFolder(directory, owner), owner),
  );
  return storeIn(directory, owner);
}

/**
 * The same, where there is such a folder: none is made. Where there is none, the place is judged as by a run that would make it.
 *
 * @throws ProviderError `cache-unusable`
 */
export function findStore(directory: string, user: number | undefined): Store | undefined {
  const owner = required(user);
  return within(showValue("path", directory), () => {
    const found = find(directory);
    if (found !== undefined) requireOurs(directory, found, owner);
    else accessSync(requiredParent(directory, owner), constants.W_OK);
    return found && storeIn(directory, owner);
  });
}

function required(user: number | undefined): number {
  if (user === undefined) throw unusable("this system does not say whose a folder is");
  return user;
}

function storeIn(directory: string, user: number): Store {
  const pathOf = (name: string) => `${directory}/${name}`;
  // File names in the cache are digests, not secrets.
  const shownAs = (name: string) => `${showValue("path", directory)}/${name}`;
  return {
    read: (name) => within(shownAs(name), () => readOurs(pathOf(name), user)),
    peek: (name) => textOf(quietly(() => contentOf(pathOf(name), user))),
    write: (name, text) => within(shownAs(name), () => writeOurs(pathOf(name), text)),
    mark: (name, text) => within(shownAs(name), () => created(() => symlinkSync(text, pathOf(name)))),
    readMark: (name) => within(shownAs(name), () => unlessAbsent(() => markIn(pathOf(name)))),
    count: (name) => quietly(() => addByte(pathOf(name))),
    remove: (name) => quietly(() => rmSync(pathOf(name))),
    list: () => within(showValue("path", directory), () => filesIn(directory)),
    isWritable: () => isWritable(directory),
  };
}

function find(directory: string): Stats | undefined {
  return unlessAbsent(() => lstatSync(directory));
}

function requireOurs(directory: string, found: Stats, user: number): void {
  const fault =
    faultOfFolder(found, user) ?? faultOnTheWay(directory, found, user) ?? faultOfPlace(directory);
  if (fault !== undefined) throw unusable(fault);
}

/** Not even an empty folder is left where nothing may be kept. Another run may make it at the same moment. */
function madeFolder(directory: string, user: number): Stats {
  requiredParent(directory, user);
  created(() => mkdirSync(directory, { mode: 0o700 }));
  return lstatSync(directory);
}

function requiredParent(directory: string, user: number): string {
  const parent = directory.replace(/[^/]+$/, "");
  const fault = faultOnTheWay(directory, undefined, user) ?? faultOfPlace(parent);
  if (fault !== undefined) throw unusable(fault);
  return parent;
}

function faultOfPlace(path: string): string | undefined {
  return IN_MEMORY.includes(statfsSync(path).type) ? undefined : "it is not on tmpfs";
}

function faultOfFolder(stats: Stats, user: number): string | undefined {
  if (stats.isSymbolicLink()) return "it is a link";
  if (!stats.isDirectory()) return "it is no folder";
  if (stats.uid !== user) return "it belongs to another user";
  return (stats.mode & OTHERS) === 0 ? undefined : "others may come at it: its mode is not 0700";
}

/** What is not as this program leaves its files is taken away. */
function readOurs(path: string, user: number): string | undefined {
  const content = contentOf(path, user);
  if (content === undefined || "text" in content) return textOf(content);
  quietly(() => rmSync(path));
  throw unusable(content.fault);
}

function textOf(content: Content | undefined): string | undefined {
  return content !== undefined && "text" in content ? content.text : undefined;
}

/** What else is in its place is an empty one: nobody holds it, and it can be taken away. */
function markIn(path: string): string {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (hasCode(error, "EINVAL")) return "";
    throw error;
  }
}

function writeOurs(path: string, text: string): void {
  const bytes = Buffer.from(text);
  const limit = limitOf(path);
  if (bytes.length > limit) throw unusable(`larger than ${limit} bytes`);
  writeWhole(path, bytes);
}

function filesIn(directory: string): readonly StoredFile[] {
  return readdirSync(directory).flatMap((name) => {
    const stats = unlessAbsent(() => lstatSync(`${directory}/${name}`));
    return stats === undefined ? [] : [{ name, size: stats.size, modified: stats.mtimeMs }];
  });
}

function created(make: () => void): boolean {
  try {
    make();
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
}
