/** OpenID Connect issuers with published keys, and the Kubernetes cluster that is one of them. */
import type { KeyObject } from "node:crypto";
import { isSignedBy, type Jwt, parseJwt, readClaim, readNumericClaim, Signer } from "./jwt.ts";
import type { Ledger } from "./ledger.ts";

export interface SubjectToken {
  readonly audience: string;
  /** Default: the ServiceAccount `default` in namespace `shop`. */
  readonly subject?: string;
  /** The UID of the ServiceAccount; it changes when the ServiceAccount is deleted and created again. */
  readonly uid?: string;
  /** Seconds from now; negative for an expired token. Default: one hour. */
  readonly life?: number;
  /** Claims another issuer, signed with the cluster's own key. */
  readonly issuer?: string;
  /** Signed by a key that is not published. */
  readonly forged?: boolean;
}

export const SUBJECT = "system:serviceaccount:shop:default";

export class Oidc {
  readonly #keys = new Map<string, () => KeyObject>();
  readonly #signer = new Signer("cluster-1");
  readonly #ledger: Ledger;
  readonly #issuer: string;

  constructor(issuer: string, ledger: Ledger) {
    this.#issuer = issuer;
    this.#ledger = ledger;
    this.trust(issuer, () => this.#signer.publicKey);
  }

  trust(issuer: string, key: () => KeyObject): void {
    this.#keys.set(issuer, key);
  }

  knows(issuer: string): boolean {
    return this.#keys.has(issuer);
  }

  /** Returns the token's claims if a known issuer signed it. The caller checks its validity period. */
  check(token: string): Jwt | undefined {
    const jwt = parseJwt(token);
    const key = jwt && this.#keys.get(readClaim(jwt, "iss"));
    return jwt !== undefined && key !== undefined && isSignedBy(jwt, key()) ? jwt : undefined;
  }

  /** Returns a ServiceAccount token as the API server issues it to the kubelet. */
  token({
    audience,
    subject = SUBJECT,
    uid = "00000000-0000-4000-a000-000000000001",
    life = 3600,
    issuer = this.#issuer,
    forged = false,
  }: SubjectToken): string {
    const now = Math.floor(Date.now() / 1000);
    const [, , namespace = "", name = ""] = subject.split(":");
    const signer = forged ? new Signer("forger-1") : this.#signer;
    const token = signer.sign({
      aud: [audience],
      exp: now + life,
      iat: Math.min(now, now + life) - 60,
      nbf: Math.min(now, now + life) - 60,
      iss: issuer,
      jti: this.#ledger.digits(16),
      sub: subject,
      "kubernetes.io": { namespace, serviceaccount: { name, uid } },
    });
    return this.#ledger.keepJwt(token);
  }
}

export const isExpired = (jwt: Jwt, now: number): boolean => !(readNumericClaim(jwt, "exp") * 1000 > now);
