/** A secret of a test that only its intended receivers may see. */
export interface Canary {
  readonly name: string;
  /** The first 12 characters (of a JWT: of its signature) must be unique, because they are searched for too. */
  readonly value: string;
}

/** The minimum length of a part in characters; a shorter one could occur by chance. */
const PART = 12;

/** Returns the names of the canaries that the text contains in any encoding. */
export function findCanaries(text: string, canaries: readonly Canary[]): readonly string[] {
  return canaries
    .filter(({ value }) => listSpellings(value).some((spelling) => text.includes(spelling)))
    .map(({ name }) => name);
}

/** Returns the value and its first 12 characters, as they are and in base64, base64url, hexadecimal, percent and JSON escapes. */
export function listSpellings(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  const hex = bytes.toString("hex");
  return [
    value,
    ...listTellingParts(value),
    ...computeBase64Cores(bytes),
    hex,
    hex.toUpperCase(),
    encodeURIComponent(value),
    escapePercent(hex),
    escapePercent(hex.toUpperCase()),
    JSON.stringify(value).slice(1, -1),
    escapeUnicode(value),
  ];
}

/** Returns the first characters, which a log with shortened secrets shows; for a JWT those of the signature, because all JWTs begin alike. */
function listTellingParts(value: string): readonly string[] {
  const part = value.startsWith("eyJ") ? value.slice(value.lastIndexOf(".") + 1) : value;
  return part.length > PART ? [part.slice(0, PART)] : [];
}

/** Returns the part of the base64 text that depends only on the canary, for each of the three offsets in a longer text (`AWS:password`). */
function computeBase64Cores(bytes: Buffer): readonly string[] {
  const cores = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64url");
    const foreignStart = Math.ceil((offset * 8) / 6);
    const wholeDigits = Math.floor(((offset + bytes.length) * 8) / 6);
    return encoded.slice(foreignStart, wholeDigits);
  });
  return cores.flatMap((core) => [core, core.replaceAll("-", "+").replaceAll("_", "/")]);
}

function escapePercent(hex: string): string {
  return hex.replace(/../g, "%$&");
}

function escapeUnicode(value: string): string {
  return Array.from(
    { length: value.length },
    (_, i) => `\\u${value.charCodeAt(i).toString(16).padStart(4, "0")}`,
  ).join("");
}
