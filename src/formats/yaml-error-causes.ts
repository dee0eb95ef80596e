/** The causes behind the error codes of the package `yaml`. Its own messages quote the text, which may hold a secret. */
const CAUSES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    BAD_ALIAS: "a text that begins with * needs quotes",
    BAD_DQ_ESCAPE: "between double quotes a backslash begins an escape such as \\n",
    BAD_INDENT: "the indentation fits nothing above, or a bracket above is not closed",
    BAD_SCALAR_START: "a text that begins with this sign needs quotes",
    BLOCK_AS_IMPLICIT_KEY: "a line holds one key: a text with a colon and a blank in it needs quotes",
    BLOCK_IN_FLOW: "an indented block cannot be inside brackets",
    DUPLICATE_KEY: "the key is there twice",
    MISSING_CHAR: "a sign is missing: a closing quote or bracket, a comma, or a blank behind a colon",
    MULTILINE_IMPLICIT_KEY: "a key, or the colon behind it, is missing",
    MULTIPLE_DOCS: "a second document begins, and only one is read",
    NON_STRING_KEY: "a key is a text",
    RESOURCE_EXHAUSTION: "brackets or indentation go too deep",
    TAB_AS_INDENT: "a tab cannot be indentation",
    TAG_RESOLVE_FAILED: "a text that begins with ! needs quotes",
    UNEXPECTED_TOKEN: "this cannot stand here",
  }),
);

/** Explains an error of the parser by its code. */
export function explainYamlError(code: string): string {
  return CAUSES.get(code) ?? "this is neither YAML nor JSON";
}
