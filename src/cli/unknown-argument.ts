import { DEFAULT_CONFIG_PATH } from "../core/run-options.ts";
import { suggestCorrection } from "../errors/did-you-mean.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { NOT_SHOWN, quoteValue } from "../errors/show-value.ts";

/**
 * Returns the error about a word that is neither a flag nor azure.json, such as `config=FILE` or a flag after a typographic dash.
 *
 * @param valued flags that take a value
 */
export function unknownWordError(
  word: string,
  accepted: readonly string[],
  valued: readonly string[],
): ProviderError {
  const [name = ""] = word.replace(/^[^A-Za-z0-9/.]+/, "").split(/[=:\s]/, 1);
  const known = suggestCorrection(name, accepted) ?? suggestCorrection(`--${name}`, accepted);
  if (known !== undefined)
    return new ProviderError("argument-unknown", {
      detail: `${quoteValue("word", name)}; the nearest known one is ${known}`,
      hint: valued.includes(known)
        ? `write ${known}=VALUE: two ASCII hyphens, no blank before them, and = before the value`
        : undefined,
    });
  if (!/[/\\]|\.(json|ya?ml|conf)$/.test(word))
    return new ProviderError("argument-unknown", { detail: NOT_SHOWN });
  return new ProviderError("argument-invalid", {
    detail: `the path of azure.json is not an absolute path of plain characters ${NOT_SHOWN}`,
    hint: `name it as /etc/kubernetes/azure.json, with letters, digits and . _ @ + ~ - only; write --config=${DEFAULT_CONFIG_PATH} for the configuration file`,
  });
}

/** Describes an unknown word with the nearest known one. A word that is neither a flag nor near to one may be a secret. */
export function describeUnknown(name: string, words: readonly string[]): string {
  const known = suggestCorrection(name, words);
  if (known !== undefined) return `${quoteValue("word", name)}; the nearest known one is ${known}`;
  return name.startsWith("-") ? quoteValue("word", name) : NOT_SHOWN;
}
