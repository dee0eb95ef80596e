/** A secret that a test planted and that nothing but its rightful receiver may see. */
export interface Canary {
  readonly name: string;
  /** No two may agree in their first 12 characters (a JWT: of the signature), by which each is looked for too. */
  readonly value: string;
}

/** A shorter part is too likely to turn up by chance. */
const PART = 12;

/** The names of the canaries that stand in the text in any spelling a careless program might give them. */
export function findCanaries(text: string, canaries: readonly Canary[]): readonly string[] {
  return canaries
    .filter(({ value }) => listSpellings(value).some((spelling) => text.includes(spelling)))
    .map(({ name }) => name);
}

/** Raw, its first 12 characters, base64, base64url, hex, percent and JSON escapes. */
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

/** The first characters, as a log that shortens secrets shows them; all JWTs begin alike, so of one it is the signature's. */
function listTellingParts(value: string): readonly string[] {
  const part = value.startsWith("eyJ") ? value.slice(value.lastIndexOf(".") + 1) : value;
  return part.length > PART ? [part.slice(0, PART)] : [];
}

/** Within a longer text (`AWS:password`) base64 depends on the offset: of each of the three, what is the canary's alone. */
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
