import { quoteValue } from "../../errors/show-value.ts";
import { NameIndex, quoteShadowingPattern } from "../name-index.ts";
import type { MirrorTarget, ParsedConfig, ParsedMirror } from "../parse-rules.ts";
import { matchesHost, type Pattern } from "../pattern.ts";
import type { ValidationError } from "../validate/schema-validator.ts";
import { type CloudHostIndex, isForAnyHost, listValidPatterns } from "./cloud-hosts.ts";
import { explainMisleading, explainUnmatchable } from "./match.ts";

/** Mirrors that nobody comes to, or that lead nowhere. */
export function lintMirrors(drafts: ParsedConfig, territories: CloudHostIndex): readonly ValidationError[] {
  const before = new NameIndex<ParsedMirror>(territories);
  return drafts.mirrors.flatMap((draft) => {
    const path = ["mirrors", draft.index];
    const source = sourceFault(draft, before);
    if (draft.source !== undefined) before.add(draft.source, draft);
    const registry = registryFault(draft, drafts, territories);
    return [
      ...(source === undefined ? [] : [{ path: [...path, "source"], message: source }]),
      ...(registry === undefined ? [] : [{ path: [...path, "registry"], message: registry }]),
    ];
  });
}

function sourceFault({ mirror, source }: ParsedMirror, before: NameIndex<ParsedMirror>): string | undefined {
  const misnamed = source === undefined ? explainUnmatchable(mirror.source) : explainMisleading(source);
  if (source === undefined || misnamed !== undefined) return misnamed;
  const earlier = before.find(source, () => true);
  if (earlier === undefined) return undefined;
  return `the mirror is never reached: mirrors[${earlier.value.index}] takes ${quoteShadowingPattern(earlier.text, source)} before it`;
}

function registryFault(
  { mirror, registry }: ParsedMirror,
  { rules, isComplete }: ParsedConfig,
  territories: CloudHostIndex,
): string | undefined {
  if (registry === undefined) return `${quoteValue("pattern", mirror.registry)} is no name of a host`;
  if (mirror.registry === mirror.source)
    return `${quoteValue("pattern", mirror.registry)} is the source itself`;
  // The rule that it needs may be one of those with a fault.
  if (!isComplete || territories.findCloud(registry.host) !== undefined) return undefined;
  const hasRule = rules.some(
    (draft) => isForAnyHost(draft) && listValidPatterns(draft).some((pattern) => canMatch(pattern, registry)),
  );
  if (hasRule) return undefined;
  return `${quoteValue("pattern", mirror.registry)} is no registry of a known cloud, and no rule has a static login for it`;
}

/** Whether some image that is below the place is of the pattern. */
function canMatch(pattern: Pattern, { host, path }: MirrorTarget): boolean {
  const [short, long] = pattern.path.length < path.length ? [pattern.path, path] : [path, pattern.path];
  return matchesHost(pattern, host.name) && short.every((segment, index) => segment === long[index]);
}
