import { constants, createPrivateKey, type KeyObject, randomUUID, sign, X509Certificate } from "node:crypto";
import { readNamed } from "../../core/required-file.ts";
import { Secret } from "../../core/secret.ts";
import { MINUTE, type Milliseconds, SECOND } from "../../core/time.ts";
import type { World } from "../../core/world.ts";
import { isOpenSslError, ProviderError } from "../../errors/provider-error.ts";
import { showValue } from "../../errors/show-value.ts";

/** Bytes; a chain with its key has about 10 KiB. */
const MAX_FILE = 256 * 1024;
const CERTIFICATES = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
const KEY = /-----BEGIN (?:RSA )?PRIVATE KEY-----[^-]*-----END (?:RSA )?PRIVATE KEY-----/;
/** What MSAL gives an assertion; it is used at once. */
const LIFE = 10 * MINUTE;

/** What an application proves itself with that Entra knows a certificate of. */
interface Certificate {
  /** SHA-1, in hexadecimal: Azure's portal shows a certificate by it. */
  readonly thumbprint: string;
  /** A token that the application `clientId` writes of itself for `audience`, the URL that it is sent to. */
  assertion(clientId: string, audience: string, now: Milliseconds): Secret;
}

/**
 * A PEM file with a certificate and its RSA key, in any order, others of its chain beside it.
 *
 * @throws ProviderError `certificate-file-invalid`, `file-*`
 */
export async function readCertificate(path: string, setting: string, world: World): Promise<Certificate> {
  const refuse = (why: string) =>
    new ProviderError("certificate-file-invalid", { detail: `${showValue("path", path)}: ${why}` });
  const text = await readNamed(path, MAX_FILE, "private", world, setting);
  if (/^-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(text)) throw refuse("its key is encrypted");
  const key = parsed(KEY.exec(text)?.[0], createPrivateKey);
  if (key === undefined) throw refuse("it holds no private key in PEM");
  if (key.asymmetricKeyType !== "rsa") throw refuse("its key is no RSA key, and Entra takes no other");
  const all = (text.match(CERTIFICATES) ?? []).map((pem) => parsed(pem, (one) => new X509Certificate(one)));
  const certificate = all.find((one) => one?.checkPrivateKey(key));
  if (certificate === undefined) throw refuse("it holds no certificate of its key");
  requireInForce(certificate, world.now(), refuse);
  return certified(certificate, key);
}

/** OpenSSL's own message of what is wrong would quote nothing, and say nothing either. */
function parsed<T>(pem: string | undefined, parse: (pem: string) => T): T | undefined {
  try {
    return pem === undefined ? undefined : parse(pem);
  } catch (error) {
    if (!isOpenSslError(error)) throw error;
    return undefined;
  }
}

function requireInForce(
  { validFromDate, validToDate }: X509Certificate,
  now: Milliseconds,
  refuse: (why: string) => ProviderError,
): void {
  if (validToDate.getTime() <= now) throw refuse(`its certificate expired on ${validToDate.toISOString()}`);
  if (validFromDate.getTime() > now)
    throw refuse(`its certificate is not in force before ${validFromDate.toISOString()}`);
}

/** Microsoft identity platform, "Certificate credentials": PS256, and the certificate named by its SHA-256. */
function certified({ fingerprint, fingerprint256 }: X509Certificate, key: KeyObject): Certificate {
  const header = {
    alg: "PS256",
    typ: "JWT",
    "x5t#S256": Buffer.from(plain(fingerprint256), "hex").toString("base64url"),
  };
  return {
    thumbprint: plain(fingerprint),
    assertion: (clientId, audience, now) => {
      const seconds = Math.floor(now / SECOND);
      const own = { iss: clientId, sub: clientId, aud: audience, jti: randomUUID() };
      const claims = { ...own, iat: seconds, nbf: seconds, exp: seconds + LIFE / SECOND };
      return new Secret(signed(`${encode(header)}.${encode(claims)}`, key));
    },
  };
}

function signed(text: string, key: KeyObject): string {
  const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  return `${text}.${sign("sha256", Buffer.from(text), pss).toString("base64url")}`;
}

const plain = (fingerprint: string): string => fingerprint.replaceAll(":", "");

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
