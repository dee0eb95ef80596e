import { RUN_TIMEOUT, SECOND } from "../../src/core/time.ts";
import { QUOTA } from "../../test/fleet/account.ts";
import { countPeakRetries, type Fleet, playFleet } from "../../test/fleet/fleet.ts";
import { formatNumber, formatVerdict } from "./figures.ts";

const NODES = 1000;

/** Prints one simulation: virtual time and a fixed seed make repetitions unnecessary. */
export async function printFleet(say: (text: string) => void): Promise<void> {
  const fleet = await playFleet(NODES, 1);
  const quota = `${QUOTA.rate} calls a second, ${QUOTA.burst} at once`;
  say(
    `\nfleet: ${NODES} nodes that start at once on one account's ECR (${quota}), in virtual time; measured (goal)`,
  );
  const peak = countPeakRetries(fleet.calls);
  say(
    `  served          ${fleet.served.length} (${NODES}) ${formatVerdict(NODES - fleet.served.length, 0, 0)}`,
  );
  say(
    `  after           p50 ${formatPercentile(fleet, 0.5)} s, p99 ${formatPercentile(fleet, 0.99)} s, the last ${formatLast(fleet)}`,
  );
  say(`  calls           ${fleet.calls.length}, of which ${countThrottled(fleet)} were throttled`);
  say(`  retries/s, peak ${peak} (≤ ${3 * QUOTA.rate}) ${formatVerdict(peak, 3 * QUOTA.rate, 0)}`);
}

function formatLast(fleet: Fleet): string {
  const last = fleet.served.at(-1) ?? Number.NaN;
  return `${formatPercentile(fleet, 1)} s (≤ ${RUN_TIMEOUT / SECOND} s) ${formatVerdict(last, RUN_TIMEOUT, 0)}`;
}

function countThrottled({ calls }: Fleet): number {
  return calls.filter(({ isThrottled }) => isThrottled).length;
}

/** Returns the time in seconds until this share of the served nodes had a response. */
function formatPercentile({ served }: Fleet, part: number): string {
  const time = served[Math.ceil(part * served.length) - 1] ?? Number.NaN;
  return formatNumber(time / SECOND, 1);
}
