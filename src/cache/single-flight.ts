import { OVERALL } from "../deadline.ts";
import { asProviderError, ProviderError } from "../errors.ts";
import { account } from "../last-words.ts";
import type { Errand, Login } from "../login.ts";
import { MINUTE, type Milliseconds, SECOND } from "../time.ts";
import type { World } from "../world.ts";
import { attempt } from "./attempt.ts";
import { type Failure, isPassing, isRecent, isRefusal, isShared } from "./failure.ts";
import { tryToLead } from "./lease.ts";
import type { Found, Slot } from "./slot.ts";
import { sweep } from "./sweep.ts";

type Served = Login & { readonly cacheAtMost?: Milliseconds };

/** Between two looks while another run fetches: short at first, since most take a tenth of a second. */
const FIRST_PAUSE: Milliseconds = 20;
const LONGEST_PAUSE: Milliseconds = 250;
/** Who holds a good login waits no longer for a better one. */
const RENEWAL: Milliseconds = 5 * SECOND;
/** The last part of it is for what was under way to end and say what it failed of. */
const GRACE: Milliseconds = SECOND / 2;
/** The kubelet comes back so soon for a login that could not be renewed. */
const STALE_AT_MOST: Milliseconds = MINUTE;

/**
 * One run fetches for all that want the same at the same time. While a good login is renewed, the others are served it at once; where
 * there is none, they wait, if need be to their own deadline: a cloud that is slow or throttles is not asked by all of them.
 *
 * @throws ProviderError as the errand, be it that another run had the failure
 */
export async function fetchOnce(errand: Errand, slot: Slot, world: World): Promise<Served> {
  const began = world.machine.sinceBoot();
  let hasWaited = false;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.3, LONGEST_PAUSE)) {
    const lease = attempt(() => tryToLead(slot.name, slot.vault.store, world.machine), world) ?? "none";
    if (lease === "none") return alone(errand, slot, world);
    if (lease !== "led") {
      try {
        // Whom this run waited for is done and left nothing: so may this one, and nobody else waits for it.
        const goOn = () => (hasWaited && lease.passed === 0 ? lease.release() : undefined);
        return await lead(errand, slot, began, goOn, world);
      } finally {
        lease.release();
      }
    }
    const served = whileLed(slot, began, world);
    if (served !== undefined) return served;
    hasWaited = true;
    world.doing("waiting for another run that fetches the same login");
    await world.sleep(pause * (0.5 + world.random()));
  }
}

/** Without a sweep nobody would ever lead again where many did and died. */
function alone(errand: Errand, slot: Slot, world: World): Promise<Login> {
  attempt(() => sweep(slot.vault, world), world);
  return errand.fetch(world);
}

/** Undefined: nothing yet. */
function whileLed(slot: Slot, began: Milliseconds, world: World): Login | undefined {
  const found = slot.find();
  if (found?.state === "fresh" || found?.state === "due") return found.login;
  const failure = slot.failure();
  if (failure !== undefined && isShared(failure, began, world.machine.sinceBoot())) throw failure.error;
  return undefined;
}

/**
 * Somebody may have fetched or failed just before: that is looked at first.
 *
 * @param beforehand called where there is nothing of the kind, so that this run asks
 */
async function lead(
  errand: Errand,
  slot: Slot,
  began: Milliseconds,
  beforehand: () => void,
  world: World,
): Promise<Served> {
  const found = slot.find();
  if (found?.state === "fresh") return found.login;
  const now = world.machine.sinceBoot();
  const before = slot.failure();
  if (before !== undefined && isAnswer(before, found, began, now)) return instead(before.error, found, world);
  beforehand();
  try {
    const login = await (found?.state === "due" ? renewed(errand, world) : errand.fetch(world));
    slot.keep(login);
    return login;
  } catch (thrown) {
    const error = asProviderError(thrown);
    remember(error, slot, world);
    return instead(error, found, world);
  } finally {
    attempt(() => sweep(slot.vault, world), world);
  }
}

function isAnswer(
  before: Failure,
  found: Found | undefined,
  began: Milliseconds,
  now: Milliseconds,
): boolean {
  return isShared(before, began, now) || (found?.state === "due" && isRecent(before, now));
}

/** The good login that there is, where what failed may pass. */
function instead(error: ProviderError, found: Found | undefined, world: World): Served {
  if (found?.state !== "due" || !isPassing(error)) throw error;
  const left = `${Math.floor(found.left / SECOND)} s`;
  world.note(
    `the login could not be renewed, and the one that is there is good for ${left}: ${account(error)}`,
  );
  return { ...found.login, cacheAtMost: Math.min(STALE_AT_MOST, found.left / 2) };
}

/** Only where somebody was asked: what is wrong on the node itself costs nobody anything. */
function remember(error: ProviderError, slot: Slot, world: World): void {
  if (isRefusal(error)) slot.drop();
  if (error.facts.asked !== undefined) slot.keepFailure({ error, since: world.machine.sinceBoot() });
}

/** By a deadline of its own, so that what then fails is what was under way. What does not go by it is not waited for. */
function renewed(errand: Errand, world: World): Promise<Login> {
  const gone = OVERALL - world.elapsed() - (RENEWAL - GRACE);
  const late = world.sleep(RENEWAL).then(() => {
    throw new ProviderError("answer-timeout", { asked: "whoever gives the login" });
  });
  return Promise.race([errand.fetch({ ...world, elapsed: () => world.elapsed() + gone }), late]);
}
