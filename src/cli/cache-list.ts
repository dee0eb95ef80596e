import { MAX_LOGINS } from "../cache/eviction.ts";
import { type CacheContents, inspectCache, type LoginSummary } from "../cache/inspect.ts";
import type { World } from "../core/world.ts";
import { sanitizeLine } from "../errors/error-line.ts";
import { showValue } from "../errors/show-value.ts";
import { formatGoDuration } from "../protocol/go-duration.ts";
import { loadPolicy, type RunSetup } from "../provide.ts";
import { alignColumns, type CommandResult, formatCount, formatTime, output } from "./output.ts";
import { requireCacheDirectory } from "./require-cache.ts";

/**
 * `cache list`: what is kept, without what it lets in with. Nothing is made, changed or removed.
 *
 * @throws ProviderError `cache-disabled`, `cache-unusable`, and of the configuration and the environment
 */
export async function runCacheList(setup: RunSetup, world: World): Promise<CommandResult> {
  const policy = await loadPolicy(setup, world);
  const directory = requireCacheDirectory(policy, setup.options, world);
  const store = world.openExistingStore(directory);
  const place = `${showValue("path", directory)}: `;
  if (store === undefined) return output([`${place}usable, nothing is kept yet`]);
  const contents = inspectCache(store, world);
  if (store.isWritable()) return output([`${place}usable, ${summary(contents)}`, ...tablesOf(contents)]);
  const { stdout } = output([`${place}not writable, ${summary(contents)}`, ...tablesOf(contents)]);
  return { status: 1, stdout, stderr: NOT_WRITABLE };
}

const NOT_WRITABLE =
  "registry-credential-provider: the cache's folder cannot be written: what is in it is given out, and no login is added";

function tablesOf({ logins, failures }: CacheContents): readonly string[] {
  return [
    ...table(
      ["REGISTRY", "STATE", "AGE", "LEFT", "EXPIRES", "HITS", "IDENTITY"],
      logins.map(loginRow).sort(byCells),
    ),
    ...table(["FAILURE", "AGE", "REGISTRY", "ASKED", "IDENTITY"], failures.map(failureRow).sort(byCells)),
  ];
}

function summary({ logins, failures, rules, unreadable, unrecognised }: CacheContents): string {
  const parts = [
    `${formatCount(logins.length, "login")}${logins.length < MAX_LOGINS ? "" : " (the most there may be)"}`,
    failures.length > 0 && `${formatCount(failures.length, "failure")} of the last seconds`,
    rules > 0 && `rules of ${formatCount(rules, "host")}`,
    unreadable > 0 && formatCount(unreadable, "file that cannot be read", "files that cannot be read"),
    unrecognised > 0 && formatCount(unrecognised, "name of somebody else's", "names of somebody else's"),
  ];
  return parts.filter((part) => part !== false).join(", ");
}

function loginRow({ metadata, state, age, remaining, cachedUntil, hits }: LoginSummary): readonly string[] {
  const times = [formatGoDuration(age), formatGoDuration(remaining), formatTime(cachedUntil)];
  return [sanitizeLine(metadata.registry), state, ...times, `${hits}`, sanitizeLine(metadata.identity)];
}

function failureRow({
  code,
  metadata,
  age,
  asked = "-",
}: CacheContents["failures"][number]): readonly string[] {
  return [
    code,
    formatGoDuration(age),
    sanitizeLine(metadata.registry),
    sanitizeLine(asked),
    sanitizeLine(metadata.identity),
  ];
}

/** Nothing without rows. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return rows.length === 0 ? [] : ["", ...alignColumns([head, ...rows])];
}

/** By the first column, and then by whose it is. */
function byCells(one: readonly string[], other: readonly string[]): number {
  const [key, otherKey] = [one, other].map((row) => `${row[0]}\n${row.at(-1)}`);
  return (key ?? "") < (otherKey ?? "") ? -1 : 1;
}
