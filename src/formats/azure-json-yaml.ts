import { parse, YAMLParseError } from "yaml";
import { explainYamlError } from "./yaml-error-causes.ts";

/** Characters. The file of AKS has about 2,000. The parser takes quadratic time for some texts: minutes for 256 KiB. */
const MAX_YAML_LENGTH = 16 * 1024;

/**
 * Parses azure.json as YAML 1.1, as cloud-provider-azure does (sigs.k8s.io/yaml): a bare `yes` or `on` is a boolean. Aliases are
 * refused, because they can expand without bound.
 *
 * @returns the value, or why it cannot be parsed; the reason quotes nothing of the text
 */
export function parseAzureJsonAsYaml(
  text: string,
): { readonly value: unknown } | { readonly problem: string } {
  if (text.length > MAX_YAML_LENGTH)
    return { problem: `longer than ${MAX_YAML_LENGTH} characters: write it as JSON` };
  try {
    return { value: parse(text, { version: "1.1", maxAliasCount: 0, logLevel: "error" }) };
  } catch (error) {
    if (error instanceof YAMLParseError) {
      const start = error.linePos?.[0];
      const place = start === undefined ? "" : `line ${start.line}, column ${start.col}: `;
      return { problem: `${place}neither JSON nor YAML: ${explainYamlError(error.code)}` };
    }
    if (error instanceof ReferenceError) return { problem: "it uses a YAML alias" };
    // The parser is recursive.
    if (error instanceof RangeError) return { problem: "it is nested too deeply" };
    throw error;
  }
}
