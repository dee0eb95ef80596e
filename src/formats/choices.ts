import {
  ENVIRONMENT,
  type EnvironmentName,
  type EnvironmentVariable,
  isEnvironmentName,
} from "../core/environment.ts";
import type { Environment } from "../core/world.ts";
import { ProviderError } from "../errors/provider-error.ts";

/**
 * Parses one of a few words in any case, as AWS's SDKs for Go and Python do. An empty text counts as not set.
 *
 * @param refuse returns the error for a problem; it names the variable or key, and does not show the value
 */
export function parseChoice<T extends string>(
  text: string | undefined,
  choices: readonly T[],
  refuse: (problem: string) => ProviderError,
): T | undefined {
  if (!text) return undefined;
  const choice = choices.find((word) => word.toLowerCase() === text.toLowerCase());
  if (choice !== undefined) return choice;
  throw refuse(`must be ${choices.join(" or ")}`);
}

/** Parses `true` or `false` in any case. An empty text counts as not set. */
export function parseBoolean(
  text: string | undefined,
  refuse: (problem: string) => ProviderError,
): boolean | undefined {
  const choice = parseChoice(text, ["true", "false"], refuse);
  return choice && choice === "true";
}

/** Reads a variable that takes one of a few words. Throws `environment-invalid`. */
export function readChoice<T extends string>(
  env: Environment,
  name: EnvironmentName,
  choices: readonly T[],
): T | undefined {
  return parseChoice(env[name], choices, (problem) => refuseVariable(name, problem));
}

/** Reads a boolean variable. Throws `environment-invalid`. */
export function readBoolean(env: Environment, name: EnvironmentName): boolean | undefined {
  return parseBoolean(env[name], (problem) => refuseVariable(name, problem));
}

/** Refuses the variables with which the cloud's SDKs would use another identity or destination. Throws `environment-invalid`. */
export function refuseUnsupported(env: Environment, cloud: "AWS" | "Google" | "Azure"): void {
  for (const [name, value] of Object.entries(env)) {
    if (!value || !isEnvironmentName(name) || ENVIRONMENT[name].for !== cloud) continue;
    const { unsupportedHint: hint }: EnvironmentVariable = ENVIRONMENT[name];
    if (hint !== undefined)
      throw new ProviderError("environment-invalid", { detail: `${name} is not supported`, hint });
  }
}

/** Returns the error about a variable. Its value is not shown. */
export function refuseVariable(name: EnvironmentName, problem: string): ProviderError {
  return new ProviderError("environment-invalid", { detail: `${name} ${problem}` });
}
