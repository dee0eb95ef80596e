import { RegistryHost } from "../core/image-reference.ts";
import type { HostConfig } from "./host-config.ts";
import { listCustomDomains } from "./names.ts";
import { type Pattern, parsePattern } from "./pattern.ts";
import { listSections, type Policy, type PolicyMirror, type PolicyRule, type Section } from "./policy.ts";
import type { Mirror, Rule } from "./schema.ts";

export interface ParsedRule {
  /** The position in the file. */
  readonly index: number;
  readonly rule: Rule;
  /** The sections of settings that the rule has. */
  readonly sections: readonly Section[];
  /** The sections of the registries that the rule can match: `sections`, or all clouds if it has none. */
  readonly clouds: readonly Section[];
  /** The patterns of `match`, by position. A text that is not a valid pattern is undefined. */
  readonly patterns: readonly (Pattern | undefined)[];
  readonly validPatterns: readonly Pattern[];
}

export interface ParsedMirror {
  /** The position in the file. */
  readonly index: number;
  readonly mirror: Mirror;
  /** Undefined if the text is not a valid pattern. */
  readonly source: Pattern | undefined;
  /** Undefined if the text is not a valid host. */
  readonly registry: MirrorTarget | undefined;
}

export interface MirrorTarget {
  readonly host: RegistryHost;
  /** Segments that come before the image's own path. */
  readonly path: readonly string[];
}

export interface ParsedConfig {
  readonly rules: readonly ParsedRule[];
  readonly mirrors: readonly ParsedMirror[];
  readonly requireRule: boolean;
  /** False if rules or mirrors were left out because they are invalid. */
  readonly isComplete: boolean;
}

const CLOUDS: readonly Section[] = ["aws", "google", "azure"];

export function parseRule(rule: Rule, index: number): ParsedRule {
  const sections = listSections(rule);
  const clouds = sections.length === 0 ? CLOUDS : sections;
  const patterns = rule.match.map(parsePattern);
  const validPatterns = patterns.filter((pattern) => pattern !== undefined);
  return { index, rule, sections, clouds, patterns, validPatterns };
}

export function parseMirror(mirror: Mirror, index: number): ParsedMirror {
  const [hostText = "", ...path] = mirror.registry.split("/");
  const host = RegistryHost.parse(hostText);
  return { index, mirror, source: parsePattern(mirror.source), registry: host && { host, path } };
}

/** Creates the policy of a valid configuration. */
export function createPolicy({ rules, mirrors, requireRule, cache }: HostConfig): Policy {
  return {
    rules: rules.map(([index, rule]) => createPolicyRule(rule, index)),
    mirrors: mirrors.flatMap((mirror, index): readonly PolicyMirror[] => {
      const { source, registry } = parseMirror(mirror, index);
      if (source === undefined || registry === undefined) return [];
      return [{ source, registry: registry.host, path: registry.path }];
    }),
    domains: listCustomDomains(rules.map(([, rule]) => rule)),
    requireRule,
    cache,
  };
}

function createPolicyRule(rule: Rule, index: number): PolicyRule {
  const registries = listCustomDomains([rule]).map(({ registry }) => registry);
  const { validPatterns } = parseRule(rule, index);
  return { name: `rules[${index}]`, rule, patterns: [...validPatterns, ...registries] };
}
