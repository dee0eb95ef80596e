/** The tables of docs/reference/configuration-keys.md, and config/schema.json: both from `src/config/schema.ts`. */
import { SCHEMA } from "../../src/config/schema.ts";
import type { Schema } from "../../src/config/validate/schema-types.ts";
import { type GeneratedFile, replaceSection, table } from "./generated-file.ts";

export const CONFIGURATION_FILES: readonly GeneratedFile[] = [
  {
    path: "docs/reference/configuration-keys.md",
    render: (text) => replaceSection("keys", keyTables(), text),
  },
  { path: "config/schema.json", render: () => `${JSON.stringify(SCHEMA, null, 2)}\n` },
];

type ObjectSchema = Extract<Schema, { readonly type: "object" }>;

interface ObjectTable {
  /** As in the rest of the page: `rules[].aws`. */
  readonly path: string;
  readonly schema: ObjectSchema;
}

/** A heading and a table for each mapping, in the order in which they are met. */
function keyTables(): string {
  return tablesBelow({ path: "", schema: SCHEMA })
    .map(({ path, schema }) =>
      [
        `## ${path === "" ? "The file" : `\`${path}\``}`,
        "",
        ...(path === "" || schema.description === undefined ? [] : [`${sentence(schema.description)}`, ""]),
        table(
          ["key", "what it takes", "meaning"],
          Object.entries(schema.properties).map(([key, field]) => [
            name(key, schema),
            kindOf(field),
            field.description ?? "",
          ]),
        ),
      ].join("\n"),
    )
    .join("\n\n");
}

function tablesBelow(parent: ObjectTable): readonly ObjectTable[] {
  const below = Object.entries(parent.schema.properties).flatMap(([key, field]) => {
    const path = parent.path === "" ? key : `${parent.path}.${key}`;
    const [schema, at] = field.type === "array" ? [field.items, `${path}[]`] : [mappingOf(field), path];
    return schema.type === "object" ? tablesBelow({ path: at, schema }) : [];
  });
  return [parent, ...below];
}

/** Of what may be a word too. */
function mappingOf(schema: Schema): Schema {
  return schema.type === undefined ? (schema.anyOf.at(-1) ?? schema) : schema;
}

function name(key: string, { required = [] }: ObjectSchema): string {
  return required.includes(key) ? `\`${key}\`, required` : `\`${key}\``;
}

function kindOf(schema: Schema): string {
  if (schema.type === undefined) return schema.anyOf.map(kindOf).join(", or ");
  switch (schema.type) {
    case "object":
      return "a mapping";
    case "boolean":
      return (schema.enum ?? [true, false]).map((value) => `\`${value}\``).join(" or ");
    case "array":
      return schema.items.type === "object" ? "a list of mappings" : `a list, each ${kindOf(schema.items)}`;
    case "string":
      return schema.enum?.map((value) => `\`${value}\``).join(", ") ?? schema.title ?? "a text";
  }
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
