/** Signs and verifies JSON Web Tokens with node:crypto. */
import { constants, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";

export type Claims = Readonly<Record<string, unknown>>;

export interface Jwt {
  readonly header: Claims;
  readonly claims: Claims;
  /** The signed part. */
  readonly signed: string;
  readonly signature: Uint8Array;
}

/** A key of an issuer. RSA, because Entra and Google's STS do not accept other types everywhere. */
export class Signer {
  readonly kid: string;

  constructor(kid: string) {
    this.kid = kid;
  }

  get publicKey(): KeyObject {
    return getIssuerKeys(this.kid).publicKey;
  }

  get privatePem(): string {
    return getIssuerKeys(this.kid).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  }

  sign(claims: Claims): string {
    const signed = `${encode({ alg: "RS256", typ: "JWT", kid: this.kid })}.${encode(claims)}`;
    const signature = sign("sha256", Buffer.from(signed), getIssuerKeys(this.kid).privateKey);
    return `${signed}.${signature.toString("base64url")}`;
  }
}

const made = new Map<string, { readonly publicKey: KeyObject; readonly privateKey: KeyObject }>();

/** Returns the keys of an issuer. Created once per process, because creating one takes 0.1 s. */
function getIssuerKeys(kid: string) {
  const keys = made.get(kid) ?? generateKeyPairSync("rsa", { modulusLength: 2048 });
  made.set(kid, keys);
  return keys;
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Returns undefined if the text is not a JWT. */
export function parseJwt(token: string): Jwt | undefined {
  const [header, claims, signature, ...rest] = token.split(".");
  if (header === undefined || claims === undefined || signature === undefined || rest.length > 0)
    return undefined;
  const parsed = [decode(header), decode(claims)];
  if (parsed[0] === undefined || parsed[1] === undefined) return undefined;
  const bytes = Buffer.from(signature, "base64url");
  return { header: parsed[0], claims: parsed[1], signed: `${header}.${claims}`, signature: bytes };
}

function decode(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString());
    return typeof value === "object" && value !== null
      ? Object.fromEntries(Object.entries(value))
      : undefined;
  } catch {
    return undefined;
  }
}

/** Verifies RS256 and PS256. `key` may be a certificate in PEM. */
export function isSignedBy(jwt: Jwt, key: KeyObject | string): boolean {
  const publicKey = typeof key === "string" ? createPublicKey(key) : key;
  const bytes = Buffer.from(jwt.signed);
  if (jwt.header["alg"] === "RS256") return verify("sha256", bytes, publicKey, jwt.signature);
  if (jwt.header["alg"] !== "PS256") return false;
  const pss = { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  return verify("sha256", bytes, pss, jwt.signature);
}

export const readClaim = (jwt: Jwt, name: string): string => {
  const value = jwt.claims[name];
  return typeof value === "string" ? value : "";
};

export const readNumericClaim = (jwt: Jwt, name: string): number => {
  const value = jwt.claims[name];
  return typeof value === "number" ? value : Number.NaN;
};

/** Returns the audiences. `aud` is one text or a list. */
export function readAudiences(jwt: Jwt): readonly string[] {
  const value = jwt.claims["aud"];
  return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === "string");
}
