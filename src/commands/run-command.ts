import type { CacheCommand } from "../arguments.ts";
import type { World } from "../core/world.ts";
import type { Setting } from "../provide.ts";
import { clear } from "./clear.ts";
import type { Ending } from "./ending.ts";
import { list } from "./list.ts";
import { warm } from "./warm.ts";

/** What people do with the cache. No run of the kubelet loads it. */
export function runCommand(
  { action, images }: CacheCommand,
  setting: Setting,
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
