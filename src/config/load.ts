import { ProviderError } from "../errors.ts";
import { CONFIG_PATH, type Settings } from "../settings.ts";
import type { World } from "../world.ts";
import type { KnownRegistries } from "./known-registries.ts";
import { NO_POLICY, type Policy } from "./policy.ts";

/** Bytes; 200 rules take about 60 KiB. */
const LIMIT = 256 * 1024;

/**
 * The reader of the operator's configuration. Where there is none, all that it costs is a file that cannot be opened.
 *
 * @param known every family that has hosts of its own; asked only where there is a file
 * @returns throws ProviderError `config-unreadable`, `config-invalid`, `file-unsafe`
 */
export function policyReader(known: (world: World) => Promise<readonly KnownRegistries[]>) {
  return async ({ configPath }: Settings, world: World): Promise<Policy> => {
    const path = configPath ?? CONFIG_PATH;
    const text = await readConfig(path, world);
    if (text !== undefined) {
      const { interpret } = await import("./interpret.ts");
      return interpret(text, path, await known(world));
    }
    if (configPath === undefined) return NO_POLICY;
    throw new ProviderError("config-unreadable", { detail: `${path} is not there` });
  };
}

async function readConfig(path: string, world: World): Promise<string | undefined> {
  try {
    return await world.readFile(path, LIMIT, "unwritable");
  } catch (error) {
    if (!(error instanceof ProviderError) || error.code !== "file-unreadable") throw error;
    throw new ProviderError("config-unreadable", { detail: error.facts.detail, cause: error });
  }
}
