/**
 * A temporary certificate authority: P-256, one leaf per host, created on first use. The extensions are those that
 * strict verifiers require (OpenSSL's X509_STRICT, Go): alternative name, key identifiers, critical basic constraints.
 */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { isIP } from "node:net";
import { certificate, extension, keyIdentifier } from "./certificate.ts";
import { bits, boolean, implicit, oid, sequence } from "./der.ts";

const DAY = 86_400_000;

/** The key and certificates of a TLS server, in PEM. */
export interface Leaf {
  readonly cert: string;
  readonly key: string;
}

export class Authority {
  readonly #name: string;
  readonly #keys = p256();
  readonly #leafKeys = p256();
  readonly #leaves = new Map<string, Leaf>();
  /** The authority's certificate, in PEM. */
  readonly pem: string;

  constructor(name: string) {
    this.#name = name;
    this.pem = this.#sign(name, this.#keys.publicKey, new Date(Date.now() + 30 * DAY), [
      extension("2.5.29.19", true, sequence(boolean(true))),
      extension("2.5.29.15", true, bits(Uint8Array.of(0x06), 1)),
    ]);
  }

  leaf(host: string): Leaf {
    const known = this.#leaves.get(host);
    if (known !== undefined) return known;
    const made = this.#leaf(host, new Date(Date.now() + DAY));
    this.#leaves.set(host, made);
    return made;
  }

  /** An expired leaf certificate. */
  expiredLeaf(host: string): Leaf {
    return this.#leaf(host, new Date(Date.now() - 3_600_000));
  }

  #leaf(host: string, until: Date): Leaf {
    const cert = this.#sign("leaf", this.#leafKeys.publicKey, until, [
      extension("2.5.29.19", true, sequence()),
      extension("2.5.29.15", true, bits(Uint8Array.of(0x80), 7)),
      extension("2.5.29.37", false, sequence(oid("1.3.6.1.5.5.7.3.1"))),
      extension("2.5.29.35", false, sequence(implicit(0, keyIdentifier(this.#keys.publicKey)))),
      extension("2.5.29.17", true, sequence(alternativeName(host))),
    ]);
    return { cert, key: this.#leafKeys.privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
  }

  #sign(subject: string, publicKey: KeyObject, until: Date, extensions: readonly Uint8Array[]): string {
    const { privateKey } = this.#keys;
    return certificate({ issuer: this.#name, subject, publicKey, privateKey, until, extensions });
  }
}

const p256 = () => generateKeyPairSync("ec", { namedCurve: "P-256" });

function alternativeName(host: string): Uint8Array {
  if (isIP(host) === 4) return implicit(7, Uint8Array.from(host.split(".").map(Number)));
  return implicit(2, Buffer.from(host));
}
