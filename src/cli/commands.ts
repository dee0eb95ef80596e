import type { World } from "../core/world.ts";
import type { RunSetup } from "../provide.ts";
import type { CommandResult } from "./output.ts";

/** A command for people and scripts. The kubelet runs the program without a command. */
export interface Command {
  /** `cache`, and one more word. */
  readonly name: string;
  readonly takesImages: boolean;
  /** A read-only command does not write the configuration cache. */
  readonly isReadOnly: boolean;
  /** The description in `--help`, in lines of at most 100 characters. */
  readonly help: readonly string[];
  /** Loads the command's code only when it runs, so that a request of the kubelet does not pay for it. */
  readonly run: (images: readonly string[], setup: RunSetup, world: World) => Promise<CommandResult>;
}

/** The commands. The parser of arguments and `--help` are derived from this table. */
export const COMMANDS: readonly Command[] = [
  {
    name: "cache list",
    takesImages: false,
    isReadOnly: true,
    help: ["shows the cached logins: registries, identities, times; no secret"],
    run: async (_images, setup, world) => (await import("./cache-list.ts")).runCacheList(setup, world),
  },
  {
    name: "cache clear",
    takesImages: false,
    isReadOnly: true,
    help: ["deletes all cached logins, and the cache's key"],
    run: async (_images, setup, world) => (await import("./cache-clear.ts")).runCacheClear(setup, world),
  },
  {
    name: "cache warm",
    takesImages: true,
    isReadOnly: false,
    help: [
      "fetches logins ahead, as the node, and prints the result for each image. The other arguments and",
      "the environment must be those of the kubelet: otherwise no pull gets these logins",
      "(docs/operate/cache-warm.md)",
    ],
    run: async (images, setup, world) => (await import("./cache-warm.ts")).runCacheWarm(images, setup, world),
  },
];
