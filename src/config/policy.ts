import {
  type ImageReference,
  type RegistryHost,
  type RegistryName,
  referenceTo,
  type Spelling,
} from "../image.ts";
import { matches, matchesHost, type Pattern } from "./pattern.ts";
import type { Cache, Rule } from "./schema.ts";

/** The configuration, ready to be asked. */
export interface Policy {
  readonly rules: readonly PolicyRule[];
  readonly mirrors: readonly PolicyMirror[];
  /** An image that no rule matches gets no login. */
  readonly requireRule: boolean;
  /** Undefined where the file does not say. */
  readonly cache: Cache | undefined;
}

export interface PolicyRule {
  readonly patterns: readonly Pattern[];
  /** The same for the own names of the rule's `registry`, which the hosts in `match` stand for. */
  readonly registryPatterns: readonly Pattern[];
  readonly rule: Rule;
  /** How a person finds it: `rules[3]`, counted from 0 as in JSON paths. */
  readonly name: string;
}

export interface PolicyMirror {
  readonly source: Pattern;
  /** The host, and segments that come before the image's own. */
  readonly registry: RegistryHost;
  readonly path: readonly string[];
}

/** The settings of a rule that say who gives the login. */
export const SECTIONS = ["aws", "google", "azure", "static"] as const;
export type Section = (typeof SECTIONS)[number];

export function sectionsOf(rule: Rule): readonly Section[] {
  return SECTIONS.filter((name) => rule[name] !== undefined);
}

/**
 * Returns whose identity a rule uses: as it says, or else as its settings imply. Undefined: the pod's where the request has
 * its token, and otherwise the node's.
 */
export function identityMode(rule: Rule): Rule["identity"] {
  if (rule.identity !== undefined) return rule.identity;
  if (nodeSource(rule) !== undefined) return "node";
  return subjectTokenIn(rule) === "request" ? "pod" : undefined;
}

/** Returns the setting that names a credential source on the node, if the rule has one. */
export function nodeSource(rule: Rule): string | undefined {
  const { aws, google, azure } = rule;
  const subject = subjectTokenIn(rule);
  const sources: readonly (readonly [setting: string, value: unknown])[] = [
    ["static", rule.static],
    ["subjectToken", subject === "request" ? undefined : subject],
    ["aws.profile", aws?.profile],
    ["aws.configFile", aws?.configFile],
    ["google.credentialsFile", google?.credentialsFile],
    ["azure.clientSecretFile", azure?.clientSecretFile],
    ["azure.clientSecretEnv", azure?.clientSecretEnv],
    ["azure.certificateFile", azure?.certificateFile],
  ];
  return sources.find(([, value]) => value !== undefined)?.[0];
}

function subjectTokenIn({ aws, google, azure }: Rule): string | undefined {
  return (aws ?? google ?? azure)?.subjectToken;
}

/** Without a configuration file: the defaults alone. */
export const NO_POLICY: Policy = { rules: [], mirrors: [], requireRule: false, cache: undefined };

/** A rule that an image falls under. */
export interface MatchedRule extends Pick<PolicyRule, "rule" | "name"> {
  /** The image under those of its names that the rule matches. */
  readonly spellings: readonly Spelling[];
  /** The registry that the image's host stands for, where the rule says so. */
  readonly registry: string | undefined;
}

/**
 * Returns the rules that match, in their order.
 *
 * @param spellings the image under each of its registry's names: a rule for one of them is a rule for all
 */
export function rulesFor(spellings: readonly Spelling[], policy: Policy): readonly MatchedRule[] {
  const matching = (patterns: readonly Pattern[]) =>
    spellings.filter((spelling) => patterns.some((pattern) => matches(pattern, spelling)));
  return policy.rules.flatMap(({ rule, name, patterns, registryPatterns }): readonly MatchedRule[] => {
    const own = matching(patterns);
    if (own.length > 0) return [{ rule, name, spellings: own, registry: rule.registry }];
    const behind = matching(registryPatterns);
    return behind.length > 0 ? [{ rule, name, spellings: behind, registry: undefined }] : [];
  });
}

/** Returns the image as the runtime asks the mirror for it, undefined where there is none. */
export function mirrored(spellings: readonly Spelling[], { mirrors }: Policy): ImageReference | undefined {
  for (const { source, registry, path } of mirrors) {
    const spelling = spellings.find((one) => matches(source, one));
    if (spelling === undefined) continue;
    const own = spelling.repository.split("/").slice(source.path.length);
    return referenceTo(registry, [...path, ...own].join("/"));
  }
  return undefined;
}

/**
 * Reports whether a rule or a mirror is for some images of a registry and not for all. Then the kubelet must not use the
 * login of one for the others.
 *
 * @param names all names of the registry
 */
export function dependsOnPath(names: readonly RegistryName[], { rules, mirrors }: Policy): boolean {
  const namesIn = (pattern: Pattern) => names.filter(({ host }) => matchesHost(pattern, host));
  const isForAll = (pattern: Pattern) =>
    pattern.path.length === 0 && namesIn(pattern).some(({ isPartial }) => isPartial === undefined);
  const divides = (patterns: readonly Pattern[]) =>
    patterns.some((pattern) => namesIn(pattern).length > 0) && !patterns.some(isForAll);
  return (
    mirrors.some(({ source }) => divides([source])) ||
    rules.some(({ patterns, registryPatterns }) => divides([...patterns, ...registryPatterns]))
  );
}
