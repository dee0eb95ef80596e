/** Google's access and ID tokens: who holds them, for what, until when. */
import type { Asked } from "./exchange.ts";
import { Signer } from "./jwt.ts";
import type { Ledger } from "./ledger.ts";
import type { GoogleOptions } from "./options.ts";

export const GOOGLE_ISSUER = "https://accounts.google.com";

/** Scopes that let a token read images. */
const READS =
  /^https:\/\/www\.googleapis\.com\/auth\/(cloud-platform|devstorage\.(read_only|read_write|full_control))/;

export interface GoogleToken {
  readonly holder: string;
  readonly scopes: readonly string[];
  readonly universe: string;
  readonly expires: number;
}

export class GoogleTokens {
  readonly signer = new Signer("google-1");
  readonly #options: GoogleOptions;
  readonly #ledger: Ledger;
  readonly #tokens = new Map<string, GoogleToken>();

  constructor(options: GoogleOptions, ledger: Ledger) {
    this.#options = options;
    this.#ledger = ledger;
  }

  /** `life` in seconds. A bent token is over, or another account's without any right. */
  issue(
    asked: Asked,
    holder: string,
    scopes: readonly string[],
    life: number,
    kind = "gce-token",
  ): { token: string; expiresIn: number } {
    const token = this.#ledger.keep(`ya29.c.${this.#ledger.secret(kind, 64)}`);
    const expiresIn = asked.bend === "expired" ? 0 : life;
    const swapped = asked.bend === "swapped";
    this.#tokens.set(token, {
      holder: swapped ? "stranger@elsewhere.iam.gserviceaccount.com" : holder,
      scopes: swapped ? [] : scopes,
      universe: this.#options.universe,
      expires: asked.now + expiresIn * 1000,
    });
    return { token, expiresIn };
  }

  live(token: string, now = Date.now()): GoogleToken | undefined {
    const found = this.#tokens.get(token);
    return found !== undefined && found.expires > now ? found : undefined;
  }

  /** Whether a registry of this universe lets the token pull. */
  accepts(token: string, universe: string): boolean {
    const found = this.live(token);
    return (
      found !== undefined && found.universe === universe && found.scopes.some((scope) => READS.test(scope))
    );
  }

  identity(asked: Asked, email: string, audience: string): string {
    const seconds = Math.floor(asked.now / 1000);
    const exp = asked.bend === "expired" ? seconds - 60 : seconds + 3600;
    const sub = asked.bend === "swapped" ? "999" : "104023876223456789012";
    const claims = {
      iss: GOOGLE_ISSUER,
      aud: audience,
      azp: sub,
      sub,
      email,
      email_verified: true,
      iat: seconds,
      exp,
    };
    return this.#ledger.keepJwt(this.signer.sign(claims));
  }
}
