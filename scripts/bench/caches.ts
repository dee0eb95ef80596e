/** Creates cache directories on tmpfs, as on a node. */
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { SHARED_MEMORY } from "../../test/support/memory-folder.ts";

const VARIABLE = "REGISTRY_CREDENTIAL_PROVIDER_CACHE";

export const NO_CACHE = { [VARIABLE]: "off" } as const;

export class Caches {
  readonly #root: string;
  #made = 0;

  private constructor(root: string) {
    this.#root = root;
  }

  static async make(): Promise<Caches> {
    return new Caches(await mkdtemp(join(SHARED_MEMORY, "bench-cache-")));
  }

  /** Returns the variable for a directory that does not exist yet; the program creates it. */
  fresh(): Record<string, string> {
    this.#made += 1;
    return { [VARIABLE]: join(this.#root, String(this.#made)) };
  }

  async remove(): Promise<void> {
    await rm(this.#root, { recursive: true });
  }
}
