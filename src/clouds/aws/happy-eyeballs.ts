import type { Milliseconds } from "../../core/time.ts";
import type { World } from "../../core/world.ts";
import { ProviderError } from "../../errors/provider-error.ts";

/** The pause before the next address is tried, as RFC 8305 §5 recommends for connections ("Connection Attempt Delay"). */
const ATTEMPT_DELAY: Milliseconds = 250;

/**
 * Requests a service of the node at its IPv4 and IPv6 addresses, and returns the first response. If the first address fails, its
 * error is thrown at once, without waiting for the others.
 *
 * @param addresses the preferred one first
 */
export function raceAddresses<A, T>(
  addresses: readonly A[],
  send: (address: A) => Promise<T>,
  world: World,
): Promise<T> {
  const [first, ...others] = addresses.map(async (address, index) => {
    if (index > 0) await world.sleep(ATTEMPT_DELAY * index);
    return send(address);
  });
  if (first === undefined) throw new ProviderError("internal", { detail: "no address on the node" });
  const waitForFirst = (error: unknown) => {
    if (!(error instanceof ProviderError)) throw error;
    return first;
  };
  return Promise.race([first, ...others.map((other) => other.catch(waitForFirst))]);
}
