import type { Secret } from "./secret.ts";
import type { Milliseconds } from "./time.ts";
import type { World } from "./world.ts";

/** Whether the kubelet may use a login for all images of the host, or only for the requested one (`cacheKeyType`). */
export type CacheKeyType = "registry" | "image";

/** Credentials for a registry. */
export interface Login {
  readonly username: string;
  readonly password: Secret;
  /** Wall clock; undefined if unknown. */
  readonly expiresAt: Milliseconds | undefined;
  /** Default `registry`. */
  readonly cacheKeyType?: CacheKeyType;
  /** Upper bound for the kubelet's cache: set for a static login, and for a stale one that could not be refreshed. */
  readonly maxCacheDuration?: Milliseconds;
}

/** A login that may be fetched: the identity is decided and allowed, and no network request was made yet. */
export interface PreparedLogin {
  readonly identity: LoginIdentity;
  /** Files that identify the node. The cache key contains their fingerprints. */
  readonly files: readonly string[];
  /** False for logins that are read from this node's files, which is as fast as the cache. */
  readonly isCacheable: boolean;
  /** @param world its deadline may be earlier than the run's */
  fetch(world: World): Promise<Login>;
}

/** The identity that requests a login. Its JSON, in which secrets are masked, is part of the cache key. */
export interface LoginIdentity {
  /** The pod that provides the token to exchange; undefined: the node's identity. */
  readonly pod: LoginPod | undefined;
}

interface LoginPod {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly uid: string | undefined;
  /** Wall clock: when the pod's token expires. Its login is not cached for longer. */
  readonly expiresAt: Milliseconds;
}

/** The logins of one cache scope. */
export interface LoginCache {
  /** @throws ProviderError as `prepared.fetch`, also for the failure of another run */
  getOrFetch(prepared: PreparedLogin): Promise<Login>;
}
