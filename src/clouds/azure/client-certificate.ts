import { constants, createPrivateKey, type KeyObject, randomUUID, sign, X509Certificate } from "node:crypto";
import { readRequiredFile } from "../../core/required-file.ts";
import { Secret } from "../../core/secret.ts";
import { MINUTE, type Milliseconds, SECOND } from "../../core/time.ts";
import type { World } from "../../core/world.ts";
import { isOpenSslError, ProviderError } from "../../errors/provider-error.ts";
import { showValue } from "../../errors/show-value.ts";

/** Bytes. A certificate chain with its key has about 10 KiB. */
const MAX_CERTIFICATE_FILE = 256 * 1024;
const CERTIFICATE_PEM = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
const PRIVATE_KEY_PEM = /-----BEGIN (?:RSA )?PRIVATE KEY-----[^-]*-----END (?:RSA )?PRIVATE KEY-----/;
/** MSAL's value. The assertion is used at once. */
const ASSERTION_LIFETIME = 10 * MINUTE;

/** A client certificate of an Entra application. */
interface ClientCertificate {
  /** SHA-1, in hexadecimal, as in the Azure portal. */
  readonly thumbprint: string;
  /** Signs an assertion of the application for `audience`, the URL of the token endpoint. */
  sign(clientId: string, audience: string, now: Milliseconds): Secret;
}

/**
 * Reads a PEM file with a certificate and its RSA key, in any order. It may contain the certificate's chain.
 *
 * @throws ProviderError `certificate-file-invalid`, `file-*`
 */
export async function readClientCertificate(
  path: string,
  setting: string,
  world: World,
): Promise<ClientCertificate> {
  const refuse = (problem: string) =>
    new ProviderError("certificate-file-invalid", { detail: `${showValue("path", path)}: ${problem}` });
  const text = await readRequiredFile(path, MAX_CERTIFICATE_FILE, "private", world, setting);
  if (/^-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(text)) throw refuse("its key is encrypted");
  const key = parsePem(PRIVATE_KEY_PEM.exec(text)?.[0], createPrivateKey);
  if (key === undefined) throw refuse("it contains no private key in PEM");
  if (key.asymmetricKeyType !== "rsa") throw refuse("its key is not an RSA key, and Entra supports no other");
  const certificates = (text.match(CERTIFICATE_PEM) ?? []).map((pem) =>
    parsePem(pem, (one) => new X509Certificate(one)),
  );
  const certificate = certificates.find((one) => one?.checkPrivateKey(key));
  if (certificate === undefined) throw refuse("it contains no certificate of its key");
  assertValidNow(certificate, world.now(), refuse);
  return createClientCertificate(certificate, key);
}

/** Returns undefined if OpenSSL cannot parse the text. Its own messages are not helpful. */
function parsePem<T>(pem: string | undefined, parse: (pem: string) => T): T | undefined {
  try {
    return pem === undefined ? undefined : parse(pem);
  } catch (error) {
    if (!isOpenSslError(error)) throw error;
    return undefined;
  }
}

function assertValidNow(
  { validFromDate, validToDate }: X509Certificate,
  now: Milliseconds,
  refuse: (problem: string) => ProviderError,
): void {
  if (validToDate.getTime() <= now) throw refuse(`its certificate expired on ${validToDate.toISOString()}`);
  if (validFromDate.getTime() > now)
    throw refuse(`its certificate is not valid before ${validFromDate.toISOString()}`);
}

/** PS256, with the certificate's SHA-256 in the header (Microsoft identity platform, "Certificate credentials"). */
function createClientCertificate(
  { fingerprint, fingerprint256 }: X509Certificate,
  key: KeyObject,
): ClientCertificate {
  const header = {
    alg: "PS256",
    typ: "JWT",
    "x5t#S256": Buffer.from(removeColons(fingerprint256), "hex").toString("base64url"),
  };
  return {
    thumbprint: removeColons(fingerprint),
    sign: (clientId, audience, now) => {
      const seconds = Math.floor(now / SECOND);
      const ids = { iss: clientId, sub: clientId, aud: audience, jti: randomUUID() };
      const claims = { ...ids, iat: seconds, nbf: seconds, exp: seconds + ASSERTION_LIFETIME / SECOND };
      const text = `${encodePart(header)}.${encodePart(claims)}`;
      const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
      return new Secret(`${text}.${sign("sha256", Buffer.from(text), pss).toString("base64url")}`);
    },
  };
}

const removeColons = (fingerprint: string): string => fingerprint.replaceAll(":", "");

const encodePart = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
