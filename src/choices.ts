import type { EnvironmentName } from "./environment.ts";
import { ProviderError } from "./errors.ts";
import type { Environment } from "./world.ts";

/**
 * Reads one of a few words in any case, as AWS's SDKs for Go and Python read theirs. An empty text counts as not set.
 *
 * @param refuse makes the error, which names the variable or key, from what is wrong with it; the value is not shown
 */
export function parseChoice<T extends string>(
  text: string | undefined,
  choices: readonly T[],
  refuse: (problem: string) => ProviderError,
): T | undefined {
  if (!text) return undefined;
  const choice = choices.find((one) => one.toLowerCase() === text.toLowerCase());
  if (choice !== undefined) return choice;
  throw refuse(`must be ${choices.join(" or ")}`);
}

/** Reads `true` or `false` the same way. */
export function parseBoolean(
  text: string | undefined,
  refuse: (problem: string) => ProviderError,
): boolean | undefined {
  const choice = parseChoice(text, ["true", "false"], refuse);
  return choice && choice === "true";
}

/** Reads a variable that takes one of a few words. Throws `environment-value`. */
export function readChoice<T extends string>(
  env: Environment,
  name: EnvironmentName,
  choices: readonly T[],
): T | undefined {
  return parseChoice(env[name], choices, (problem) => refuseVariable(name, problem));
}

/** Reads a boolean variable. Throws `environment-value`. */
export function readBoolean(env: Environment, name: EnvironmentName): boolean | undefined {
  return parseBoolean(env[name], (problem) => refuseVariable(name, problem));
}

/** An error about a variable's value, which is not shown. */
export function refuseVariable(name: EnvironmentName, problem: string): ProviderError {
  return new ProviderError("environment-value", { detail: `${name} ${problem}` });
}
