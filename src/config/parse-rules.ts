import { RegistryHost } from "../core/image-reference.ts";
import type { Part } from "./host-policy.ts";
import { listCustomDomains } from "./names.ts";
import { type Pattern, parsePattern } from "./pattern.ts";
import { type Policy, type PolicyMirror, type PolicyRule, type Section, sectionsOf } from "./policy.ts";
import type { Mirror, Rule } from "./schema.ts";

/** A rule with its place in the file; a pattern that can match nothing is undefined. */
export interface RuleDraft {
  readonly index: number;
  readonly rule: Rule;
  /** Whose settings it has. */
  readonly sections: readonly Section[];
  /** Whose registries it is for: without any settings, all clouds'. */
  readonly clouds: readonly Section[];
  readonly patterns: readonly (Pattern | undefined)[];
}

export interface MirrorDraft {
  readonly index: number;
  readonly mirror: Mirror;
  readonly source: Pattern | undefined;
  readonly registry: Place | undefined;
}

export interface Place {
  readonly host: RegistryHost;
  readonly path: readonly string[];
}

export interface Drafts {
  readonly rules: readonly RuleDraft[];
  readonly mirrors: readonly MirrorDraft[];
  readonly requireRule: boolean;
  /** Nothing was left out because of a fault. */
  readonly isWhole: boolean;
}

const CLOUDS: readonly Section[] = ["aws", "google", "azure"];

export function draftRule(rule: Rule, index: number): RuleDraft {
  const sections = sectionsOf(rule);
  const clouds = sections.length === 0 ? CLOUDS : sections;
  return { index, rule, sections, clouds, patterns: rule.match.map(parsePattern) };
}

export function draftMirror(mirror: Mirror, index: number): MirrorDraft {
  return { index, mirror, source: parsePattern(mirror.source), registry: placeOf(mirror.registry) };
}

function placeOf(text: string): Place | undefined {
  const [spelled = "", ...path] = text.split("/");
  const host = RegistryHost.parse(spelled);
  return host && { host, path };
}

/** What no fault was found with, ready to be asked. */
export function policyOf({ rules, mirrors, requireRule, cache }: Part): Policy {
  return {
    rules: rules.map(([index, rule]) => policyRule(draftRule(rule, index))),
    mirrors: mirrors.flatMap((mirror, index) => policyMirror(draftMirror(mirror, index))),
    domains: listCustomDomains(rules.map(([, rule]) => rule)),
    requireRule,
    cache,
  };
}

function policyRule({ index, rule, patterns }: RuleDraft): PolicyRule {
  const own = patterns.filter((pattern) => pattern !== undefined);
  const registries = listCustomDomains([rule]).map(({ registry }) => registry);
  return { name: `rules[${index}]`, rule, patterns: [...own, ...registries] };
}

function policyMirror({ source, registry }: MirrorDraft): readonly PolicyMirror[] {
  if (source === undefined || registry === undefined) return [];
  return [{ source, registry: registry.host, path: registry.path }];
}
