import type { ProviderError } from "./errors.ts";
import type { Secret } from "./secret.ts";
import type { Milliseconds } from "./time.ts";

/** Which of a host's images a login is for: all, or this one, since others may have another. */
export type Scope = "registry" | "image";

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
      /** What the registry itself says of it; default `registry`. */
      readonly scope?: Scope;
    }
  | { readonly kind: "anonymous"; readonly because: ProviderError; readonly cacheFor: Milliseconds };
