import { quoteUntrusted } from "../../errors/error-line.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import { isJsonObject } from "../../formats/json.ts";
import { explainInvalidScalar, explainNotList, explainNotMapping, explainUnknownKey } from "./messages.ts";
import type { Schema, SchemaOfType, TypeOf } from "./schema-types.ts";

/** Keys and indexes from the root. */
export type Path = readonly (string | number)[];

export interface ValidationError {
  readonly path: Path;
  /** True if the location is that of the key, not of its value. */
  readonly isAtKey?: boolean;
  readonly message: string;
}

/**
 * Reports whether the value is valid by the schema.
 *
 * @param errors receives all errors. The messages show no value that may be a secret, and no value of an unknown key
 */
export function validate<S extends Schema>(
  schema: S,
  value: unknown,
  errors: ValidationError[],
  path: Path = [],
): value is TypeOf<S> {
  const before = errors.length;
  validateValue(schema, value, [...path], errors, false);
  return errors.length === before;
}

/**
 * @param path perf: changed on the way down and restored, so that only an error copies it
 * @param isSecret the value may be a secret
 */
function validateValue(
  schema: Schema,
  value: unknown,
  path: (string | number)[],
  errors: ValidationError[],
  isSecret: boolean,
): void {
  const isHidden = isSecret || schema.writeOnly === true;
  if (schema.type === undefined)
    validateValue(selectVariant(schema.anyOf, value), value, path, errors, isHidden);
  else if (schema.type === "object") validateObject(schema, value, path, errors, isHidden);
  else if (schema.type === "array") validateArray(schema, value, path, errors, isHidden);
  else if (!(schema.type === "string" ? isValidString(schema, value) : isValidBoolean(schema, value)))
    errors.push({ path: [...path], message: explainInvalidScalar(schema, value, isHidden) });
}

/** Returns the schema for the type of the value, or the last one. */
function selectVariant(schemas: readonly Schema[], value: unknown): Schema {
  const found = schemas.find(({ type }) => type === typeof value) ?? schemas.at(-1);
  if (found !== undefined) return found;
  throw new ProviderError("internal", { detail: "anyOf is empty in the schema" });
}

function validateObject(
  schema: SchemaOfType<"object">,
  value: unknown,
  path: (string | number)[],
  errors: ValidationError[],
  isSecret: boolean,
): void {
  if (!isJsonObject(value)) {
    errors.push({ path: [...path], message: explainNotMapping(value, path.at(-1)) });
    return;
  }
  const { properties, required = [] } = schema;
  for (const key of required)
    if (!Object.hasOwn(value, key))
      errors.push({ path: [...path], message: `the required key ${quoteUntrusted(key)} is missing` });
  for (const key of Object.keys(value)) {
    path.push(key);
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (property !== undefined) validateValue(property, value[key], path, errors, isSecret);
    else {
      const message = explainUnknownKey(key, schema, value);
      errors.push({ path: [...path], isAtKey: true, message });
    }
    path.pop();
  }
}

function validateArray(
  schema: SchemaOfType<"array">,
  value: unknown,
  path: (string | number)[],
  errors: ValidationError[],
  isSecret: boolean,
): void {
  if (!Array.isArray(value)) {
    errors.push({ path: [...path], message: explainNotList(schema, value, path.at(-1), isSecret) });
    return;
  }
  const { items, minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema;
  const { length } = value;
  if (length < minItems)
    errors.push({ path: [...path], message: `a list of ${length} is too short: at least ${minItems}` });
  if (length > maxItems)
    errors.push({ path: [...path], message: `a list of ${length} is too long: at most ${maxItems}` });
  for (let index = 0; index < length; index += 1) {
    path.push(index);
    validateValue(items, value[index], path, errors, isSecret);
    path.pop();
  }
}

function isValidString(schema: SchemaOfType<"string">, value: unknown): boolean {
  if (typeof value !== "string") return false;
  const { pattern, minLength = 0, enum: allowed } = schema;
  if (allowed?.includes(value) === false || value.length < minLength) return false;
  return pattern === undefined || compilePattern(pattern).test(value);
}

function isValidBoolean({ enum: allowed }: SchemaOfType<"boolean">, value: unknown): boolean {
  return typeof value === "boolean" && allowed?.includes(value) !== false;
}

const compiledPatterns = new Map<string, RegExp>();

/** perf: compiles each pattern once, since a file has hundreds of values for a few patterns. */
function compilePattern(pattern: string): RegExp {
  const compiled = compiledPatterns.get(pattern) ?? new RegExp(pattern, "u");
  compiledPatterns.set(pattern, compiled);
  return compiled;
}
