/** As much of JSON Schema as `schema.ts` uses, and the type that a schema means. */

interface Annotations {
  readonly $schema?: string;
  /** Finishes the sentence "… is not". */
  readonly title?: string;
  readonly description?: string;
  /** It, or what is below it, may hold a secret by mistake: such a value is never shown. */
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
    /** One for each kind of value, by which it is known; the last is for what is of none of them. */
    | { readonly type?: never; readonly anyOf: readonly Schema[] }
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
          ? { readonly [K in RequiredKeys<S> & keyof P]: TypeOf<P[K]> } & {
              readonly [K in Exclude<keyof P, RequiredKeys<S>>]?: TypeOf<P[K]>;
            }
          : S extends { readonly anyOf: readonly (infer Each)[] }
            ? TypeOf<Each>
            : never;
type RequiredKeys<S> = S extends { readonly required: readonly (infer R)[] } ? R : never;

export type SchemaOfType<Type extends NonNullable<Schema["type"]>> = Extract<Schema, { readonly type: Type }>;
