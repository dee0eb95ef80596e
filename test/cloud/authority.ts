/**
 * A throw-away certificate authority: P-256, one leaf per host, made when first asked for. Written in DER by hand,
 * because that is synchronous and needs no package. The extensions are those that strict verifiers insist on
 * (OpenSSL's X509_STRICT, Go: subject alternative name, key identifiers, critical basic constraints).
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";
import {
  bits,
  boolean,
  explicit,
  implicit,
  integer,
  octets,
  oid,
  sequence,
  set,
  utcTime,
  utf8,
} from "./der.ts";

const DAY = 86_400_000;
const ECDSA_WITH_SHA256 = sequence(oid("1.2.840.10045.4.3.2"));

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** What a TLS server needs, in PEM. */
export interface Leaf {
  readonly cert: string;
  readonly key: string;
}

export class Authority {
  readonly #keys = p256();
  readonly #name: Uint8Array;
  readonly #leaves = new Map<string, Leaf>();
  readonly #leafKeys = p256();
  /** The authority's own certificate, PEM. */
  readonly pem: string;

  constructor(name: string) {
    this.#name = distinguishedName(name);
    this.pem = this.#certificate(this.#name, this.#keys.publicKey, new Date(Date.now() + 30 * DAY), [
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

  /** A leaf whose time is over. */
  expiredLeaf(host: string): Leaf {
    return this.#leaf(host, new Date(Date.now() - 3_600_000));
  }

  #leaf(host: string, until: Date): Leaf {
    const cert = this.#certificate(distinguishedName("leaf"), this.#leafKeys.publicKey, until, [
      extension("2.5.29.19", true, sequence()),
      extension("2.5.29.15", true, bits(Uint8Array.of(0x80), 7)),
      extension("2.5.29.37", false, sequence(oid("1.3.6.1.5.5.7.3.1"))),
      extension("2.5.29.35", false, sequence(implicit(0, keyIdentifier(this.#keys.publicKey)))),
      extension("2.5.29.17", true, sequence(subjectAltName(host))),
    ]);
    return { cert, key: this.#leafKeys.privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
  }

  #certificate(subject: Uint8Array, key: KeyObject, until: Date, extensions: readonly Uint8Array[]): string {
    const identifier = extension("2.5.29.14", false, octets(keyIdentifier(key)));
    const body = sequence(
      explicit(0, integer(2)),
      integer(0x01, ...randomBytes(15)),
      ECDSA_WITH_SHA256,
      this.#name,
      sequence(utcTime(new Date(Date.now() - 2 * DAY)), utcTime(until)),
      subject,
      key.export({ type: "spki", format: "der" }),
      explicit(3, sequence(identifier, ...extensions)),
    );
    const signature = sign("sha256", body, this.#keys.privateKey);
    return pem(sequence(body, ECDSA_WITH_SHA256, bits(signature)));
  }
}

const p256 = (): KeyPair => generateKeyPairSync("ec", { namedCurve: "P-256" });

const distinguishedName = (name: string): Uint8Array => sequence(set(sequence(oid("2.5.4.3"), utf8(name))));

function extension(id: string, critical: boolean, value: Uint8Array): Uint8Array {
  const flag = critical ? [boolean(true)] : [];
  return sequence(oid(id), ...flag, octets(value));
}

function subjectAltName(host: string): Uint8Array {
  if (isIP(host) === 4) return implicit(7, Uint8Array.from(host.split(".").map(Number)));
  return implicit(2, Buffer.from(host));
}

/** RFC 5280 §4.2.1.2, method 1: SHA-1 of the key's bits. P-256 always leaves 65 of them at the end. */
function keyIdentifier(key: KeyObject): Uint8Array {
  const point = key.export({ type: "spki", format: "der" }).subarray(-65);
  return createHash("sha1").update(point).digest();
}

function pem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
