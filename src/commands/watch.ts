import { cachedLogins } from "../cache/cached-logins.ts";
import { type Found, Slot } from "../cache/slot.ts";
import type { Vault } from "../cache/vault.ts";
import type { Errand, Logins } from "../login.ts";
import type { LoginOutcome } from "../protocol/response.ts";
import { purposeOf } from "../provide.ts";
import type { Target } from "../target.ts";
import type { Milliseconds } from "../time.ts";
import type { World } from "../world.ts";
import { instant } from "./ending.ts";

/** What came of one image. */
export interface Verdict {
  /** In a word or two. */
  readonly outcome: string;
  readonly detail: string;
  readonly hasFailed: boolean;
}

/** The logins of one image, from the cache as in any run, and what was seen of it on the way. */
export class Watch {
  readonly logins: Logins;
  readonly #world: World;
  #wasAsked = false;
  #wasFetched = false;
  #kept: Found | undefined;
  /** Wall clock. */
  #endsAt: Milliseconds | undefined;

  constructor(target: Target, vault: Vault, world: World) {
    this.#world = world;
    const purpose = purposeOf(target);
    const cached = cachedLogins(() => vault, purpose, world);
    this.logins = async (errand) => {
      const slot = new Slot(vault, purpose, errand, world);
      this.#wasAsked = true;
      this.#kept = slot.find();
      // Looked at and not served: that is no hit.
      if (this.#kept?.state === "fresh") return this.#kept.login;
      const login = await cached(this.#watched(errand));
      this.#kept = slot.find();
      this.#endsAt = login.expiresAt;
      return login;
    };
  }

  #watched(errand: Errand): Errand {
    const seen = (within: World) => {
      this.#wasFetched = true;
      return errand.fetch(within);
    };
    return { ...errand, fetch: seen };
  }

  /** What is said of it once it is over. */
  verdict(outcome: LoginOutcome): Verdict {
    if (outcome.kind === "anonymous") return wellEnough("anonymous", "it is pulled without a login");
    if (!this.#wasAsked) return wellEnough("not kept", "a static login is read for each pull");
    if (this.#kept === undefined) return this.#notKept();
    const until = `kept until ${instant(this.#world.now() + this.#kept.left)}`;
    if (outcome.cacheAtMost !== undefined) return { outcome: "not renewed", detail: until, hasFailed: true };
    return wellEnough(this.#wasFetched ? "fetched" : "already there", until);
  }

  #notKept(): Verdict {
    if (this.#endsAt === undefined) return wellEnough("not kept", "nobody says when it ends");
    return { outcome: "not kept", detail: "it could not be written, or is over", hasFailed: true };
  }
}

function wellEnough(outcome: string, detail: string): Verdict {
  return { outcome, detail, hasFailed: false };
}
