import type { RegistryHost } from "../core/image-reference.ts";
import { DEFAULT_CONFIG_PATH, type RunOptions } from "../core/run-options.ts";
import { type Milliseconds, SECOND } from "../core/time.ts";
import type { World } from "../core/world.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { showValue } from "../errors/show-value.ts";
import { configForHost, fullConfig, type HostConfig } from "./host-policy.ts";
import type { KnownRegistries } from "./lint/known-registries.ts";
import { createPolicy } from "./parse-rules.ts";
import { NO_POLICY, type Policy } from "./policy.ts";

/** Bytes; 200 rules take about 60 KiB. */
const LIMIT = 256 * 1024;
/** Two changes in so short a time may leave the same stamp. */
const SETTLED: Milliseconds = SECOND;

/** Of files that earlier runs have found no fault with: to judge one anew takes as long as a third of a bare start. */
export interface ConfigCache {
  /** @param basis all that the judgement depends on, and what the part is of */
  get(basis: readonly string[], world: World): HostConfig | undefined;
  set(basis: readonly string[], part: HostConfig, world: World): Promise<void>;
}

/** For whoever has none. */
export const NO_CONFIG_CACHE: ConfigCache = { get: () => undefined, set: async () => {} };

/**
 * The reader of the operator's configuration. Where there is none, all that it costs is a file that cannot be opened.
 *
 * @param known every family that has hosts of its own; asked only where the file is judged
 * @returns throws ProviderError `config-unreadable`, `config-invalid`, `file-unsafe`. With a host, what the file says of that one is enough
 */
export function createPolicyReader(
  known: (world: World) => Promise<readonly KnownRegistries[]>,
  memory: ConfigCache,
) {
  return async (settings: RunOptions, world: World, host?: RegistryHost): Promise<Policy> => {
    const { configPath } = settings;
    const path = configPath ?? DEFAULT_CONFIG_PATH;
    // Before the text: what is changed in between is then kept under a stamp that never comes again.
    const basis = createConfigCacheKey(path, host, world);
    const text = await readConfig(path, configPath === undefined ? AT_USUAL_PLACE : undefined, world);
    if (text === undefined && configPath === undefined) return NO_POLICY;
    if (text === undefined)
      throw new ProviderError("config-unreadable", { detail: `${showValue("path", path)} is not there` });
    const kept = basis && memory.get(basis, world);
    if (kept !== undefined) return createPolicy(kept);
    const { parseConfig } = await import("./parse.ts");
    const registries = await known(world);
    const config = await parseConfig(text, path, registries);
    const part = host === undefined ? fullConfig(config) : configForHost(host, config, registries);
    if (basis !== undefined) await memory.set(basis, part, world);
    return createPolicy(part);
  };
}

/** The hint for the default path, which no argument names. */
const AT_USUAL_PLACE = `make ${DEFAULT_CONFIG_PATH} a file that this user may read, or remove it: the provider runs without rules only if the path does not exist`;

async function readConfig(path: string, hint: string | undefined, world: World): Promise<string | undefined> {
  try {
    return await world.readFile(path, LIMIT, "unwritable");
  } catch (error) {
    if (!(error instanceof ProviderError) || error.code !== "file-unreadable") throw error;
    throw new ProviderError("config-unreadable", { detail: error.facts.detail, hint, cause: error });
  }
}

/** The file, and the one that says which hosts are a custom cloud's. Undefined where one was changed just now. */
function createConfigCacheKey(
  path: string,
  host: RegistryHost | undefined,
  world: World,
): readonly string[] | undefined {
  const paths = [path, world.env.AZURE_ENVIRONMENT_FILEPATH].filter((one) => one !== undefined);
  const stamps = paths.map((one) => world.fingerprintFile(one));
  const settled = stamps.every((one) => one === undefined || world.now() - one.changedAt > SETTLED);
  return settled ? [host?.name ?? "", ...paths, ...stamps.map((one) => one?.text ?? "")] : undefined;
}
