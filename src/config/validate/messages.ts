/** What is said of a value or a key that the schema does not admit, and what was likely meant. */

import { findClosest, suggestCorrection } from "../../errors/did-you-mean.ts";
import { quoteUntrusted } from "../../errors/error-line.ts";
import { quoteValue } from "../../errors/show-value.ts";
import type { Schema, SchemaOfType } from "./schema-types.ts";

/** @param key that it is the value of; an entry of a list has none */
export function explainNotMapping(value: unknown, key: string | number | undefined): string {
  return value === null ? nothingUnder(key) : `${kindOf(value)} is not a mapping`;
}

export function explainNotList(
  { items }: SchemaOfType<"array">,
  value: unknown,
  key: string | number | undefined,
  hidden: boolean,
): string {
  if (value === null) return nothingUnder(key);
  if (typeof value !== "string" || items.type !== "string" || hidden || items.writeOnly === true)
    return `${kindOf(value)} is not a list`;
  const text = quoteValue("pattern", value);
  return `${text} is not a list: write [${text}]`;
}

export function explainInvalidScalar(
  schema: SchemaOfType<"string"> | SchemaOfType<"boolean">,
  value: unknown,
  hidden: boolean,
): string {
  return `${shown(schema, value, hidden)} is not ${nameOf(schema)}${strangeIn(value, hidden)}`;
}

function nothingUnder(key: string | number | undefined): string {
  return typeof key === "string" ? `${key} has no value` : "the value is missing";
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (value === null) return "an empty value";
  if (typeof value === "string") return "a string";
  return typeof value === "object" ? "a mapping" : `a ${typeof value}`;
}

/** Shows only a boolean and a misspelt enumerated word: any other value that its key does not admit may be a secret. */
function shown(
  schema: SchemaOfType<"string"> | SchemaOfType<"boolean">,
  value: unknown,
  hidden: boolean,
): string {
  if (typeof value === "boolean" && !hidden) return String(value);
  if (typeof value === "object") return kindOf(value);
  const words = schema.type === "string" ? (schema.enum ?? []) : ["true", "false"];
  return !hidden && typeof value === "string" && suggestCorrection(value, words) !== undefined
    ? quoteValue("key", value)
    : "the value (not shown)";
}

function nameOf(schema: SchemaOfType<"string"> | SchemaOfType<"boolean">): string {
  if (schema.type === "boolean") return schema.enum?.join(" or ") ?? "true or false";
  const { enum: allowed, title = "a string" } = schema;
  if (allowed === undefined) return title;
  return allowed.length === 1
    ? allowed.map(quoteUntrusted).join()
    : `one of ${allowed.map(quoteUntrusted).join(", ")}`;
}

/** What word processors and web pages put in the place of quotes, dashes and blanks. */
const TYPOGRAPHIC = /[\u00a0\u2000-\u206f\u3000\ufeff]/;
/** A line on stderr shows none of them (`error-line.ts`). */
const NOT_ASCII = /[^\0-\x7f]/u;

/** `; it contains U+201C`: of what is hidden no letter is told but those that look like what they are not. */
function strangeIn(value: unknown, hidden: boolean): string {
  const name =
    typeof value === "string" ? findUnusualCharacter(value, hidden ? TYPOGRAPHIC : NOT_ASCII) : undefined;
  return name === undefined ? "" : `; it contains ${name}`;
}

/** `U+201C` of the first such letter. */
export function findUnusualCharacter(text: string, letters: RegExp = TYPOGRAPHIC): string | undefined {
  const code = letters.exec(text)?.[0].codePointAt(0);
  return code === undefined ? undefined : `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Letters, of which the nearest key is looked for. */
const LONGEST_KEY = 64;

/** @param value the mapping that it stands in */
export function explainUnknownKey(key: string, schema: SchemaOfType<"object">, value: object): string {
  const below = placeBelow(key, schema, value);
  if (below !== undefined) return below;
  const files = SECRET.test(key) ? fileKeysFor(key, schema) : [];
  if (files.length > 0) return `unknown key; this file holds no secrets: ${files.join(" or ")} names a file`;
  const known = findClosest(key.slice(0, LONGEST_KEY), Object.keys(schema.properties));
  return `unknown key; the closest known key is ${quoteUntrusted(known)}${strangeIn(key, false)}`;
}

/** A key that stands one level too high, as where its line is indented too little. */
function placeBelow(key: string, { properties }: SchemaOfType<"object">, value: object): string | undefined {
  const homes = Object.keys(properties).filter((name) => keysBelow(properties[name]).includes(key));
  const near = homes.filter((name) => Object.hasOwn(value, name));
  if (near.length > 0) return `it belongs to ${near.join(" or ")}: indent it further`;
  return homes.length === 0 ? undefined : `it belongs to ${homes.join(" or ")}: move it there`;
}

function keysBelow(schema: Schema | undefined): readonly string[] {
  const mapping =
    schema?.type === "array" ? schema.items : schema?.type === undefined ? schema?.anyOf.at(-1) : schema;
  return mapping?.type === "object" ? Object.keys(mapping.properties) : [];
}

const SECRET = /^pass|password$|secret/i;
const SECRET_FILE = /(password|secret)File$/i;

/** Keys here, or else one level below, of the files that such secrets stand in. */
function fileKeysFor(key: string, { properties }: SchemaOfType<"object">): readonly string[] {
  const kind = /secret/i.test(key) ? /secret/i : /pass/i;
  const all = [
    Object.keys(properties),
    Object.keys(properties).flatMap((name) => keysBelow(properties[name]).map((one) => `${name}.${one}`)),
  ].map((keys) => keys.filter((name) => SECRET_FILE.test(name)));
  const fitting = all.map((keys) => keys.filter((name) => kind.test(name)));
  return [...fitting, ...all].find((keys) => keys.length > 0) ?? [];
}
