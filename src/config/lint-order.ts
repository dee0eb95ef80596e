import { quoteValue } from "../show-value.ts";
import type { Drafts, MirrorDraft, RuleDraft } from "./compile.ts";
import type { Fault } from "./json-schema.ts";
import { NameIndex, quoteShadowingPattern } from "./name-index.ts";
import { matchesHost, type Pattern } from "./pattern.ts";
import { type Territories, takesAll } from "./territories.ts";

/** Something that has taken a pattern's images before the rule is asked. */
interface Earlier {
  /** A rule, or else a mirror, whose images go on under another name. */
  readonly draft?: RuleDraft;
  readonly mirror?: MirrorDraft;
}

function nameOf({ draft, mirror }: Earlier): string {
  return draft === undefined ? `mirrors[${mirror?.index}]` : `rules[${draft.index}]`;
}

/** Rules that never come to be used, since what is before them takes their images. */
export function orderFaults(drafts: Drafts, territories: Territories): readonly Fault[] {
  const before = new NameIndex<Earlier>(territories);
  for (const mirror of drafts.mirrors) if (mirror.source !== undefined) before.add(mirror.source, { mirror });
  return drafts.rules.flatMap((draft) => {
    const found = faultsOf(draft, before, drafts, territories);
    for (const pattern of [...draft.patterns, ...draft.registryPatterns])
      if (pattern !== undefined) before.add(pattern, { draft });
    return found;
  });
}

function faultsOf(
  draft: RuleDraft,
  before: NameIndex<Earlier>,
  drafts: Drafts,
  territories: Territories,
): readonly Fault[] {
  const takers = draft.patterns.map(
    (pattern) => pattern && before.find(pattern, (one) => isTaken(one, draft, pattern, drafts, territories)),
  );
  if (takers.every((taker) => taker === undefined)) return [];
  const path = ["rules", draft.index];
  const same = takers.flatMap((taker, place) =>
    taker?.value.draft !== undefined && taker.text === draft.rule.match[place]
      ? [{ path: [...path, "match", place], says: sameIn(taker.text, taker.value) }]
      : [],
  );
  const [first] = takers;
  const [pattern] = draft.patterns;
  if (same.length > 0 || first === undefined || pattern === undefined || takers.includes(undefined))
    return same;
  return [
    {
      path,
      says: `the rule is never reached: ${nameOf(first.value)} takes ${quoteShadowingPattern(first.text, pattern)} before it${remedy(takers.map((taker) => taker?.value))}`,
    },
  ];
}

function sameIn(text: string, taker: Earlier): string {
  return `${quoteValue("pattern", text)} is in ${nameOf(taker)} already; \`allow\` refuses, it does not choose between rules`;
}

/** Where a mirror has sent the images on, no other place is better. */
function remedy(takers: readonly (Earlier | undefined)[]): string {
  const rules = takers.flatMap((taker) => taker?.draft?.index ?? []);
  return rules.length < takers.length ? "" : `: move it above rules[${Math.min(...rules)}]`;
}

function isTaken(
  earlier: Earlier,
  draft: RuleDraft,
  pattern: Pattern,
  { mirrors }: Drafts,
  territories: Territories,
): boolean {
  if (earlier.draft !== undefined) return takesAll(earlier.draft, draft, pattern, territories);
  // What a mirror sends to a host is not sent on by another.
  const names = [pattern, ...territories.otherPatterns(pattern, "all")];
  return !mirrors.some(
    ({ registry }) => registry && names.some((name) => matchesHost(name, registry.host.name)),
  );
}
