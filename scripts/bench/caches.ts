/** Directories for the cache of logins, on tmpfs as on a node, in a place that nobody else may write to. */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const VARIABLE = "REGISTRY_CREDENTIAL_PROVIDER_CACHE";

export const NO_CACHE = { [VARIABLE]: "off" } as const;

export class Caches {
  readonly #root: string;
  #made = 0;

  private constructor(root: string) {
    this.#root = root;
  }

  static async make(): Promise<Caches> {
    const memory = "/dev/shm";
    return new Caches(await mkdtemp(join(existsSync(memory) ? memory : tmpdir(), "bench-cache-")));
  }

  /** The variable that names one which is not there yet: the program makes it. */
  fresh(): Record<string, string> {
    this.#made += 1;
    return { [VARIABLE]: join(this.#root, String(this.#made)) };
  }

  async remove(): Promise<void> {
    await rm(this.#root, { recursive: true });
  }
}
