import { quoteValue } from "../../errors/show-value.ts";
import type { ParsedConfig, ParsedRule } from "../parse-rules.ts";
import { matchesGlob, matchesHost, type Pattern } from "../pattern.ts";
import type { ValidationError } from "../validate/schema-validator.ts";

/** Finds patterns of `allow.repositories` that match no image of their rule. */
export function lintAllow({ rules }: ParsedConfig): readonly ValidationError[] {
  return rules.flatMap((parsed) =>
    (parsed.rule.allow?.repositories ?? []).flatMap((text, index) => {
      const reason = explainMismatch(text.split("/"), parsed);
      if (reason === undefined) return [];
      const path = ["rules", parsed.index, "allow", "repositories", index];
      return [{ path, message: `${quoteValue("pattern", text)} can never match: ${reason}` }];
    }),
  );
}

function explainMismatch(segments: readonly string[], { validPatterns }: ParsedRule): string | undefined {
  const [first = ""] = segments;
  if (validPatterns.some((pattern) => isHost(first, pattern))) return "repository patterns have no host";
  const [nearest] = validPatterns;
  if (
    nearest === undefined ||
    validPatterns.some(({ path }) =>
      path.every((segment, index) => matchesGlob(segments[index] ?? "*", segment)),
    )
  )
    return undefined;
  return `the rule matches only images below ${quoteValue("pattern", nearest.path.join("/"))}`;
}

/**
 * Reports whether a segment is the host of the pattern. Patterns with the last label `*` are excluded, since the ID of a Google
 * project can look like a host (`gcr.io/example.com/project`).
 */
function isHost(segment: string, pattern: Pattern): boolean {
  return segment.includes(".") && pattern.labels.at(-1) !== "*" && matchesHost(pattern, segment);
}
