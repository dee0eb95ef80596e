import type { ParsedConfig } from "../parse-rules.ts";
import type { ValidationError } from "../validate/schema-validator.ts";

/** Finds a `requireRule` without rules. */
export function lintRequireRule({
  requireRule,
  rules,
  isComplete,
}: ParsedConfig): readonly ValidationError[] {
  if (!requireRule || !isComplete || rules.length > 0) return [];
  const message = "every image of a supported registry would be refused, because there are no rules";
  return [{ path: ["requireRule"], message }];
}
