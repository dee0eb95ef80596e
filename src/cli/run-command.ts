import type { World } from "../core/world.ts";
import type { RunSetup } from "../provide.ts";
import type { CacheCommand } from "./arguments.ts";
import { clear } from "./cache-clear.ts";
import { list } from "./cache-list.ts";
import { warm } from "./cache-warm.ts";
import type { Ending } from "./output.ts";

/** What people do with the cache. No run of the kubelet loads it. */
export function runCommand(
  { action, images }: CacheCommand,
  setting: RunSetup,
  world: World,
): Promise<Ending> {
  switch (action) {
    case "list":
      return list(setting, world);
    case "clear":
      return clear(setting, world);
    case "warm":
      return warm(images, setting, world);
  }
}
