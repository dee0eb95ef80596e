import { clear as clearStore } from "../cache/clear.ts";
import { ProviderError } from "../errors.ts";
import { oneLine } from "../last-words.ts";
import type { Setting } from "../provide.ts";
import type { World } from "../world.ts";
import { counted, type Ending, said, unlessUnusable } from "./ending.ts";
import { requiredDirectory } from "./place.ts";

/**
 * `cache clear`: all that this program has left in the folder is gone, its key too.
 *
 * @throws ProviderError of the configuration and the environment
 */
export async function clear({ settings, readPolicy }: Setting, world: World): Promise<Ending> {
  const policy = await readPolicy(settings, world);
  return unlessUnusable(() => {
    const directory = requiredDirectory(policy, world);
    const store = world.findStore(directory);
    if (store === undefined) return said([`${oneLine(directory)}: nothing is kept`]);
    const { logins, left } = clearStore(store, world);
    const dropped = `${oneLine(directory)}: ${counted(logins, "login")} dropped`;
    if (left > 0) throw remaining(`${dropped}, and ${counted(left, "name")} could not be taken away`);
    return said([dropped]);
  });
}

function remaining(detail: string): ProviderError {
  return new ProviderError("cache-unusable", {
    detail,
    hint: "look into the folder, and take away what is in it",
  });
}
