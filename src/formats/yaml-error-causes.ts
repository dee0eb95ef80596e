/** Explanations of the error codes of the package `yaml`. Its own messages quote the text, which may hold a secret. */
const YAML_ERROR_CAUSES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    BAD_ALIAS: "a string that starts with * needs quotes",
    BAD_DQ_ESCAPE: "in double quotes, a backslash starts an escape such as \\n",
    BAD_INDENT: "the indentation matches no line above, or a bracket above is not closed",
    BAD_SCALAR_START: "a string that starts with this character needs quotes",
    BLOCK_AS_IMPLICIT_KEY:
      "more than one key on a line: a string that contains a colon and a space needs quotes",
    BLOCK_IN_FLOW: "an indented block is not allowed in brackets",
    DUPLICATE_KEY: "duplicate key",
    MISSING_CHAR: "a character is missing: a closing quote or bracket, a comma, or a space after a colon",
    MULTILINE_IMPLICIT_KEY: "a key, or the colon after it, is missing",
    MULTIPLE_DOCS: "a second document is not allowed",
    NON_STRING_KEY: "a key must be a string",
    RESOURCE_EXHAUSTION: "nested too deeply",
    TAB_AS_INDENT: "tabs are not allowed as indentation",
    TAG_RESOLVE_FAILED: "a string that starts with ! needs quotes",
    UNEXPECTED_TOKEN: "unexpected token",
  }),
);

/** Returns the explanation of a parser error. */
export function explainYamlError(code: string): string {
  return YAML_ERROR_CAUSES.get(code) ?? "neither YAML nor JSON";
}
