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
 * `cache list`: shows the cached logins and failures without secrets. Creates, changes and deletes nothing.
 *
 * @throws ProviderError `cache-disabled`, `cache-unusable`, and of the configuration and the environment
 */
export async function runCacheList(setup: RunSetup, world: World): Promise<CommandResult> {
  const policy = await loadPolicy(setup, world);
  const directory = requireCacheDirectory(policy, setup.options, world);
  const store = world.openExistingStore(directory);
  const place = `${showValue("path", directory)}: `;
  if (store === undefined) return output([`${place}usable, nothing is cached yet`]);
  const contents = inspectCache(store, world);
  if (store.isWritable())
    return output([`${place}usable, ${summarize(contents)}`, ...renderTables(contents)]);
  const { stdout } = output([`${place}not writable, ${summarize(contents)}`, ...renderTables(contents)]);
  return { status: 1, stdout, stderr: NOT_WRITABLE };
}

const NOT_WRITABLE =
  "registry-credential-provider: the cache directory is not writable: cached logins are served, but no new ones are added";

function renderTables({ logins, failures }: CacheContents): readonly string[] {
  return [
    ...table(
      ["REGISTRY", "STATE", "AGE", "LEFT", "EXPIRES", "HITS", "IDENTITY"],
      logins.map(loginRow).sort(compareRows),
    ),
    ...table(
      ["FAILURE", "AGE", "REGISTRY", "REQUEST", "IDENTITY"],
      failures.map(failureRow).sort(compareRows),
    ),
  ];
}

function summarize({ logins, failures, rules, unreadable, unrecognised }: CacheContents): string {
  const parts = [
    `${formatCount(logins.length, "login")}${logins.length < MAX_LOGINS ? "" : " (the maximum)"}`,
    failures.length > 0 && formatCount(failures.length, "recent failure"),
    rules > 0 && `rules for ${formatCount(rules, "host")}`,
    unreadable > 0 && formatCount(unreadable, "unreadable file"),
    unrecognised > 0 && formatCount(unrecognised, "unrecognised file"),
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
  request = "-",
}: CacheContents["failures"][number]): readonly string[] {
  return [
    code,
    formatGoDuration(age),
    sanitizeLine(metadata.registry),
    sanitizeLine(request),
    sanitizeLine(metadata.identity),
  ];
}

/** Returns a table preceded by an empty line, or nothing if there are no rows. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return rows.length === 0 ? [] : ["", ...alignColumns([head, ...rows])];
}

/** Sorts by the first column, then by the identity in the last one. */
function compareRows(one: readonly string[], other: readonly string[]): number {
  const [key, otherKey] = [one, other].map((row) => `${row[0]}\n${row.at(-1)}`);
  return (key ?? "") < (otherKey ?? "") ? -1 : 1;
}
