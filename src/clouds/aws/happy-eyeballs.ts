import type { Milliseconds } from "../../core/time.ts";
import type { World } from "../../core/world.ts";
import { ProviderError } from "../../errors/provider-error.ts";

/** IPv6 is asked where IPv4 has not answered by then. */
const HEAD_START: Milliseconds = 250;

/**
 * The first of a service's addresses on the node that answers. Once the first one has failed for good, the others are not
 * waited for.
 */
export function raceAddresses<A, T>(
  addresses: readonly A[],
  ask: (address: A) => Promise<T>,
  world: World,
): Promise<T> {
  const [first, ...others] = addresses.map(async (address, index) => {
    if (index > 0) await world.sleep(HEAD_START * index);
    return ask(address);
  });
  if (first === undefined) throw new ProviderError("internal", { detail: "no address on the node" });
  const orFirst = (error: unknown) => {
    if (!(error instanceof ProviderError)) throw error;
    return first;
  };
  return Promise.race([first, ...others.map((other) => other.catch(orFirst))]);
}
