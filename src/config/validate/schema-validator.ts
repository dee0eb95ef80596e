/** What is wrong with a value by a schema of the kind that `schema.ts` is. */

import { quoteUntrusted } from "../../errors/error-line.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import { isJsonObject } from "../../formats/json.ts";
import { explainInvalidScalar, explainNotList, explainNotMapping, explainUnknownKey } from "./messages.ts";
import type { Schema, SchemaOfType, TypeOf } from "./schema-types.ts";

/** Keys and indexes from the root. */
export type Path = readonly (string | number)[];

export interface ValidationError {
  readonly path: Path;
  /** The place is that of the key, not of its value. */
  readonly isAtKey?: boolean;
  readonly message: string;
}

/**
 * Whether the value is what the schema says.
 *
 * @param faults is told all that is wrong. What may be a secret is not shown, nor is the value of an unknown key
 */
export function validate<S extends Schema>(
  schema: S,
  value: unknown,
  faults: ValidationError[],
  path: Path = [],
): value is TypeOf<S> {
  const before = faults.length;
  validateValue(schema, value, [...path], faults, false);
  return faults.length === before;
}

/**
 * @param at where the value is; changed on the way down, and put back
 * @param hidden what is here may be a secret
 */
function validateValue(
  schema: Schema,
  value: unknown,
  at: (string | number)[],
  faults: ValidationError[],
  hidden: boolean,
): void {
  const hides = hidden || schema.writeOnly === true;
  if (schema.type === undefined) validateValue(selectVariant(schema.anyOf, value), value, at, faults, hides);
  else if (schema.type === "object") validateObject(schema, value, at, faults, hides);
  else if (schema.type === "array") validateArray(schema, value, at, faults, hides);
  else if (schema.type === "string" ? !isValidString(schema, value) : !isValidBoolean(schema, value))
    faults.push({ path: [...at], message: explainInvalidScalar(schema, value, hides) });
}

function selectVariant(schemas: readonly Schema[], value: unknown): Schema {
  const [last] = schemas.slice(-1);
  const found = schemas.find(({ type }) => type === typeof value) ?? last;
  if (found !== undefined) return found;
  throw new ProviderError("internal", { detail: "a schema without kinds" });
}

function validateObject(
  schema: SchemaOfType<"object">,
  value: unknown,
  at: (string | number)[],
  faults: ValidationError[],
  hidden: boolean,
): void {
  if (!isJsonObject(value)) {
    faults.push({ path: [...at], message: explainNotMapping(value, at.at(-1)) });
    return;
  }
  const { properties, required = [] } = schema;
  for (const key of required)
    if (!Object.hasOwn(value, key))
      faults.push({ path: [...at], message: `the required key ${quoteUntrusted(key)} is missing` });
  for (const key of Object.keys(value)) {
    at.push(key);
    const known = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (known === undefined)
      faults.push({ path: [...at], isAtKey: true, message: explainUnknownKey(key, schema, value) });
    else validateValue(known, value[key], at, faults, hidden);
    at.pop();
  }
}

function validateArray(
  schema: SchemaOfType<"array">,
  value: unknown,
  at: (string | number)[],
  faults: ValidationError[],
  hidden: boolean,
): void {
  if (!Array.isArray(value)) {
    faults.push({ path: [...at], message: explainNotList(schema, value, at.at(-1), hidden) });
    return;
  }
  const { items, minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema;
  const { length } = value;
  if (length < minItems)
    faults.push({ path: [...at], message: `a list of ${length} is too short: at least ${minItems}` });
  if (length > maxItems)
    faults.push({ path: [...at], message: `a list of ${length} is too long: at most ${maxItems}` });
  for (let index = 0; index < length; index += 1) {
    at.push(index);
    validateValue(items, value[index], at, faults, hidden);
    at.pop();
  }
}

function isValidBoolean({ enum: allowed }: SchemaOfType<"boolean">, value: unknown): boolean {
  return typeof value === "boolean" && allowed?.includes(value) !== false;
}

function isValidString(schema: SchemaOfType<"string">, value: unknown): boolean {
  if (typeof value !== "string") return false;
  const { pattern, minLength = 0, enum: allowed } = schema;
  if (allowed?.includes(value) === false || value.length < minLength) return false;
  return pattern === undefined || compilePattern(pattern).test(value);
}

const expressions = new Map<string, RegExp>();

/** Each made once: there are hundreds of values of a few kinds. */
function compilePattern(pattern: string): RegExp {
  const known = expressions.get(pattern);
  if (known !== undefined) return known;
  const made = new RegExp(pattern, "u");
  expressions.set(pattern, made);
  return made;
}
