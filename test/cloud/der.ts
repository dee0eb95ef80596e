/** The part of DER (X.690) that a certificate needs. */

const CONSTRUCTED = 0x20;
const CONTEXT = 0x80;

export function encodeTlv(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag, ...encodeLength(body.length)]), body]);
}

function encodeLength(length: number): number[] {
  if (length < 0x80) return [length];
  const encodeOctets: number[] = [];
  for (let rest = length; rest > 0; rest >>= 8) encodeOctets.unshift(rest & 0xff);
  return [0x80 | encodeOctets.length, ...encodeOctets];
}

export const encodeSequence = (...items: readonly Uint8Array[]): Uint8Array => encodeTlv(0x30, ...items);
export const encodeSet = (...items: readonly Uint8Array[]): Uint8Array => encodeTlv(0x31, ...items);
export const encodeBoolean = (value: boolean): Uint8Array => encodeTlv(0x01, Uint8Array.of(value ? 0xff : 0));
export const encodeInteger = (...octets: readonly number[]): Uint8Array =>
  encodeTlv(0x02, Uint8Array.from(octets));
export const octets = (content: Uint8Array): Uint8Array => encodeTlv(0x04, content);
export const encodeUtf8 = (text: string): Uint8Array => encodeTlv(0x0c, Buffer.from(text));
/** Encodes a bit string. `unused` is the number of unused bits in the last octet. */
export const encodeBits = (content: Uint8Array, unused = 0): Uint8Array =>
  encodeTlv(0x03, Uint8Array.of(unused), content);
export const tagImplicitly = (number: number, content: Uint8Array): Uint8Array =>
  encodeTlv(CONTEXT | number, content);
export const tagExplicitly = (number: number, content: Uint8Array): Uint8Array =>
  encodeTlv(CONTEXT | CONSTRUCTED | number, content);

/** Valid until 2049 (RFC 5280 §4.1.2.5.1). */
export function encodeUtcTime(date: Date): Uint8Array {
  const text = date.toISOString().replace(/[-:T]/g, "").slice(2, 14);
  return encodeTlv(0x17, Buffer.from(`${text}Z`));
}

export function encodeOid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return encodeTlv(0x06, Uint8Array.from([first * 40 + second, ...rest.flatMap(encodeBase128)]));
}

function encodeBase128(arc: number): number[] {
  const septets = [arc & 0x7f];
  for (let rest = arc >> 7; rest > 0; rest >>= 7) septets.unshift((rest & 0x7f) | 0x80);
  return septets;
}
