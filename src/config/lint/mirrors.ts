import { quoteValue } from "../../errors/show-value.ts";
import type { MirrorTarget, ParsedConfig, ParsedMirror } from "../parse-rules.ts";
import { matchesHost, type Pattern } from "../pattern.ts";
import type { ValidationError } from "../validate/schema-validator.ts";
import { type CloudHostIndex, isForAnyHost } from "./cloud-hosts.ts";
import { explainMisleading } from "./match.ts";
import { quoteShadowingPattern, ShadowingIndex } from "./shadowing-index.ts";

/** Finds mirrors that are never used, and mirrors to a registry that no rule and no cloud has a login for. */
export function lintMirrors(config: ParsedConfig, hosts: CloudHostIndex): readonly ValidationError[] {
  const earlier = new ShadowingIndex<ParsedMirror>(hosts);
  return config.mirrors.flatMap((parsed) => {
    const source = checkSource(parsed, earlier);
    if (parsed.source !== undefined) earlier.add(parsed.source, parsed);
    const registry = checkTarget(parsed, config, hosts);
    const path = ["mirrors", parsed.index];
    return [
      ...(source === undefined ? [] : [{ path: [...path, "source"], message: source }]),
      ...(registry === undefined ? [] : [{ path: [...path, "registry"], message: registry }]),
    ];
  });
}

function checkSource(
  { mirror, source }: ParsedMirror,
  earlier: ShadowingIndex<ParsedMirror>,
): string | undefined {
  const misleading = explainMisleading(mirror.source, source);
  if (source === undefined || misleading !== undefined) return misleading;
  const found = earlier.find(source, () => true);
  if (found === undefined) return undefined;
  return `the mirror is never used: mirrors[${found.value.index}] matches ${quoteShadowingPattern(found.text, source)} first`;
}

function checkTarget(
  { mirror, registry }: ParsedMirror,
  { rules, isComplete }: ParsedConfig,
  hosts: CloudHostIndex,
): string | undefined {
  if (registry === undefined) return `${quoteValue("pattern", mirror.registry)} is not a valid host`;
  if (mirror.registry === mirror.source)
    return `${quoteValue("pattern", mirror.registry)} is the same as source`;
  // In an incomplete configuration the rule for the registry may be one of those left out.
  if (!isComplete || hosts.findCloud(registry.host) !== undefined) return undefined;
  const hasRule = rules.some(
    ({ rule, validPatterns }) =>
      isForAnyHost(rule) && validPatterns.some((pattern) => canMatchBelow(pattern, registry)),
  );
  if (hasRule) return undefined;
  return `${quoteValue("pattern", mirror.registry)} is not a registry of a supported cloud, and no rule has a static login for it`;
}

/** Reports whether the pattern matches some image below the target. */
function canMatchBelow(pattern: Pattern, { host, path }: MirrorTarget): boolean {
  const [short, long] = pattern.path.length < path.length ? [pattern.path, path] : [path, pattern.path];
  return matchesHost(pattern, host.name) && short.every((segment, index) => segment === long[index]);
}
