import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { HOUR, MINUTE, type Milliseconds, SECOND } from "../../src/core/time.ts";
import { ensureProviderError, type ProviderError } from "../../src/errors/provider-error.ts";
import { onNode, passwordOf, REFUSED, TEMPORARY, type VirtualNode } from "../support/virtual-node.ts";

/** A cached login in the model, which implements the rules of docs/operate/cache.md independently. */
interface ModelLogin {
  readonly password: string;
  readonly wall: Milliseconds;
  readonly since: Milliseconds;
  readonly life: Milliseconds;
}

interface Model {
  cached: ModelLogin | undefined;
  failed: { readonly error: ProviderError; readonly since: Milliseconds } | undefined;
  /** The cloud's next response. */
  cloud: "yes" | ProviderError;
  life: Milliseconds;
}

type Real = VirtualNode;

/** Returns the share of its lifetime after which a login is stale, which depends on its file name. */
function computeRefreshShare(node: VirtualNode): number {
  const [name = ""] = [...node.store.files.keys()].filter((one) => one.endsWith(".login"));
  return 0.5 + (0.3 * Number.parseInt(name.slice(0, 8), 16)) / 2 ** 32;
}

function assessModel({ cached }: Model, node: VirtualNode): "fresh" | "stale" | "unusable" {
  if (cached === undefined || node.now() < cached.wall || node.monotonicNow() < cached.since)
    return "unusable";
  const age = Math.max(node.now() - cached.wall, node.monotonicNow() - cached.since);
  if (cached.life - age <= 2 * MINUTE) return "unusable";
  return age < cached.life * computeRefreshShare(node) ? "fresh" : "stale";
}

/** Predicts the result of a run, and whether it makes a request. */
function predict(model: Model, node: VirtualNode): { readonly result: string; readonly requests: boolean } {
  const state = assessModel(model, node);
  const old = model.cached?.password ?? "";
  if (state === "fresh") return { result: old, requests: false };
  const age = node.monotonicNow() - (model.failed?.since ?? Number.NEGATIVE_INFINITY);
  const before = age <= 5 * SECOND ? model.failed : undefined;
  if (before !== undefined && state === "stale") return { result: old, requests: false };
  // A temporary failure applies only to runs that waited for it.
  if (before !== undefined && (before.error === REFUSED || age === 0))
    return { result: before.error.code, requests: false };
  if (model.cloud === "yes") return { result: "new", requests: true };
  return { result: state === "stale" && model.cloud === TEMPORARY ? old : model.cloud.code, requests: true };
}

/** Updates the model after a run. */
function updateModel(model: Model, node: VirtualNode, password: string, requests: boolean): void {
  if (!requests) return;
  const at = { wall: node.now(), since: node.monotonicNow() };
  if (model.cloud === "yes") model.cached = { password, ...at, life: Math.min(model.life, 12 * HOUR) };
  else model.failed = { error: model.cloud, since: at.since };
  if (model.cloud === REFUSED) model.cached = undefined;
}

class Pulls implements fc.AsyncCommand<Model, Real> {
  check = () => true;
  async run(model: Model, node: Real): Promise<void> {
    const { result, requests } = predict(model, node);
    const [before, password] = [node.fetches, `login ${node.fetches}`];
    // The expiry counts from the end of the fetch.
    const login = { ...node.login(password, model.life), expiresAt: node.now() + node.takes + model.life };
    node.answers = Array.from({ length: before + 1 }, () => (model.cloud === "yes" ? login : model.cloud));
    const ending = await node.run().then(passwordOf, (thrown: unknown) => ensureProviderError(thrown).code);
    assert.equal(ending, result === "new" ? password : result);
    assert.equal(node.fetches - before, requests ? 1 : 0);
    updateModel(model, node, password, requests);
  }
  toString = () => "pulls";
}

class Changes implements fc.AsyncCommand<Model, Real> {
  readonly what: string;
  readonly #change: (model: Model, node: Real) => void;
  constructor(what: string, change: (model: Model, node: Real) => void) {
    this.what = what;
    this.#change = change;
  }
  check = () => true;
  async run(model: Model, node: Real): Promise<void> {
    this.#change(model, node);
  }
  toString = () => this.what;
}

const passes = (time: Milliseconds) =>
  new Changes(`${time} ms pass`, (_, node) => {
    node.later += time;
  });
const sets = (by: Milliseconds) =>
  new Changes(`the clock is set by ${by} ms`, (_, node) => {
    node.wallClockShift += by;
  });
const responds = (cloud: Model["cloud"]) =>
  new Changes(`the cloud responds ${cloud === "yes" ? cloud : cloud.code}`, (model) => {
    model.cloud = cloud;
  });
const givesFor = (life: Milliseconds) =>
  new Changes(`logins live for ${life} ms`, (model) => {
    model.life = life;
  });

test("runs follow the model for all sequences of clock changes and responses of the cloud", async () => {
  const commands = fc.commands(
    [
      fc.constant(new Pulls()),
      fc.constant(new Pulls()),
      fc.constantFrom(1, SECOND, 6 * SECOND, MINUTE, HOUR, 4 * HOUR, 7 * HOUR).map(passes),
      fc.constantFrom(-13 * HOUR, -HOUR, -1, HOUR, 13 * HOUR).map(sets),
      fc.constantFrom("yes" as const, TEMPORARY, REFUSED).map(responds),
      fc.constantFrom(3 * MINUTE, HOUR, 3 * HOUR, 12 * HOUR, 24 * HOUR).map(givesFor),
    ],
    { maxCommands: 40 },
  );
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(commands, (some) =>
      onNode((node) =>
        fc.asyncModelRun(() => {
          const model: Model = { cached: undefined, failed: undefined, cloud: "yes", life: 12 * HOUR };
          seen.add([...some].map(String).join());
          return { model, real: node };
        }, some),
      ),
    ),
    { numRuns: 3000, seed: 11 },
  );
  assert.ok(seen.size > 2000, `only ${seen.size} different sequences`);
});
