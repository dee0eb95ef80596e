import {
  createImageReference,
  type ImageAlias,
  type ImageReference,
  type RegistryHost,
} from "../core/image-reference.ts";
import type { CustomDomain, HostName } from "./names.ts";
import { matches, matchesHost, type Pattern } from "./pattern.ts";
import type { Cache, Rule } from "./schema.ts";

/** The parsed configuration: rules and mirrors to match images with. */
export interface Policy {
  readonly rules: readonly PolicyRule[];
  readonly mirrors: readonly PolicyMirror[];
  readonly domains: readonly CustomDomain[];
  /** Refuses an image of a supported registry that no rule matches. */
  readonly requireRule: boolean;
  /** Undefined if the file does not set it. */
  readonly cache: Cache | undefined;
}

export interface PolicyRule {
  /** The patterns of `match`, and for a rule with `registry` also those for the registry's own host. */
  readonly patterns: readonly Pattern[];
  readonly rule: Rule;
  /** The JSON path of the rule, such as `rules[3]`. */
  readonly name: string;
}

export interface PolicyMirror {
  readonly source: Pattern;
  /** The target's host; `path` has the segments before the image's own. */
  readonly registry: RegistryHost;
  readonly path: readonly string[];
}

/** The settings of a rule that select the provider of the login. */
export const SECTIONS = ["aws", "google", "azure", "static"] as const;
export type Section = (typeof SECTIONS)[number];

export function listSections(rule: Rule): readonly Section[] {
  return SECTIONS.filter((name) => rule[name] !== undefined);
}

/**
 * Returns which identity a rule uses: the one that it states, or else the one that its settings imply. Undefined: the pod's if
 * the request has its token, and otherwise the node's.
 */
export function identityMode(rule: Rule): Rule["identity"] {
  if (rule.identity !== undefined) return rule.identity;
  if (findNodeSource(rule) !== undefined) return "node";
  return findSubjectToken(rule) === "request" ? "pod" : undefined;
}

/** Returns the rule's setting that names a credential source on the node, if any. */
export function findNodeSource(rule: Rule): string | undefined {
  const { aws, google, azure } = rule;
  const subject = findSubjectToken(rule);
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

function findSubjectToken({ aws, google, azure }: Rule): string | undefined {
  return (aws ?? google ?? azure)?.subjectToken;
}

/** The policy without a configuration file. */
export const NO_POLICY: Policy = {
  rules: [],
  mirrors: [],
  domains: [],
  requireRule: false,
  cache: undefined,
};

/** A rule that matches an image. */
export interface MatchedRule extends Pick<PolicyRule, "rule" | "name"> {
  /** The image under the names of its registry that the rule matches. */
  readonly aliases: readonly ImageAlias[];
}

/**
 * Returns the rules that match, in their order.
 *
 * @param aliases the image under each name of its registry: a rule for one name applies to all
 */
export function findRules(aliases: readonly ImageAlias[], { rules }: Policy): readonly MatchedRule[] {
  return rules.flatMap(({ rule, name, patterns }): readonly MatchedRule[] => {
    const own = aliases.filter((alias) => patterns.some((pattern) => matches(pattern, alias)));
    return own.length > 0 ? [{ rule, name, aliases: own }] : [];
  });
}

/** Returns the image that the runtime pulls from the mirror, undefined without a mirror. */
export function resolveMirror(
  aliases: readonly ImageAlias[],
  { mirrors }: Policy,
): ImageReference | undefined {
  for (const { source, registry, path } of mirrors) {
    const alias = aliases.find((one) => matches(source, one));
    if (alias === undefined) continue;
    const own = alias.repository.split("/").slice(source.path.length);
    return createImageReference(registry, [...path, ...own].join("/"));
  }
  return undefined;
}

/**
 * Reports whether a rule or a mirror applies to some images of a registry but not to all. Then the kubelet must not reuse the
 * login of one image for another.
 *
 * @param names all names of the registry
 */
export function dependsOnPath(names: readonly HostName[], { rules, mirrors }: Policy): boolean {
  const namesIn = (pattern: Pattern) => names.filter(({ host }) => matchesHost(pattern, host));
  const isForAll = (pattern: Pattern) =>
    pattern.path.length === 0 && namesIn(pattern).some(({ isPartial }) => isPartial !== true);
  const divides = (patterns: readonly Pattern[]) =>
    patterns.some((pattern) => namesIn(pattern).length > 0) && !patterns.some(isForAll);
  return mirrors.some(({ source }) => divides([source])) || rules.some(({ patterns }) => divides(patterns));
}
