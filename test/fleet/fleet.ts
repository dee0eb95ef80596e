/**
 * A simulation of a fleet of nodes that start at once, in virtual time. Each node is a run of `provide()` with its own world and random
 * numbers; all share the clock and the quota of the account. The same seed produces the same requests.
 */
import { NO_POLICY } from "../../src/config/policy.ts";
import { type Milliseconds, SECOND } from "../../src/core/time.ts";
import type { HttpRequest, HttpResponse, World } from "../../src/core/world.ts";
import { type ErrorCode, ensureProviderError } from "../../src/errors/provider-error.ts";
import { provide } from "../../src/provide.ts";
import { SupportedRegistries } from "../../src/registries/index.ts";
import { encodeRequest } from "../kubelet/encode-request.ts";
import { seeded } from "../support/random.ts";
import { inWorld, VirtualClock } from "../support/world.ts";
import { Account, type QuotaCall } from "./account.ts";

const REQUEST = Buffer.from(
  encodeRequest({
    apiVersion: "credentialprovider.kubelet.k8s.io/v1",
    image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/app",
  }),
);
const ENV = {
  REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: "aws",
  AWS_EC2_METADATA_SERVICE_ENDPOINT: "http://169.254.169.254",
};
/** Round-trip times to the metadata service and to ECR. */
const METADATA_LATENCY: Milliseconds = 2;
const NETWORK_LATENCY: Milliseconds = 40;

export interface Fleet {
  /** The durations of the successful runs, in ascending order. */
  readonly served: readonly Milliseconds[];
  readonly answers: readonly string[];
  readonly failed: readonly ErrorCode[];
  readonly calls: readonly QuotaCall[];
}

export async function playFleet(nodes: number, seed: number): Promise<Fleet> {
  const clock = new VirtualClock();
  const account = new Account();
  const play = (node: number) =>
    playNode(node, account, clock, seeded(Math.imul(seed * 1_000_003 + node, 0x9e3779b1)));
  // Loads the lazy modules first: virtual time would pass during the loading.
  await playNode(0, new Account(), new VirtualClock(), Math.random);
  const results = await Promise.all(Array.from({ length: nodes }, (_, node) => play(node)));
  const served = results.filter((result) => "answer" in result);
  return {
    served: served.map(({ at }) => at).sort((one, other) => one - other),
    answers: served.map(({ answer }) => answer),
    failed: results.flatMap((result) => ("code" in result ? [result.code] : [])),
    calls: account.calls,
  };
}

type NodeResult =
  | { readonly at: Milliseconds; readonly answer: string }
  | { readonly at: Milliseconds; readonly code: ErrorCode };

function playNode(
  node: number,
  account: Account,
  clock: VirtualClock,
  random: () => number,
): Promise<NodeResult> {
  return inWorld({ clock, env: ENV, random }, async (fake) => {
    const exchange = (request: HttpRequest) => exchangeWithAccount(request, node, account, clock, fake);
    const world: World = { ...fake, exchange };
    try {
      const setup = {
        options: {},
        registries: new SupportedRegistries(world),
        readPolicy: async () => NO_POLICY,
      };
      const answer = await provide(REQUEST, setup, world, () => {});
      return { at: world.elapsed(), answer };
    } catch (thrown) {
      return { at: world.elapsed(), code: ensureProviderError(thrown).code };
    }
  });
}

async function exchangeWithAccount(
  { method, url }: HttpRequest,
  node: number,
  account: Account,
  clock: VirtualClock,
  world: World,
): Promise<HttpResponse> {
  const { pathname, hostname, protocol } = url;
  await clock.wait((protocol === "http:" ? METADATA_LATENCY : NETWORK_LATENCY) / 2);
  const answer = account.answer(node, { method, pathname, hostname }, clock.elapsed, world.now());
  await clock.wait((protocol === "http:" ? METADATA_LATENCY : NETWORK_LATENCY) / 2);
  return { headers: {}, body: "", ...answer };
}

/** Returns the maximum number of retries within any second. */
export function countPeakRetries(calls: readonly QuotaCall[]): number {
  const seen = new Set<number>();
  const isRetry = ({ node }: QuotaCall) => {
    const isKnown = seen.has(node);
    seen.add(node);
    return isKnown;
  };
  const retries = calls.filter(isRetry).map(({ at }) => at);
  return Math.max(0, ...retries.map((from, index) => countUntil(retries, index, from + SECOND)));
}

function countUntil(times: readonly Milliseconds[], first: number, end: Milliseconds): number {
  let next = first;
  while (next < times.length && (times[next] ?? end) < end) next += 1;
  return next - first;
}
