import type { Login, PreparedLogin } from "../core/login.ts";
import { redactSecrets } from "../core/secret.ts";
import { MINUTE, type Milliseconds, SECOND } from "../core/time.ts";
import type { World } from "../core/world.ts";
import { formatError } from "../errors/error-line.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { bestEffort } from "./best-effort.ts";
import type { CachedLogin, FoundLogin } from "./cached-login.ts";
import { evict } from "./eviction.ts";
import { tryAcquireLease } from "./lease.ts";
import { isNegativeHit, isRefusal } from "./negative-entry.ts";

/** The interval at which a follower polls grows from the minimum to the maximum. Most fetches take a tenth of a second. */
const MIN_POLL_INTERVAL: Milliseconds = 10;
const MAX_POLL_INTERVAL: Milliseconds = 250;
const POLL_INTERVAL_GROWTH = 1.3;
/** A run that has a stale login spends at most this time on its refresh. */
const REFRESH_TIMEOUT: Milliseconds = 5 * SECOND;
/** The end of the refresh timeout, reserved for the pending request to report its own error. */
const REFRESH_ERROR_TIME: Milliseconds = SECOND / 2;
/**
 * How long the kubelet caches a stale login. It is short, so that the next attempt to refresh follows soon. A stale login
 * remains valid for at least twice this duration.
 */
const STALE_CACHE_DURATION: Milliseconds = MINUTE;

/**
 * Fetches a login once for all runs that need it at the same time. The run that acquires the lease is the leader and fetches. The
 * others are followers: they serve the stale login, or else wait for the leader's result until their own deadline.
 *
 * @throws ProviderError of this run's fetch, or of the leader's
 */
export async function fetchOnce(prepared: PreparedLogin, cached: CachedLogin, world: World): Promise<Login> {
  const { cacheKey, sealedStore } = cached;
  const startedAt = world.machine.monotonicNow();
  let interval = 0;
  for (;;) {
    if (interval > 0) {
      world.setStep("waiting for another run that fetches the same login");
      await world.sleep(interval * (0.5 + world.random()));
    }
    const lease = bestEffort(() => tryAcquireLease(cacheKey, sealedStore.store, world.machine), world);
    const isFollower = lease === "held";
    const release = () => (lease === undefined || isFollower ? undefined : bestEffort(lease.release, world));
    try {
      // Another run may have stored a result since the last look, also just before this run acquired the lease.
      const found = cached.findLogin();
      // A login that was fetched for the waiting runs is served to them however short its lifetime is.
      const isCurrent = found?.state === "fresh" || (found?.fetchedAtMonotonic ?? -1) >= startedAt;
      if (found !== undefined && (isCurrent || (isFollower && found.state === "stale"))) {
        cached.countHit();
        return found.login;
      }
      const failure = cached.findFailure();
      const run = { startedAt, hasStaleLogin: found?.state === "stale" };
      if (failure !== undefined && isNegativeHit(failure, run, world.machine.monotonicNow()))
        return serveStaleOrThrow(failure.error, found, cached, world);
      if (isFollower) {
        interval = Math.min(Math.max(interval * POLL_INTERVAL_GROWTH, MIN_POLL_INTERVAL), MAX_POLL_INTERVAL);
        continue;
      }
      // The previous leader finished and cached nothing, so this run's login is probably not cacheable either. With the lease
      // released, the waiting runs fetch at the same time instead of one after the other.
      if (interval > 0 && lease?.deadHolders === 0) release();
      return await fetchAndCache(prepared, found, cached, world);
    } finally {
      release();
    }
  }
}

async function fetchAndCache(
  prepared: PreparedLogin,
  found: FoundLogin | undefined,
  cached: CachedLogin,
  world: World,
): Promise<Login> {
  const requestedAt = world.machine.monotonicNow();
  try {
    const login =
      found?.state === "stale"
        ? await refreshWithDeadline(prepared, cached, world)
        : await prepared.fetch(world);
    // This run may have been suspended and have lost its lease. If the cloud has since refused its successor, access was revoked
    // after this login was granted.
    const failure = cached.findFailure();
    const isRevoked =
      failure !== undefined && failure.failedAtMonotonic >= requestedAt && isRefusal(failure.error);
    if (!isRevoked) cached.storeLogin(login);
    return login;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (isRefusal(error)) cached.deleteLogin();
    // A failure is cached only if a remote service was contacted: retrying a local failure costs nothing.
    if (error.facts.request !== undefined) cached.storeFailure(error);
    return serveStaleOrThrow(error, found, cached, world);
  } finally {
    bestEffort(() => evict(cached.sealedStore.store, world), world);
  }
}

/** Fetches with an earlier deadline, so that the pending request reports its own error. A fetch that ignores the deadline is abandoned. */
async function refreshWithDeadline(
  prepared: PreparedLogin,
  cached: CachedLogin,
  world: World,
): Promise<Login> {
  const deadline = Math.min(world.deadline, world.elapsed() + REFRESH_TIMEOUT - REFRESH_ERROR_TIME);
  const timeout = world.sleep(REFRESH_TIMEOUT).then(() => {
    throw new ProviderError("response-timeout", { request: cached.metadata.registry });
  });
  return Promise.race([prepared.fetch({ ...world, deadline }), timeout]);
}

/** Serves the stale login although its refresh failed (stale-if-error, RFC 5861), unless the cloud refused the refresh. */
function serveStaleOrThrow(
  error: ProviderError,
  found: FoundLogin | undefined,
  cached: CachedLogin,
  world: World,
): Login {
  if (found?.state !== "stale" || isRefusal(error)) throw error;
  const remaining = `${Math.floor(found.remaining / SECOND)} s`;
  world.note(
    `could not refresh the login; serving the cached one, valid for ${remaining}: ${formatError(error, redactSecrets)}`,
  );
  cached.countHit();
  return { ...found.login, maxCacheDuration: STALE_CACHE_DURATION };
}
