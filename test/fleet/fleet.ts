/**
 * A fleet that starts at once, in virtual time: each node is a whole run of the program, `provide()`, with its own world and
 * its own chance; the clock and the account's quota are theirs together. The same seed plays the same minute again.
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
import { Account, type Call } from "./account.ts";

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
/** From a question to its answer, on the node and across the network. */
const NEAR: Milliseconds = 2;
const FAR: Milliseconds = 40;

export interface Fleet {
  /** When each node that was served had its answer, since its start; in order. */
  readonly served: readonly Milliseconds[];
  readonly answers: readonly string[];
  readonly failed: readonly ErrorCode[];
  readonly calls: readonly Call[];
}

export async function playFleet(nodes: number, seed: number): Promise<Fleet> {
  const clock = new VirtualClock();
  const account = new Account();
  const play = (node: number) =>
    playNode(node, account, clock, seeded(Math.imul(seed * 1_000_003 + node, 0x9e3779b1)));
  // What is loaded when it is first needed takes the loader's time, in which virtual time would run on.
  await playNode(0, new Account(), new VirtualClock(), Math.random);
  const endings = await Promise.all(Array.from({ length: nodes }, (_, node) => play(node)));
  const served = endings.filter((ending) => "answer" in ending);
  return {
    served: served.map(({ at }) => at).sort((one, other) => one - other),
    answers: served.map(({ answer }) => answer),
    failed: endings.flatMap((ending) => ("code" in ending ? [ending.code] : [])),
    calls: account.calls,
  };
}

type Ending =
  | { readonly at: Milliseconds; readonly answer: string }
  | { readonly at: Milliseconds; readonly code: ErrorCode };

function playNode(
  node: number,
  account: Account,
  clock: VirtualClock,
  random: () => number,
): Promise<Ending> {
  return inWorld({ clock, env: ENV, random }, async (made) => {
    const exchange = (request: HttpRequest) => answered(request, node, account, clock, made);
    const world: World = { ...made, exchange };
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

async function answered(
  { method, url }: HttpRequest,
  node: number,
  account: Account,
  clock: VirtualClock,
  world: World,
): Promise<HttpResponse> {
  const { pathname, hostname, protocol } = url;
  await clock.wait((protocol === "http:" ? NEAR : FAR) / 2);
  const answer = account.answer(node, { method, pathname, hostname }, clock.elapsed, world.now());
  await clock.wait((protocol === "http:" ? NEAR : FAR) / 2);
  return { headers: {}, body: "", ...answer };
}

/** The most calls in any second that were not a node's first. */
export function peakOfRetries(calls: readonly Call[]): number {
  const seen = new Set<number>();
  const isRetry = ({ node }: Call) => {
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
