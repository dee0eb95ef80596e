/**
 * A temporary certificate authority: P-256, one leaf per host, created on first use. The extensions are those that
 * strict verifiers require (OpenSSL's X509_STRICT, Go): alternative name, key identifiers, critical basic constraints.
 */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { isIP } from "node:net";
import { createCertificate, encodeExtension, encodeKeyIdentifier } from "./certificate.ts";
import { encodeBits, encodeBoolean, encodeOid, encodeSequence, tagImplicitly } from "./der.ts";

const DAY = 86_400_000;

/** The key and certificates of a TLS server, in PEM. */
export interface Leaf {
  readonly cert: string;
  readonly key: string;
}

export class Authority {
  readonly #name: string;
  readonly #keys = createP256Key();
  readonly #leafKeys = createP256Key();
  readonly #leaves = new Map<string, Leaf>();
  /** The authority's certificate, in PEM. */
  readonly pem: string;

  constructor(name: string) {
    this.#name = name;
    this.pem = this.#sign(name, this.#keys.publicKey, new Date(Date.now() + 30 * DAY), [
      encodeExtension("2.5.29.19", true, encodeSequence(encodeBoolean(true))),
      encodeExtension("2.5.29.15", true, encodeBits(Uint8Array.of(0x06), 1)),
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
      encodeExtension("2.5.29.19", true, encodeSequence()),
      encodeExtension("2.5.29.15", true, encodeBits(Uint8Array.of(0x80), 7)),
      encodeExtension("2.5.29.37", false, encodeSequence(encodeOid("1.3.6.1.5.5.7.3.1"))),
      encodeExtension(
        "2.5.29.35",
        false,
        encodeSequence(tagImplicitly(0, encodeKeyIdentifier(this.#keys.publicKey))),
      ),
      encodeExtension("2.5.29.17", true, encodeSequence(encodeAlternativeName(host))),
    ]);
    return { cert, key: this.#leafKeys.privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
  }

  #sign(subject: string, publicKey: KeyObject, until: Date, extensions: readonly Uint8Array[]): string {
    const { privateKey } = this.#keys;
    return createCertificate({ issuer: this.#name, subject, publicKey, privateKey, until, extensions });
  }
}

const createP256Key = () => generateKeyPairSync("ec", { namedCurve: "P-256" });

function encodeAlternativeName(host: string): Uint8Array {
  if (isIP(host) === 4) return tagImplicitly(7, Uint8Array.from(host.split(".").map(Number)));
  return tagImplicitly(2, Buffer.from(host));
}
