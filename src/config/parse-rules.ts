import { RegistryHost } from "../core/image-reference.ts";
import type { HostConfig } from "./host-policy.ts";
import { listCustomDomains } from "./names.ts";
import { type Pattern, parsePattern } from "./pattern.ts";
import { listSections, type Policy, type PolicyMirror, type PolicyRule, type Section } from "./policy.ts";
import type { Mirror, Rule } from "./schema.ts";

/** A rule with its place in the file; a pattern that can match nothing is undefined. */
export interface ParsedRule {
  readonly index: number;
  readonly rule: Rule;
  /** Whose settings it has. */
  readonly sections: readonly Section[];
  /** Whose registries it is for: without any settings, all clouds'. */
  readonly clouds: readonly Section[];
  readonly patterns: readonly (Pattern | undefined)[];
}

export interface ParsedMirror {
  readonly index: number;
  readonly mirror: Mirror;
  readonly source: Pattern | undefined;
  readonly registry: MirrorTarget | undefined;
}

export interface MirrorTarget {
  readonly host: RegistryHost;
  readonly path: readonly string[];
}

export interface ParsedConfig {
  readonly rules: readonly ParsedRule[];
  readonly mirrors: readonly ParsedMirror[];
  readonly requireRule: boolean;
  /** Nothing was left out because of a fault. */
  readonly isComplete: boolean;
}

const CLOUDS: readonly Section[] = ["aws", "google", "azure"];

export function parseRule(rule: Rule, index: number): ParsedRule {
  const sections = listSections(rule);
  const clouds = sections.length === 0 ? CLOUDS : sections;
  return { index, rule, sections, clouds, patterns: rule.match.map(parsePattern) };
}

export function parseMirror(mirror: Mirror, index: number): ParsedMirror {
  return { index, mirror, source: parsePattern(mirror.source), registry: parseMirrorTarget(mirror.registry) };
}

function parseMirrorTarget(text: string): MirrorTarget | undefined {
  const [spelled = "", ...path] = text.split("/");
  const host = RegistryHost.parse(spelled);
  return host && { host, path };
}

/** What no fault was found with, ready to be asked. */
export function createPolicy({ rules, mirrors, requireRule, cache }: HostConfig): Policy {
  return {
    rules: rules.map(([index, rule]) => createPolicyRule(parseRule(rule, index))),
    mirrors: mirrors.flatMap((mirror, index) => createPolicyMirrors(parseMirror(mirror, index))),
    domains: listCustomDomains(rules.map(([, rule]) => rule)),
    requireRule,
    cache,
  };
}

function createPolicyRule({ index, rule, patterns }: ParsedRule): PolicyRule {
  const own = patterns.filter((pattern) => pattern !== undefined);
  const registries = listCustomDomains([rule]).map(({ registry }) => registry);
  return { name: `rules[${index}]`, rule, patterns: [...own, ...registries] };
}

function createPolicyMirrors({ source, registry }: ParsedMirror): readonly PolicyMirror[] {
  if (source === undefined || registry === undefined) return [];
  return [{ source, registry: registry.host, path: registry.path }];
}
