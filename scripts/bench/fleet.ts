import { RUN_TIMEOUT, SECOND } from "../../src/core/time.ts";
import { QUOTA } from "../../test/fleet/account.ts";
import { type Fleet, peakOfRetries, playFleet } from "../../test/fleet/fleet.ts";
import { mark, shown } from "./figures.ts";

const NODES = 1000;

/** In virtual time and by one seed: there is nothing to repeat. */
export async function printFleet(say: (text: string) => void): Promise<void> {
  const fleet = await playFleet(NODES, 1);
  const quota = `${QUOTA.rate} calls a second, ${QUOTA.burst} at once`;
  say(
    `\nfleet: ${NODES} nodes that start at once on one account's ECR (${quota}), in virtual time; measured (goal)`,
  );
  const peak = peakOfRetries(fleet.calls);
  say(`  served          ${fleet.served.length} (${NODES}) ${mark(NODES - fleet.served.length, 0, 0)}`);
  say(
    `  after           p50 ${seconds(fleet, 0.5)} s, p99 ${seconds(fleet, 0.99)} s, the last ${lastOf(fleet)}`,
  );
  say(`  calls           ${fleet.calls.length}, of which ${throttled(fleet)} were throttled`);
  say(`  retries/s, peak ${peak} (≤ ${3 * QUOTA.rate}) ${mark(peak, 3 * QUOTA.rate, 0)}`);
}

function lastOf(fleet: Fleet): string {
  const last = fleet.served.at(-1) ?? Number.NaN;
  return `${seconds(fleet, 1)} s (≤ ${RUN_TIMEOUT / SECOND} s) ${mark(last, RUN_TIMEOUT, 0)}`;
}

function throttled({ calls }: Fleet): number {
  return calls.filter(({ isThrottled }) => isThrottled).length;
}

/** When this part of those who were served had their answer. */
function seconds({ served }: Fleet, part: number): string {
  const time = served[Math.ceil(part * served.length) - 1] ?? Number.NaN;
  return shown(time / SECOND, 1);
}
