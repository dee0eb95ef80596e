import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { HOUR, MINUTE, type Milliseconds, SECOND } from "../../src/core/time.ts";
import { ensureProviderError, type ProviderError } from "../../src/errors/provider-error.ts";
import { onNode, PASSING, passwordOf, REFUSED, type VirtualNode } from "../support/virtual-node.ts";

/** A login as the rules of docs/operate/cache.md have it, in words of this test's own. */
interface Kept {
  readonly password: string;
  readonly wall: Milliseconds;
  readonly since: Milliseconds;
  readonly life: Milliseconds;
}

interface Model {
  kept: Kept | undefined;
  failed: { readonly error: ProviderError; readonly since: Milliseconds } | undefined;
  /** What the cloud says next. */
  cloud: "yes" | ProviderError;
  life: Milliseconds;
}

type Real = VirtualNode;

/** Which part of its life a login is to see before it is renewed: of its file's name. */
function renewalOf(node: VirtualNode): number {
  const [name = ""] = [...node.store.files.keys()].filter((one) => one.endsWith(".login"));
  return 0.5 + (0.3 * Number.parseInt(name.slice(0, 8), 16)) / 2 ** 32;
}

function stateIn({ kept }: Model, node: VirtualNode): "fresh" | "stale" | "unusable" {
  if (kept === undefined || node.now() < kept.wall || node.monotonicNow() < kept.since) return "unusable";
  const age = Math.max(node.now() - kept.wall, node.monotonicNow() - kept.since);
  if (kept.life - age <= 2 * MINUTE) return "unusable";
  return age < kept.life * renewalOf(node) ? "fresh" : "stale";
}

/** What a run is given or fails of, and whether it asks. */
function expected(model: Model, node: VirtualNode): { readonly ends: string; readonly asks: boolean } {
  const state = stateIn(model, node);
  const old = model.kept?.password ?? "";
  if (state === "fresh") return { ends: old, asks: false };
  const age = node.monotonicNow() - (model.failed?.since ?? Number.NEGATIVE_INFINITY);
  const before = age <= 5 * SECOND ? model.failed : undefined;
  if (before !== undefined && state === "stale") return { ends: old, asks: false };
  // Of what passes, only to who was there when it failed.
  if (before !== undefined && (before.error === REFUSED || age === 0))
    return { ends: before.error.code, asks: false };
  if (model.cloud === "yes") return { ends: "new", asks: true };
  return { ends: state === "stale" && model.cloud === PASSING ? old : model.cloud.code, asks: true };
}

/** What there is after it. */
function learn(model: Model, node: VirtualNode, password: string, asks: boolean): void {
  if (!asks) return;
  const at = { wall: node.now(), since: node.monotonicNow() };
  if (model.cloud === "yes") model.kept = { password, ...at, life: Math.min(model.life, 12 * HOUR) };
  else model.failed = { error: model.cloud, since: at.since };
  if (model.cloud === REFUSED) model.kept = undefined;
}

class Pulls implements fc.AsyncCommand<Model, Real> {
  check = () => true;
  async run(model: Model, node: Real): Promise<void> {
    const { ends, asks } = expected(model, node);
    const [before, password] = [node.fetches, `login ${node.fetches}`];
    // As it will be when it has been fetched.
    const login = { ...node.login(password, model.life), expiresAt: node.now() + node.takes + model.life };
    node.answers = Array.from({ length: before + 1 }, () => (model.cloud === "yes" ? login : model.cloud));
    const ending = await node.run().then(passwordOf, (thrown: unknown) => ensureProviderError(thrown).code);
    assert.equal(ending, ends === "new" ? password : ends);
    assert.equal(node.fetches - before, asks ? 1 : 0);
    learn(model, node, password, asks);
  }
  toString = () => "pulls";
}

class Happens implements fc.AsyncCommand<Model, Real> {
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
  new Happens(`${time} ms pass`, (_, node) => {
    node.later += time;
  });
const isSet = (by: Milliseconds) =>
  new Happens(`the clock is set by ${by} ms`, (_, node) => {
    node.setForth += by;
  });
const says = (cloud: Model["cloud"]) =>
  new Happens(`the cloud says ${cloud === "yes" ? cloud : cloud.code}`, (model) => {
    model.cloud = cloud;
  });
const givesFor = (life: Milliseconds) =>
  new Happens(`logins live for ${life} ms`, (model) => {
    model.life = life;
  });

test("whatever the clocks and the cloud do, a run is given what the rules say, and asks where they say so", async () => {
  const commands = fc.commands(
    [
      fc.constant(new Pulls()),
      fc.constant(new Pulls()),
      fc.constantFrom(1, SECOND, 6 * SECOND, MINUTE, HOUR, 4 * HOUR, 7 * HOUR).map(passes),
      fc.constantFrom(-13 * HOUR, -HOUR, -1, HOUR, 13 * HOUR).map(isSet),
      fc.constantFrom("yes" as const, PASSING, REFUSED).map(says),
      fc.constantFrom(3 * MINUTE, HOUR, 3 * HOUR, 12 * HOUR, 24 * HOUR).map(givesFor),
    ],
    { maxCommands: 40 },
  );
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(commands, (some) =>
      onNode((node) =>
        fc.asyncModelRun(() => {
          const model: Model = { kept: undefined, failed: undefined, cloud: "yes", life: 12 * HOUR };
          seen.add([...some].map(String).join());
          return { model, real: node };
        }, some),
      ),
    ),
    { numRuns: 3000, seed: 11 },
  );
  assert.ok(seen.size > 2000, `only ${seen.size} different stories`);
});
