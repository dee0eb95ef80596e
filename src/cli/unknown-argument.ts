import { DEFAULT_CONFIG_PATH } from "../core/run-options.ts";
import { suggestCorrection } from "../errors/did-you-mean.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { NOT_SHOWN, quoteValue } from "../errors/show-value.ts";
import { FLAGS } from "./flags.ts";

/**
 * Describes an unknown word, with the nearest known one. Before the comparison, other characters than letters and digits are
 * removed from the start of the word, such as a typographic dash, and `=` with the value from its end.
 *
 * A word that is neither a flag nor close to a known word may be a secret, and is not shown.
 */
export function describeUnknown(
  word: string,
  known: readonly string[],
): { readonly detail: string; readonly closest: string | undefined } {
  const [name = ""] = word.startsWith("-") ? [word] : word.replace(/^[^A-Za-z0-9/.]+/, "").split(/[=:\s]/, 1);
  const closest = suggestCorrection(name, known) ?? suggestCorrection(`--${name}`, known);
  if (closest !== undefined)
    return { detail: `${quoteValue("word", name)}; the nearest known one is ${closest}`, closest };
  return { detail: name.startsWith("-") ? quoteValue("word", name) : NOT_SHOWN, closest };
}

/** Returns the error about a word that is neither a known argument nor the path of azure.json, such as `config=FILE`. */
export function unknownArgumentError(word: string, words: readonly string[]): ProviderError {
  const flags = [...FLAGS].flatMap(([name, { kind }]) => (kind === "unsupported" ? [] : [name]));
  const { detail, closest = "" } = describeUnknown(word, [...flags, ...words]);
  if (closest === "" && !word.startsWith("-") && /[/\\]|\.(json|ya?ml|conf)$/.test(word))
    return new ProviderError("argument-invalid", {
      detail: `the path of azure.json is not an absolute path of plain characters ${NOT_SHOWN}`,
      hint: `use a path such as /etc/kubernetes/azure.json, with only letters, digits and . _ @ + ~ -; write --config=${DEFAULT_CONFIG_PATH} for the configuration file`,
    });
  return new ProviderError("argument-unknown", {
    detail,
    hint:
      !word.startsWith("-") && FLAGS.get(closest)?.kind === "option"
        ? `write ${closest}=VALUE: with ASCII hyphens, no space before them, and = before the value`
        : undefined,
  });
}
