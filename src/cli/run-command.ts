import type { World } from "../core/world.ts";
import type { RunSetup } from "../provide.ts";
import type { CacheCommand } from "./arguments.ts";
import { runCacheClear } from "./cache-clear.ts";
import { runCacheList } from "./cache-list.ts";
import { runCacheWarm } from "./cache-warm.ts";
import type { CommandResult } from "./output.ts";

/** Runs a cache command. Not loaded in a run of the kubelet. */
export function runCommand(
  { action, images }: CacheCommand,
  setup: RunSetup,
  world: World,
): Promise<CommandResult> {
  switch (action) {
    case "list":
      return runCacheList(setup, world);
    case "clear":
      return runCacheClear(setup, world);
    case "warm":
      return runCacheWarm(images, setup, world);
  }
}
