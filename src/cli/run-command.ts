import type { World } from "../core/world.ts";
import type { RunSetup } from "../provide.ts";
import type { CacheCommand } from "./arguments.ts";
import { runCacheClear } from "./cache-clear.ts";
import { runCacheList } from "./cache-list.ts";
import { runCacheWarm } from "./cache-warm.ts";
import type { CommandResult } from "./output.ts";

/** What people do with the cache. No run of the kubelet loads it. */
export function runCommand(
  { action, images }: CacheCommand,
  setting: RunSetup,
  world: World,
): Promise<CommandResult> {
  switch (action) {
    case "list":
      return runCacheList(setting, world);
    case "clear":
      return runCacheClear(setting, world);
    case "warm":
      return runCacheWarm(images, setting, world);
  }
}
