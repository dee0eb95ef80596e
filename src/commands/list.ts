import { type Contents, contentsOf, type KeptLogin } from "../cache/contents.ts";
import { oneLine } from "../last-words.ts";
import { goDuration } from "../protocol/duration.ts";
import type { Setting } from "../provide.ts";
import type { World } from "../world.ts";
import { aligned, counted, type Ending, instant, said, unlessUnusable } from "./ending.ts";
import { requiredDirectory } from "./place.ts";

/**
 * `cache list`: what is kept, without what it lets in with. Nothing is made, changed or removed.
 *
 * @throws ProviderError of the configuration and the environment
 */
export async function list({ settings, readPolicy }: Setting, world: World): Promise<Ending> {
  const policy = await readPolicy(settings, world);
  return unlessUnusable(() => {
    const directory = requiredDirectory(policy, world);
    const store = world.findStore(directory);
    if (store === undefined) return said([`${oneLine(directory)}: nothing is kept yet`]);
    return said(described(directory, contentsOf(store, world)));
  });
}

function described(directory: string, contents: Contents): readonly string[] {
  const { logins, failures } = contents;
  return [
    `${oneLine(directory)}: ${summary(contents)}`,
    ...table(
      ["REGISTRY", "STATE", "AGE", "LEFT", "EXPIRES", "HITS", "IDENTITY"],
      logins.map(loginRow).sort(byCells),
    ),
    ...table(
      ["FAILURE", "AGE", "ASKED"],
      failures.map(({ code, age, asked = "-" }) => [code, goDuration(age), oneLine(asked)]).sort(byCells),
    ),
  ];
}

function summary({ logins, failures, rules, unreadable, strangers }: Contents): string {
  const parts = [
    counted(logins.length, "login"),
    failures.length > 0 && `${counted(failures.length, "failure")} of the last seconds`,
    rules > 0 && counted(rules, "host of the configuration file", "hosts of the configuration file"),
    unreadable > 0 && counted(unreadable, "file that cannot be read", "files that cannot be read"),
    strangers > 0 && counted(strangers, "name of somebody else's", "names of somebody else's"),
  ];
  return parts.filter((part) => part !== false).join(", ");
}

function loginRow({ about, state, age, left, keptUntil, hits }: KeptLogin): readonly string[] {
  const times = [goDuration(age), goDuration(left), instant(keptUntil)];
  return [oneLine(about.registry), state, ...times, `${hits}`, oneLine(about.identity)];
}

/** Nothing without rows. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return rows.length === 0 ? [] : ["", ...aligned([head, ...rows])];
}

/** By the first column, and then by whose it is. */
function byCells(one: readonly string[], other: readonly string[]): number {
  const [key, otherKey] = [one, other].map((row) => `${row[0]}\n${row.at(-1)}`);
  return (key ?? "") < (otherKey ?? "") ? -1 : 1;
}
