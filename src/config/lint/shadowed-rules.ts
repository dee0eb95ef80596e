import { RegistryHost } from "../../core/image-reference.ts";
import { quoteValue } from "../../errors/show-value.ts";
import type { ParsedConfig, ParsedMirror, ParsedRule } from "../parse-rules.ts";
import { matchesHost, type Pattern } from "../pattern.ts";
import type { ValidationError } from "../validate/schema-validator.ts";
import { type CloudHostIndex, isForAnyHost } from "./cloud-hosts.ts";
import { quoteShadowingPattern, ShadowingIndex } from "./shadowing-index.ts";

/** A rule or a mirror that matches images before a later rule does. */
interface Earlier {
  readonly rule?: ParsedRule;
  /** The images of a mirror are matched under the name of the mirror's registry instead. */
  readonly mirror?: ParsedMirror;
}

function formatEarlier({ rule, mirror }: Earlier): string {
  return rule === undefined ? `mirrors[${mirror?.index}]` : `rules[${rule.index}]`;
}

/** Finds shadowed rules: all their images are matched by earlier rules or by mirrors. */
export function lintShadowedRules(config: ParsedConfig, hosts: CloudHostIndex): readonly ValidationError[] {
  const earlier = new ShadowingIndex<Earlier>(hosts);
  for (const mirror of config.mirrors)
    if (mirror.source !== undefined) earlier.add(mirror.source, { mirror });
  return config.rules.flatMap((rule) => {
    const errors = checkRule(rule, earlier, config, hosts);
    for (const pattern of rule.validPatterns) earlier.add(pattern, { rule });
    return errors;
  });
}

function checkRule(
  parsed: ParsedRule,
  earlier: ShadowingIndex<Earlier>,
  { mirrors }: ParsedConfig,
  hosts: CloudHostIndex,
): readonly ValidationError[] {
  const path = ["rules", parsed.index];
  const shadows = parsed.patterns.map(
    (pattern) =>
      pattern &&
      earlier.find(pattern, ({ rule }) =>
        rule === undefined
          ? !isMirrorTarget(pattern, mirrors, hosts)
          : shadowsPattern(rule, parsed, pattern, hosts),
      ),
  );
  const repeated = shadows.flatMap((shadow, position) => {
    if (shadow?.value.rule === undefined || shadow.text !== parsed.rule.match[position]) return [];
    const message = `${quoteValue("pattern", shadow.text)} is already in ${formatEarlier(shadow.value)}; \`allow\` only restricts a rule: it does not select one`;
    return [{ path: [...path, "match", position], message }];
  });
  const [first] = shadows;
  const [pattern] = parsed.patterns;
  const isUnused = first !== undefined && pattern !== undefined && !shadows.includes(undefined);
  if (repeated.length > 0 || !isUnused) return repeated;
  const quoted = quoteShadowingPattern(first.text, pattern);
  const rules = shadows.flatMap((shadow) => shadow?.value.rule ?? []);
  // Moving the rule does not help if a mirror matches its images first.
  const remedy = rules.length < shadows.length ? "" : explainRemedy(parsed, rules, hosts);
  const message = `the rule is never used: ${formatEarlier(first.value)} matches ${quoted} first${remedy}`;
  return [{ path, message }];
}

function explainRemedy(parsed: ParsedRule, earlier: readonly ParsedRule[], hosts: CloudHostIndex): string {
  const equal = earlier.find((rule) => shadowsRule(parsed, rule, hosts));
  if (equal === undefined) return `: move it above rules[${Math.min(...earlier.map(({ index }) => index))}]`;
  return `, and above it this rule would match all images of rules[${equal.index}]: merge both into one rule, or remove one`;
}

/** Reports whether the second rule would never be used after the first one. */
function shadowsRule(first: ParsedRule, second: ParsedRule, hosts: CloudHostIndex): boolean {
  const index = new ShadowingIndex<ParsedRule>(hosts);
  for (const pattern of first.validPatterns) index.add(pattern, first);
  return second.validPatterns.every(
    (pattern) => index.find(pattern, () => shadowsPattern(first, second, pattern, hosts)) !== undefined,
  );
}

/** Reports whether the second rule gets no image of the pattern, given that the first rule matches all of them. */
function shadowsPattern(
  first: ParsedRule,
  second: ParsedRule,
  pattern: Pattern,
  hosts: CloudHostIndex,
): boolean {
  if (isForAnyHost(first.rule)) return true;
  if (isForAnyHost(second.rule)) {
    const registry = RegistryHost.parse(second.rule.registry ?? "");
    const cloud = registry && hosts.findCloud(registry);
    return first.clouds.some((section) => section === cloud || hosts.isOwnedBy(pattern, section));
  }
  const clouds = hosts.cloudsMatching(pattern).filter((section) => second.clouds.includes(section));
  return clouds.length > 0 && clouds.every((section) => first.clouds.includes(section));
}

/** Reports whether a mirror leads to a host of the pattern. An image from a mirror is not mirrored again. */
function isMirrorTarget(pattern: Pattern, mirrors: readonly ParsedMirror[], hosts: CloudHostIndex): boolean {
  const names = [pattern, ...hosts.listAliasPatterns(pattern, "all")];
  return mirrors.some(
    ({ registry }) =>
      registry &&
      hosts.listHosts(registry.host).some((host) => names.some((name) => matchesHost(name, host))),
  );
}
