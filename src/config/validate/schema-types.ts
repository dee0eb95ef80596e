/** The subset of JSON Schema that `schema.ts` uses, and the TypeScript type of a schema. */

interface Annotations {
  readonly $schema?: string;
  /** Completes the sentence "… is not". */
  readonly title?: string;
  readonly description?: string;
  /** The value, or a value below it, may be a secret by mistake. Such a value is never shown. */
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
    | { readonly type: "boolean"; readonly enum?: readonly boolean[] }
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
    /** A schema for each type of value. The last one validates values of all other types. */
    | { readonly type?: never; readonly anyOf: readonly Schema[] }
  );

/** The TypeScript type of the values that are valid by a schema. */
export type TypeOf<S> = S extends { readonly enum: readonly (infer E)[] }
  ? E
  : S extends { readonly type: "string" }
    ? string
    : S extends { readonly type: "boolean" }
      ? boolean
      : S extends { readonly type: "array"; readonly items: infer I }
        ? readonly TypeOf<I>[]
        : S extends { readonly type: "object"; readonly properties: infer P }
          ? { readonly [K in RequiredKeys<S> & keyof P]: TypeOf<P[K]> } & {
              readonly [K in Exclude<keyof P, RequiredKeys<S>>]?: TypeOf<P[K]>;
            }
          : S extends { readonly anyOf: readonly (infer Each)[] }
            ? TypeOf<Each>
            : never;
type RequiredKeys<S> = S extends { readonly required: readonly (infer R)[] } ? R : never;

export type SchemaOfType<Type extends NonNullable<Schema["type"]>> = Extract<Schema, { readonly type: Type }>;
