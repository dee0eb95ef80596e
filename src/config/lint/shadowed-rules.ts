import { quoteValue } from "../../errors/show-value.ts";
import { NameIndex, quoteShadowingPattern } from "../name-index.ts";
import type { ParsedConfig, ParsedMirror, ParsedRule } from "../parse-rules.ts";
import { matchesHost, type Pattern } from "../pattern.ts";
import type { ValidationError } from "../validate/schema-validator.ts";
import { type CloudHostIndex, listValidPatterns, shadowsPattern } from "./cloud-hosts.ts";

/** Something that has taken a pattern's images before the rule is asked. */
interface Earlier {
  /** A rule, or else a mirror, whose images go on under another name. */
  readonly draft?: ParsedRule;
  readonly mirror?: ParsedMirror;
}

function nameOf({ draft, mirror }: Earlier): string {
  return draft === undefined ? `mirrors[${mirror?.index}]` : `rules[${draft.index}]`;
}

/** Rules that never come to be used, since what is before them takes their images. */
export function lintShadowedRules(
  drafts: ParsedConfig,
  territories: CloudHostIndex,
): readonly ValidationError[] {
  const before = new NameIndex<Earlier>(territories);
  for (const mirror of drafts.mirrors) if (mirror.source !== undefined) before.add(mirror.source, { mirror });
  return drafts.rules.flatMap((draft) => {
    const found = faultsOf(draft, before, drafts, territories);
    for (const pattern of listValidPatterns(draft)) before.add(pattern, { draft });
    return found;
  });
}

function faultsOf(
  draft: ParsedRule,
  before: NameIndex<Earlier>,
  drafts: ParsedConfig,
  territories: CloudHostIndex,
): readonly ValidationError[] {
  const takers = draft.patterns.map(
    (pattern) => pattern && before.find(pattern, (one) => isTaken(one, draft, pattern, drafts, territories)),
  );
  if (takers.every((taker) => taker === undefined)) return [];
  const path = ["rules", draft.index];
  const same = takers.flatMap((taker, place) =>
    taker?.value.draft !== undefined && taker.text === draft.rule.match[place]
      ? [{ path: [...path, "match", place], message: sameIn(taker.text, taker.value) }]
      : [],
  );
  const [first] = takers;
  const [pattern] = draft.patterns;
  if (same.length > 0 || first === undefined || pattern === undefined || takers.includes(undefined))
    return same;
  return [
    {
      path,
      message: `the rule is never reached: ${nameOf(first.value)} takes ${quoteShadowingPattern(first.text, pattern)} before it${remedy(
        draft,
        takers.map((taker) => taker?.value),
        territories,
      )}`,
    },
  ];
}

function sameIn(text: string, taker: Earlier): string {
  return `${quoteValue("pattern", text)} is in ${nameOf(taker)} already; \`allow\` refuses, it does not choose between rules`;
}

/** Returns how to make the rule reachable. No other place in the file helps if a mirror or an equal rule takes its images. */
function remedy(
  draft: ParsedRule,
  takers: readonly (Earlier | undefined)[],
  territories: CloudHostIndex,
): string {
  const rules = takers.flatMap((taker) => taker?.draft ?? []);
  if (rules.length < takers.length) return "";
  const equal = rules.find((rule) => takesWholeRule(draft, rule, territories));
  if (equal === undefined) return `: move it above rules[${Math.min(...rules.map(({ index }) => index))}]`;
  return `, and above it would take all images of rules[${equal.index}]: put the names of both into the \`match\` of one rule, or remove one`;
}

/** Reports whether the second rule would never be reached after the first one. */
function takesWholeRule(first: ParsedRule, second: ParsedRule, territories: CloudHostIndex): boolean {
  const index = new NameIndex<ParsedRule>(territories);
  for (const pattern of listValidPatterns(first)) index.add(pattern, first);
  return listValidPatterns(second).every(
    (pattern) => index.find(pattern, () => shadowsPattern(first, second, pattern, territories)) !== undefined,
  );
}

function isTaken(
  earlier: Earlier,
  draft: ParsedRule,
  pattern: Pattern,
  { mirrors }: ParsedConfig,
  territories: CloudHostIndex,
): boolean {
  if (earlier.draft !== undefined) return shadowsPattern(earlier.draft, draft, pattern, territories);
  // What a mirror sends to a host is not sent on by another.
  const names = [pattern, ...territories.listAliasPatterns(pattern, "all")];
  return !mirrors.some(
    ({ registry }) =>
      registry &&
      territories.listHosts(registry.host).some((host) => names.some((name) => matchesHost(name, host))),
  );
}
