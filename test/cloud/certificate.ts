/** Creates X.509 certificates (RFC 5280) synchronously and without a package. */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import {
  encodeBits,
  encodeBoolean,
  encodeInteger,
  encodeOid,
  encodeSequence,
  encodeSet,
  encodeTlv,
  encodeUtcTime,
  encodeUtf8,
  octets,
  tagExplicitly,
} from "./der.ts";

const DAY = 86_400_000;
const ECDSA_WITH_SHA256 = encodeSequence(encodeOid("1.2.840.10045.4.3.2"));
const SHA256_WITH_RSA = encodeSequence(encodeOid("1.2.840.113549.1.1.11"), encodeTlv(0x05));

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
export function createCertificate(draft: Draft): string {
  const { issuer, subject, publicKey, privateKey, until, extensions } = draft;
  const { from = new Date(Date.now() - 2 * DAY) } = draft;
  const algorithm = privateKey.asymmetricKeyType === "rsa" ? SHA256_WITH_RSA : ECDSA_WITH_SHA256;
  const body = encodeSequence(
    tagExplicitly(0, encodeInteger(2)),
    encodeInteger(0x01, ...randomBytes(15)),
    algorithm,
    encodeCommonName(issuer),
    encodeSequence(encodeUtcTime(from), encodeUtcTime(until)),
    encodeCommonName(subject),
    publicKey.export({ type: "spki", format: "der" }),
    tagExplicitly(
      3,
      encodeSequence(
        encodeExtension("2.5.29.14", false, octets(encodeKeyIdentifier(publicKey))),
        ...extensions,
      ),
    ),
  );
  return formatPem(encodeSequence(body, algorithm, encodeBits(sign("sha256", body, privateKey))));
}

export function encodeExtension(id: string, critical: boolean, value: Uint8Array): Uint8Array {
  const flag = critical ? [encodeBoolean(true)] : [];
  return encodeSequence(encodeOid(id), ...flag, octets(value));
}

/** Any digest that distinguishes keys is allowed (RFC 5280 §4.2.1.2). */
export const encodeKeyIdentifier = (key: KeyObject): Uint8Array =>
  createHash("sha1")
    .update(key.export({ type: "spki", format: "der" }))
    .digest();

const encodeCommonName = (name: string): Uint8Array =>
  encodeSequence(encodeSet(encodeSequence(encodeOid("2.5.4.3"), encodeUtf8(name))));

function formatPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

/** The credentials of a client: an RSA key and its self-signed certificate, both PEM. */
export function createSelfSigned(): { readonly cert: string; readonly key: string } {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const until = new Date(Date.now() + DAY);
  const cert = createCertificate({
    issuer: "app",
    subject: "app",
    publicKey,
    privateKey,
    until,
    extensions: [],
  });
  return { cert, key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}
