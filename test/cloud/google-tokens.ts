/**
 * Google's access tokens, ID tokens and account keys: their holder, scope and expiry, and which principals may pull.
 */
import { createHash } from "node:crypto";
import type { Asked } from "./exchange.ts";
import { isSignedBy, type Jwt, parseJwt, readClaim, readNumericClaim, Signer } from "./jwt.ts";
import type { Ledger } from "./ledger.ts";
import type { GoogleOptions } from "./options.ts";

export const GOOGLE_ISSUER = "https://accounts.google.com";

/** Scopes with which a token may read images. */
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
  readonly #keys = new Map<string, Signer>();

  constructor(options: GoogleOptions, ledger: Ledger) {
    this.#options = options;
    this.#ledger = ledger;
  }

  /** `life` in seconds. Under a token fault, the token is expired, or belongs to another account without permissions. */
  issue(
    asked: Asked,
    holder: string,
    scopes: readonly string[],
    life: number,
    kind = "gce-token",
  ): { token: string; expiresIn: number } {
    const token = this.#ledger.keep(`ya29.c.${this.#ledger.secret(kind, 64)}`);
    const expiresIn = asked.tokenFault === "expired" ? 0 : life;
    const swapped = asked.tokenFault === "swapped";
    this.#tokens.set(token, {
      holder: swapped ? "stranger@elsewhere.iam.gserviceaccount.com" : holder,
      scopes: swapped ? [] : scopes,
      universe: this.#options.universe,
      expires: asked.now + expiresIn * 1000,
    });
    return { token, expiresIn };
  }

  live(token: string, now = Date.now()): GoogleToken | undefined {
    const found = this.#tokens.get(token) ?? this.#selfSigned(token);
    return found !== undefined && found.expires > now ? found : undefined;
  }

  /** Reports whether a registry of this universe accepts the token. */
  accepts(token: string, universe: string): boolean {
    const found = this.live(token);
    return (
      found !== undefined &&
      found.universe === universe &&
      found.scopes.some((scope) => READS.test(scope)) &&
      this.#mayPull(found.holder)
    );
  }

  /** The principals with `roles/artifactregistry.reader`. */
  #mayPull(holder: string): boolean {
    const { pulls, serviceAccount, impersonation } = this.#options;
    const usual = [serviceAccount, ...Object.keys(impersonation), ...this.#keys.keys()];
    return (pulls ?? usual).includes(holder);
  }

  /** A new key file of the account; the cloud does not accept a revoked one. */
  keyFile(email: string, isRevoked = false): string {
    const signer = new Signer(`key-of-${email}${isRevoked ? "-revoked" : ""}`);
    if (!isRevoked) this.#keys.set(email, signer);
    else if (!this.#keys.has(email)) this.#keys.set(email, new Signer(`key-of-${email}`));
    const pem = signer.privatePem;
    for (const line of pem.split("\n").slice(2, 4)) this.#ledger.keep(line);
    const { universe, projectId } = this.#options;
    return JSON.stringify({
      type: "service_account",
      project_id: projectId,
      private_key_id: createHash("sha1").update(signer.kid).digest("hex"),
      private_key: pem,
      client_email: email,
      client_id: "104023876223456789012",
      auth_uri: "https://accounts.google.com/o/oauth2/auth",
      token_uri: "https://oauth2.googleapis.com/token",
      universe_domain: universe,
    });
  }

  hasKeys(email: string): boolean {
    return this.#keys.has(email);
  }

  isSignedBy(jwt: Jwt, email: string): boolean {
    const key = this.#keys.get(email);
    return key !== undefined && jwt.header["alg"] === "RS256" && isSignedBy(jwt, key.publicKey);
  }

  /** A JWT that a key signs with scopes is itself an access token (AIP-4111). */
  #selfSigned(token: string): GoogleToken | undefined {
    const jwt = parseJwt(token);
    if (jwt === undefined || !this.isSignedBy(jwt, readClaim(jwt, "iss"))) return undefined;
    const [iat, exp] = [readNumericClaim(jwt, "iat"), readNumericClaim(jwt, "exp")];
    if (readClaim(jwt, "sub") !== readClaim(jwt, "iss") || !(exp - iat <= 3600)) return undefined;
    const scopes = readClaim(jwt, "scope").split(" ");
    return { holder: readClaim(jwt, "iss"), scopes, universe: this.#options.universe, expires: exp * 1000 };
  }

  identity(asked: Asked, email: string, audience: string): string {
    const seconds = Math.floor(asked.now / 1000);
    const exp = asked.tokenFault === "expired" ? seconds - 60 : seconds + 3600;
    const sub = asked.tokenFault === "swapped" ? "999" : "104023876223456789012";
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
