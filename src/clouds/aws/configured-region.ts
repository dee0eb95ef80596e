import type { Environment } from "../../core/world.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import { quoteValue } from "../../errors/show-value.ts";
import { refuseVariable } from "../../formats/choices.ts";
import { type AwsPartition, findPartition } from "./partitions.ts";

/** A region, its partition, and where it comes from. */
export interface AwsRegion {
  readonly name: string;
  readonly partition: AwsPartition;
  /** The setting that names the region, for errors; undefined: the registry's name does. */
  readonly setting: string | undefined;
}

/**
 * Parses the name of a region.
 *
 * @param refuse returns the error for a problem; it names the setting
 */
export function parseRegion(
  name: string,
  setting: string | undefined,
  refuse: (problem: string) => ProviderError,
): AwsRegion {
  const partition = findPartition(name);
  if (partition !== undefined) return { name, partition, setting };
  throw refuse(`is not an AWS region: ${quoteValue("region", name)}`);
}

/** Parses the region in a registry's name. The registry was recognised by its name, so the region is valid. */
export function parseRegistryRegion(name: string): AwsRegion {
  return parseRegion(name, undefined, (detail) => new ProviderError("internal", { detail }));
}

/**
 * Returns the region that the operator configures: in the rule, else in the environment.
 *
 * @param ruleRegion `aws.region` of the rule
 * @throws ProviderError `config-invalid`, `environment-invalid`
 */
export function findConfiguredRegion(
  ruleRegion: string | undefined,
  env: Environment,
): AwsRegion | undefined {
  if (ruleRegion !== undefined) return parseRuleRegion(ruleRegion);
  for (const variable of ["AWS_REGION", "AWS_DEFAULT_REGION"] as const) {
    const name = env[variable];
    if (name) return parseRegion(name, variable, (problem) => refuseVariable(variable, problem));
  }
  return undefined;
}

/** Parses `aws.region` of a rule. Throws `config-invalid`. */
export function parseRuleRegion(name: string): AwsRegion {
  const refuse = (problem: string) =>
    new ProviderError("config-invalid", { detail: `aws.region ${problem}` });
  return parseRegion(name, "aws.region of the rule", refuse);
}
