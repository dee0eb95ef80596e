/** Creates X.509 certificates (RFC 5280) synchronously and without a package. */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { bits, boolean, explicit, integer, octets, oid, sequence, set, tlv, utcTime, utf8 } from "./der.ts";

const DAY = 86_400_000;
const ECDSA_WITH_SHA256 = sequence(oid("1.2.840.10045.4.3.2"));
const SHA256_WITH_RSA = sequence(oid("1.2.840.113549.1.1.11"), tlv(0x05));

export interface Draft {
  readonly issuer: string;
  readonly subject: string;
  readonly publicKey: KeyObject;
  /** The issuer's key. */
  readonly privateKey: KeyObject;
  /** Default: two days ago. */
  readonly from?: Date;
  readonly until: Date;
  readonly extensions: readonly Uint8Array[];
}

/** PEM. */
export function certificate(draft: Draft): string {
  const { issuer, subject, publicKey, privateKey, until, extensions } = draft;
  const { from = new Date(Date.now() - 2 * DAY) } = draft;
  const algorithm = privateKey.asymmetricKeyType === "rsa" ? SHA256_WITH_RSA : ECDSA_WITH_SHA256;
  const body = sequence(
    explicit(0, integer(2)),
    integer(0x01, ...randomBytes(15)),
    algorithm,
    commonName(issuer),
    sequence(utcTime(from), utcTime(until)),
    commonName(subject),
    publicKey.export({ type: "spki", format: "der" }),
    explicit(3, sequence(extension("2.5.29.14", false, octets(keyIdentifier(publicKey))), ...extensions)),
  );
  return pem(sequence(body, algorithm, bits(sign("sha256", body, privateKey))));
}

export function extension(id: string, critical: boolean, value: Uint8Array): Uint8Array {
  const flag = critical ? [boolean(true)] : [];
  return sequence(oid(id), ...flag, octets(value));
}

/** Any digest that distinguishes keys is allowed (RFC 5280 §4.2.1.2). */
export const keyIdentifier = (key: KeyObject): Uint8Array =>
  createHash("sha1")
    .update(key.export({ type: "spki", format: "der" }))
    .digest();

const commonName = (name: string): Uint8Array => sequence(set(sequence(oid("2.5.4.3"), utf8(name))));

function pem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

/** The credentials of a client: an RSA key and its self-signed certificate, both PEM. */
export function selfSigned(): { readonly cert: string; readonly key: string } {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const until = new Date(Date.now() + DAY);
  const cert = certificate({ issuer: "app", subject: "app", publicKey, privateKey, until, extensions: [] });
  return { cert, key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}
