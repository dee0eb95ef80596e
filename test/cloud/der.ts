/** The part of DER (X.690) that a certificate needs. */

const CONSTRUCTED = 0x20;
const CONTEXT = 0x80;

export function tlv(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag, ...lengthOctets(body.length)]), body]);
}

function lengthOctets(length: number): number[] {
  if (length < 0x80) return [length];
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest >>= 8) octets.unshift(rest & 0xff);
  return [0x80 | octets.length, ...octets];
}

export const sequence = (...items: readonly Uint8Array[]): Uint8Array => tlv(0x30, ...items);
export const set = (...items: readonly Uint8Array[]): Uint8Array => tlv(0x31, ...items);
export const boolean = (value: boolean): Uint8Array => tlv(0x01, Uint8Array.of(value ? 0xff : 0));
export const integer = (...octets: readonly number[]): Uint8Array => tlv(0x02, Uint8Array.from(octets));
export const octets = (content: Uint8Array): Uint8Array => tlv(0x04, content);
export const utf8 = (text: string): Uint8Array => tlv(0x0c, Buffer.from(text));
/** Encodes a bit string. `unused` is the number of unused bits in the last octet. */
export const bits = (content: Uint8Array, unused = 0): Uint8Array =>
  tlv(0x03, Uint8Array.of(unused), content);
export const implicit = (number: number, content: Uint8Array): Uint8Array => tlv(CONTEXT | number, content);
export const explicit = (number: number, content: Uint8Array): Uint8Array =>
  tlv(CONTEXT | CONSTRUCTED | number, content);

/** Valid until 2049 (RFC 5280 §4.1.2.5.1). */
export function utcTime(date: Date): Uint8Array {
  const text = date.toISOString().replace(/[-:T]/g, "").slice(2, 14);
  return tlv(0x17, Buffer.from(`${text}Z`));
}

export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return tlv(0x06, Uint8Array.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(arc: number): number[] {
  const septets = [arc & 0x7f];
  for (let rest = arc >> 7; rest > 0; rest >>= 7) septets.unshift((rest & 0x7f) | 0x80);
  return septets;
}
