/** As much of JSON Schema as `schema.ts` uses: the type that a schema means, and what is wrong with a value. */
import { quoted } from "../last-words.ts";
import { nearest } from "../nearest.ts";

interface Annotations {
  readonly $schema?: string;
  /** Finishes the sentence "… is not". */
  readonly title?: string;
  readonly description?: string;
  /** May hold a secret by mistake: its value is never shown. */
  readonly writeOnly?: boolean;
}
export type Schema = Annotations &
  (
    | {
        readonly type: "string";
        readonly pattern?: string;
        readonly minLength?: number;
        readonly enum?: readonly string[];
      }
    | { readonly type: "boolean" }
    | {
        readonly type: "array";
        readonly items: Schema;
        readonly minItems?: number;
        readonly maxItems?: number;
      }
    | {
        readonly type: "object";
        readonly properties: Readonly<Record<string, Schema>>;
        readonly required?: readonly string[];
        readonly additionalProperties: false;
      }
  );

/** The TypeScript type of the values that a schema admits. */
export type TypeOf<S> = S extends { readonly enum: readonly (infer E)[] }
  ? E
  : S extends { readonly type: "string" }
    ? string
    : S extends { readonly type: "boolean" }
      ? boolean
      : S extends { readonly type: "array"; readonly items: infer I }
        ? readonly TypeOf<I>[]
        : S extends { readonly type: "object"; readonly properties: infer P }
          ? { readonly [K in RequiredOf<S> & keyof P]: TypeOf<P[K]> } & {
              readonly [K in Exclude<keyof P, RequiredOf<S>>]?: TypeOf<P[K]>;
            }
          : never;
type RequiredOf<S> = S extends { readonly required: readonly (infer R)[] } ? R : never;

/** Keys and indexes from the root. */
export type Path = readonly (string | number)[];

export interface Fault {
  readonly path: Path;
  /** The place is that of the key, not of its value. */
  readonly atKey?: boolean;
  readonly says: string;
}

/**
 * Whether the value is what the schema says.
 *
 * @param faults is told all that is wrong. What may be a secret is not shown, nor is the value of an unknown key
 */
export function conforms<S extends Schema>(
  schema: S,
  value: unknown,
  faults: Fault[],
  path: Path = [],
): value is TypeOf<S> {
  const before = faults.length;
  judge(schema, value, [...path], faults);
  return faults.length === before;
}

/** @param at where the value is; changed on the way down, and put back */
function judge(schema: Schema, value: unknown, at: (string | number)[], faults: Fault[]): void {
  if (schema.type === "object") judgeObject(schema, value, at, faults);
  else if (schema.type === "array") judgeArray(schema, value, at, faults);
  else if (schema.type === "string" ? !isRightString(schema, value) : typeof value !== "boolean")
    faults.push({ path: [...at], says: `${shown(value, schema)} is not ${nameOf(schema)}` });
}

type Of<Type extends Schema["type"]> = Extract<Schema, { readonly type: Type }>;

function judgeObject(schema: Of<"object">, value: unknown, at: (string | number)[], faults: Fault[]): void {
  if (!isMapping(value)) {
    faults.push({ path: [...at], says: `${shown(value, schema)} is not a mapping` });
    return;
  }
  const { properties, required = [] } = schema;
  for (const key of required)
    if (!Object.hasOwn(value, key)) faults.push({ path: [...at], says: `the key ${quoted(key)} is missing` });
  for (const key of Object.keys(value)) {
    at.push(key);
    const known = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (known === undefined) faults.push({ path: [...at], atKey: true, says: unknown(key, properties) });
    else judge(known, value[key], at, faults);
    at.pop();
  }
}

function unknown(key: string, properties: object): string {
  const known = nearest(key.slice(0, LONGEST_KEY), Object.keys(properties));
  return `no such key; the nearest known one is ${quoted(known)}`;
}

/** Letters, of which the nearest key is looked for. */
const LONGEST_KEY = 64;

function judgeArray(schema: Of<"array">, value: unknown, at: (string | number)[], faults: Fault[]): void {
  if (!Array.isArray(value)) {
    faults.push({ path: [...at], says: `${shown(value, schema)} is not a list` });
    return;
  }
  const { items, minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema;
  const { length } = value;
  if (length < minItems)
    faults.push({ path: [...at], says: `a list of ${length} is too short: at least ${minItems}` });
  if (length > maxItems)
    faults.push({ path: [...at], says: `a list of ${length} is too long: at most ${maxItems}` });
  for (let index = 0; index < length; index += 1) {
    at.push(index);
    judge(items, value[index], at, faults);
    at.pop();
  }
}

function isRightString(schema: Of<"string">, value: unknown): boolean {
  if (typeof value !== "string") return false;
  const { pattern, minLength = 0, enum: allowed } = schema;
  if (allowed?.includes(value) === false || value.length < minLength) return false;
  return pattern === undefined || expressionOf(pattern).test(value);
}

const expressions = new Map<string, RegExp>();

/** Each made once: there are hundreds of values of a few kinds. */
function expressionOf(pattern: string): RegExp {
  const known = expressions.get(pattern);
  if (known !== undefined) return known;
  const made = new RegExp(pattern, "u");
  expressions.set(pattern, made);
  return made;
}

function nameOf(schema: Of<"string"> | Of<"boolean">): string {
  if (schema.type === "boolean") return "true or false";
  const { enum: allowed, title = "a text" } = schema;
  if (allowed === undefined) return title;
  return allowed.length === 1 ? allowed.map(quoted).join() : `one of ${allowed.map(quoted).join(", ")}`;
}

function shown(value: unknown, { writeOnly }: Schema): string {
  if (Array.isArray(value)) return "a list";
  if (isMapping(value)) return "a mapping";
  if (writeOnly) return "the value (not shown)";
  return typeof value === "string" ? quoted(value) : String(value);
}

export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
