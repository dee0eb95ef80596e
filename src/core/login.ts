import type { ProviderError } from "../errors/provider-error.ts";
import type { Secret } from "./secret.ts";
import type { Milliseconds } from "./time.ts";
import type { World } from "./world.ts";

/** Which of a host's images a login is for: all, or this one, since others may have another. */
export type LoginScope = "registry" | "image";

/** What a registry lets somebody in with. */
export interface Login {
  readonly username: string;
  readonly password: Secret;
  /** Wall clock; undefined where nobody says. */
  readonly expiresAt: Milliseconds | undefined;
}

interface PreparedLoginPod {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly uid: string | undefined;
  /** Of its token; wall clock. */
  readonly expiresAt: Milliseconds;
}

/** A login that is to be fetched. By whom is decided, and nobody has been asked yet. */
export interface PreparedLogin {
  /** Who asks, in full: two that differ have no JSON in common. A Secret's JSON is a mask. */
  readonly identity: object;
  /** The pod whose token proves it: its login is nobody else's, and no longer kept than the token lasts. */
  readonly pod: PreparedLoginPod | undefined;
  /** Files that say who the node is: where their content is another, so is who asks. */
  readonly files: readonly (string | undefined)[];
  /** @param world whose deadline may be nearer than the run's */
  fetch(world: World): Promise<Login>;
}

/** Runs the errand, or has the login already. `cacheAtMost`: what is left of one that could not be renewed. */
export type LoginCache = (errand: PreparedLogin) => Promise<ServedLogin>;
export type ServedLogin = Login & { readonly cacheAtMost?: Milliseconds };

/**
 * What a registry's login comes to. `cacheFor` is what its family allows of the life that is left;
 * `protocol/response.ts` takes the jitter off.
 */
export type LoginResult =
  | {
      readonly kind: "login";
      readonly username: string;
      readonly password: Secret;
      readonly cacheFor: Milliseconds;
      readonly cacheAtMost?: Milliseconds;
      /** What the registry itself says of it; default `registry`. */
      readonly scope?: LoginScope;
    }
  | { readonly kind: "anonymous"; readonly because: ProviderError; readonly cacheFor: Milliseconds };
