import { quoteValue } from "../../errors/show-value.ts";
import { NameIndex, quoteShadowingPattern } from "../name-index.ts";
import type { Drafts, MirrorDraft, Place } from "../parse-rules.ts";
import { matchesHost, type Pattern } from "../pattern.ts";
import type { Fault } from "../validate/schema-validator.ts";
import { isForAnyHost, patternsOf, type Territories } from "./cloud-hosts.ts";
import { misleading, neverMatches } from "./match.ts";

/** Mirrors that nobody comes to, or that lead nowhere. */
export function mirrorFaults(drafts: Drafts, territories: Territories): readonly Fault[] {
  const before = new NameIndex<MirrorDraft>(territories);
  return drafts.mirrors.flatMap((draft) => {
    const path = ["mirrors", draft.index];
    const source = sourceFault(draft, before);
    if (draft.source !== undefined) before.add(draft.source, draft);
    const registry = registryFault(draft, drafts, territories);
    return [
      ...(source === undefined ? [] : [{ path: [...path, "source"], says: source }]),
      ...(registry === undefined ? [] : [{ path: [...path, "registry"], says: registry }]),
    ];
  });
}

function sourceFault({ mirror, source }: MirrorDraft, before: NameIndex<MirrorDraft>): string | undefined {
  const misnamed = source === undefined ? neverMatches(mirror.source) : misleading(source);
  if (source === undefined || misnamed !== undefined) return misnamed;
  const earlier = before.find(source, () => true);
  if (earlier === undefined) return undefined;
  return `the mirror is never reached: mirrors[${earlier.value.index}] takes ${quoteShadowingPattern(earlier.text, source)} before it`;
}

function registryFault(
  { mirror, registry }: MirrorDraft,
  { rules, isWhole }: Drafts,
  territories: Territories,
): string | undefined {
  if (registry === undefined) return `${quoteValue("pattern", mirror.registry)} is no name of a host`;
  if (mirror.registry === mirror.source)
    return `${quoteValue("pattern", mirror.registry)} is the source itself`;
  // The rule that it needs may be one of those with a fault.
  if (!isWhole || territories.cloudOf(registry.host) !== undefined) return undefined;
  const hasRule = rules.some(
    (draft) => isForAnyHost(draft) && patternsOf(draft).some((pattern) => canMatch(pattern, registry)),
  );
  if (hasRule) return undefined;
  return `${quoteValue("pattern", mirror.registry)} is no registry of a known cloud, and no rule has a static login for it`;
}

/** Whether some image that is below the place is of the pattern. */
function canMatch(pattern: Pattern, { host, path }: Place): boolean {
  const [short, long] = pattern.path.length < path.length ? [pattern.path, path] : [path, pattern.path];
  return matchesHost(pattern, host.name) && short.every((segment, index) => segment === long[index]);
}
