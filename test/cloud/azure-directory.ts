/** The Entra directory: principals, their access tokens, and the verification of such a token. */
import { AZURE_CLOUDS } from "./azure-clouds.ts";
import type { Asked } from "./exchange.ts";
import { isSignedBy, type Jwt, parseJwt, readClaim, readNumericClaim, Signer } from "./jwt.ts";
import type { Ledger } from "./ledger.ts";
import type { AzureOptions } from "./options.ts";

export const ACR_RESOURCE = "https://containerregistry.azure.net";

/** A managed identity or an application: both have an object id and may pull. */
export interface Principal {
  readonly clientId: string;
  readonly objectId: string;
  readonly pulls: readonly string[];
}

const STRANGER: Principal = {
  clientId: "99999999-0000-4000-8000-000000000001",
  objectId: "99999999-0000-4000-8000-000000000002",
  pulls: [],
};

export interface AccessToken {
  readonly token: string;
  readonly notBefore: number;
  readonly expiresOn: number;
}

export class AzureDirectory {
  readonly options: AzureOptions;
  readonly #ledger: Ledger;
  readonly signer = new Signer("entra-1");

  constructor(options: AzureOptions, ledger: Ledger) {
    this.options = options;
    this.#ledger = ledger;
    for (const { secret } of options.apps) if (secret !== undefined) ledger.keep(secret);
  }

  issue(asked: Asked, rightful: Principal, audience: string): AccessToken {
    const principal = asked.tokenFault === "swapped" ? STRANGER : rightful;
    const notBefore = Math.floor(asked.now / 1000) - 300;
    const expiresOn =
      asked.tokenFault === "expired" ? notBefore + 240 : notBefore + 300 + this.options.tokenLife;
    const token = this.signer.sign({
      aud: audience,
      iss: this.issuer,
      iat: notBefore,
      nbf: notBefore,
      exp: expiresOn,
      appid: principal.clientId,
      oid: principal.objectId,
      sub: principal.objectId,
      tid: this.options.tenant,
      uti: this.#ledger.digits(16),
      ver: "1.0",
    });
    return { token: this.#ledger.keepJwt(token), notBefore, expiresOn };
  }

  /** Returns the token's claims if the directory issued it and it is valid now. */
  check(token: string, now: number): Jwt | undefined {
    const jwt = parseJwt(token);
    if (jwt === undefined || !isSignedBy(jwt, this.signer.publicKey) || readClaim(jwt, "iss") !== this.issuer)
      return undefined;
    return readNumericClaim(jwt, "exp") * 1000 > now ? jwt : undefined;
  }

  principal(objectId: string): Principal | undefined {
    return [...this.options.identities, ...this.options.apps].find((one) => one.objectId === objectId);
  }

  /** The issuer of version 1 tokens. */
  get issuer(): string {
    return `${AZURE_CLOUDS[this.options.cloud].issuer}${this.options.tenant}/`;
  }
}
