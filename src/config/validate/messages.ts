/** The messages about values and keys that the schema does not allow, with suggestions. */

import { findClosest, suggestCorrection } from "../../errors/did-you-mean.ts";
import { quoteUntrusted } from "../../errors/error-line.ts";
import { quoteValue } from "../../errors/show-value.ts";
import type { Schema, SchemaOfType } from "./schema-types.ts";

/** @param key the key or list index of the value, undefined for the whole file */
export function explainNotMapping(value: unknown, key: string | number | undefined): string {
  return value === null ? explainEmpty(key) : `${describeType(value)} is not a mapping`;
}

export function explainNotList(
  { items }: SchemaOfType<"array">,
  value: unknown,
  key: string | number | undefined,
  isHidden: boolean,
): string {
  if (value === null) return explainEmpty(key);
  if (typeof value !== "string" || items.type !== "string" || isHidden || items.writeOnly === true)
    return `${describeType(value)} is not a list`;
  const text = quoteValue("pattern", value);
  return `${text} is not a list: write [${text}]`;
}

export function explainInvalidScalar(
  schema: SchemaOfType<"string"> | SchemaOfType<"boolean">,
  value: unknown,
  isHidden: boolean,
): string {
  return `${describeValue(schema, value, isHidden)} is not ${describeExpected(schema)}${describeUnusualCharacter(value, isHidden)}`;
}

function explainEmpty(key: string | number | undefined): string {
  return typeof key === "string" ? `${key} has no value` : "the value is missing";
}

function describeType(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (value === null) return "an empty value";
  if (typeof value === "string") return "a string";
  return typeof value === "object" ? "a mapping" : `a ${typeof value}`;
}

/** Shows only booleans and misspelt enumerated words: any other invalid value may be a secret. */
function describeValue(
  schema: SchemaOfType<"string"> | SchemaOfType<"boolean">,
  value: unknown,
  isHidden: boolean,
): string {
  if (typeof value === "boolean" && !isHidden) return String(value);
  if (typeof value === "object") return describeType(value);
  const words = schema.type === "string" ? (schema.enum ?? []) : ["true", "false"];
  return !isHidden && typeof value === "string" && suggestCorrection(value, words) !== undefined
    ? quoteValue("key", value)
    : "the value (not shown)";
}

function describeExpected(schema: SchemaOfType<"string"> | SchemaOfType<"boolean">): string {
  if (schema.type === "boolean") return schema.enum?.join(" or ") ?? "true or false";
  const { enum: allowed, title = "a string" } = schema;
  if (allowed === undefined) return title;
  return allowed.length === 1
    ? allowed.map(quoteUntrusted).join()
    : `one of ${allowed.map(quoteUntrusted).join(", ")}`;
}

/** Characters that word processors and web pages use instead of ASCII quotes, dashes and spaces. */
const TYPOGRAPHIC = /[\u00a0\u2000-\u206f\u3000\ufeff]/;
/** Characters that the error line never shows (`error-line.ts`). */
const NOT_ASCII = /[^\0-\x7f]/u;

/** Returns `; it contains U+201C`. For a hidden value it reports only typographic characters. */
function describeUnusualCharacter(value: unknown, isHidden: boolean): string {
  const name =
    typeof value === "string" ? findUnusualCharacter(value, isHidden ? TYPOGRAPHIC : NOT_ASCII) : undefined;
  return name === undefined ? "" : `; it contains ${name}`;
}

/** Returns the first such character as `U+201C`. */
export function findUnusualCharacter(text: string, letters: RegExp = TYPOGRAPHIC): string | undefined {
  const code = letters.exec(text)?.[0].codePointAt(0);
  return code === undefined ? undefined : `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** The number of characters that are compared with the known keys. */
const MAX_COMPARED_LENGTH = 64;

/** @param value the mapping with the key */
export function explainUnknownKey(key: string, schema: SchemaOfType<"object">, value: object): string {
  const misplaced = explainMisplacedKey(key, schema, value);
  if (misplaced !== undefined) return misplaced;
  const files = SECRET.test(key) ? findFileKeys(key, schema) : [];
  if (files.length > 0)
    return `unknown key; secrets are not allowed in this file: ${files.join(" or ")} names a file`;
  const known = findClosest(key.slice(0, MAX_COMPARED_LENGTH), Object.keys(schema.properties));
  return `unknown key; the closest known key is ${quoteUntrusted(known)}${describeUnusualCharacter(key, false)}`;
}

/** Explains a key that belongs one level deeper, for example because its line is not indented enough. */
function explainMisplacedKey(
  key: string,
  { properties }: SchemaOfType<"object">,
  value: object,
): string | undefined {
  const sections = Object.keys(properties).filter((name) => listKeysBelow(properties[name]).includes(key));
  const present = sections.filter((name) => Object.hasOwn(value, name));
  if (present.length > 0) return `it belongs to ${present.join(" or ")}: indent it further`;
  return sections.length === 0 ? undefined : `it belongs to ${sections.join(" or ")}: move it there`;
}

function listKeysBelow(schema: Schema | undefined): readonly string[] {
  const mapping =
    schema?.type === "array" ? schema.items : schema?.type === undefined ? schema?.anyOf.at(-1) : schema;
  return mapping?.type === "object" ? Object.keys(mapping.properties) : [];
}

const SECRET = /^pass|password$|secret/i;
const SECRET_FILE = /(password|secret)File$/i;

/** Returns the keys for files with such a secret, in this mapping or else one level below. */
function findFileKeys(key: string, { properties }: SchemaOfType<"object">): readonly string[] {
  const kind = /secret/i.test(key) ? /secret/i : /pass/i;
  const all = [
    Object.keys(properties),
    Object.keys(properties).flatMap((name) => listKeysBelow(properties[name]).map((one) => `${name}.${one}`)),
  ].map((keys) => keys.filter((name) => SECRET_FILE.test(name)));
  const matching = all.map((keys) => keys.filter((name) => kind.test(name)));
  return [...matching, ...all].find((keys) => keys.length > 0) ?? [];
}
