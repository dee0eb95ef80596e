/** As much of JSON Schema as `schema.ts` uses: the type that a schema means, and what is wrong with a value. */

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
