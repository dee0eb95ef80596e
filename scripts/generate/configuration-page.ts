/** The tables of docs/reference/configuration-keys.md, and config/schema.json: both from `src/config/schema.ts`. */
import { SCHEMA } from "../../src/config/schema.ts";
import type { Schema } from "../../src/config/validate/schema-types.ts";
import { type GeneratedFile, renderTable, replaceSection } from "./generated-file.ts";

export const CONFIGURATION_FILES: readonly GeneratedFile[] = [
  {
    path: "docs/reference/configuration-keys.md",
    render: (text) => replaceSection("keys", renderKeyTables(), text),
  },
  { path: "config/schema.json", render: () => `${JSON.stringify(SCHEMA, null, 2)}\n` },
];

type ObjectSchema = Extract<Schema, { readonly type: "object" }>;

interface ObjectTable {
  /** The path as in the rest of the page: `rules[].aws`. */
  readonly path: string;
  readonly schema: ObjectSchema;
}

/** Renders a heading and a table for each mapping, in the order of the schema. */
function renderKeyTables(): string {
  return listTables({ path: "", schema: SCHEMA })
    .map(({ path, schema }) =>
      [
        `## ${path === "" ? "The file" : `\`${path}\``}`,
        "",
        ...(path === "" || schema.description === undefined ? [] : [`${toSentence(schema.description)}`, ""]),
        renderTable(
          ["key", "what it takes", "meaning"],
          Object.entries(schema.properties).map(([key, field]) => [
            formatKey(key, schema),
            describeType(field),
            field.description ?? "",
          ]),
        ),
      ].join("\n"),
    )
    .join("\n\n");
}

function listTables(parent: ObjectTable): readonly ObjectTable[] {
  const below = Object.entries(parent.schema.properties).flatMap(([key, field]) => {
    const path = parent.path === "" ? key : `${parent.path}.${key}`;
    const [schema, at] = field.type === "array" ? [field.items, `${path}[]`] : [selectMapping(field), path];
    return schema.type === "object" ? listTables({ path: at, schema }) : [];
  });
  return [parent, ...below];
}

/** Returns the mapping among the alternatives of a value that may also be a string. */
function selectMapping(schema: Schema): Schema {
  return schema.type === undefined ? (schema.anyOf.at(-1) ?? schema) : schema;
}

function formatKey(key: string, { required = [] }: ObjectSchema): string {
  return required.includes(key) ? `\`${key}\`, required` : `\`${key}\``;
}

function describeType(schema: Schema): string {
  if (schema.type === undefined) return schema.anyOf.map(describeType).join(", or ");
  switch (schema.type) {
    case "object":
      return "a mapping";
    case "boolean":
      return (schema.enum ?? [true, false]).map((value) => `\`${value}\``).join(" or ");
    case "array":
      return schema.items.type === "object"
        ? "a list of mappings"
        : `a list, each ${describeType(schema.items)}`;
    case "string":
      return schema.enum?.map((value) => `\`${value}\``).join(", ") ?? schema.title ?? "a text";
  }
}

function toSentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
