import { quoteValue } from "../../errors/show-value.ts";
import type { ParsedRule } from "../parse-rules.ts";
import { matchesGlob, matchesHost, type Pattern } from "../pattern.ts";
import type { ValidationError } from "../validate/schema-validator.ts";
import { listValidPatterns } from "./cloud-hosts.ts";

/** Repositories of `allow` that no image of the rule is in. */
export function lintAllow(draft: ParsedRule): readonly ValidationError[] {
  const { index, rule } = draft;
  const patterns = listValidPatterns(draft);
  return (rule.allow?.repositories ?? []).flatMap((text, place) => {
    const reason = reasonOf(text.split("/"), patterns);
    const path = ["rules", index, "allow", "repositories", place];
    return reason === undefined
      ? []
      : [{ path, message: `${quoteValue("pattern", text)} can never match: ${reason}` }];
  });
}

function reasonOf(segments: readonly string[], patterns: readonly Pattern[]): string | undefined {
  const [first = ""] = segments;
  if (patterns.some((pattern) => isHost(first, pattern))) return "a repository is named without its host";
  const [nearest] = patterns;
  if (nearest === undefined || patterns.some(({ path }) => canMeet(segments, path))) return undefined;
  return `the rule's images are in ${quoteValue("pattern", nearest.path.join("/"))}, with which a repository's path begins`;
}

/** A project of Google's may be named as a domain (`gcr.io/example.com/project`): a pattern of any host says nothing. */
function isHost(segment: string, pattern: Pattern): boolean {
  return segment.includes(".") && pattern.labels.at(-1) !== "*" && matchesHost(pattern, segment);
}

function canMeet(globs: readonly string[], path: readonly string[]): boolean {
  return path.every((segment, index) => matchesGlob(globs[index] ?? "*", segment));
}
