import { type ImageReference, type RegistryHost, referenceTo } from "../image.ts";
import { matches, matchesHost, type Pattern } from "./pattern.ts";
import type { Cache, Rule } from "./schema.ts";

/** The configuration, ready to be asked. */
export interface Policy {
  readonly rules: readonly PolicyRule[];
  readonly mirrors: readonly PolicyMirror[];
  /** Undefined where the file does not say. */
  readonly cache: Cache | undefined;
}

export interface PolicyRule {
  readonly patterns: readonly Pattern[];
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

/** Without a configuration file: the defaults alone. */
export const NO_POLICY: Policy = { rules: [], mirrors: [], cache: undefined };

/** The rules that match, in their order. */
export function rulesFor(image: ImageReference, policy: Policy): readonly PolicyRule[] {
  return policy.rules.filter(({ patterns }) => patterns.some((pattern) => matches(pattern, image)));
}

/** The image as the runtime asks the mirror for it; undefined where there is none. */
export function mirrored(image: ImageReference, policy: Policy): ImageReference | undefined {
  const mirror = policy.mirrors.find(({ source }) => matches(source, image));
  if (mirror === undefined) return undefined;
  const own = image.repository.split("/").slice(mirror.source.path.length);
  return referenceTo(mirror.registry, [...mirror.path, ...own].join("/"));
}

/**
 * Whether something but the host decides on the login: then the kubelet must not use it for the host's other images.
 *
 * @param host in small letters
 */
export function dependsOnPath(host: string, { rules, mirrors }: Policy): boolean {
  const divides = (pattern: Pattern) => pattern.path.length > 0 && matchesHost(pattern, host);
  return (
    mirrors.some(({ source }) => divides(source)) || rules.some(({ patterns }) => patterns.some(divides))
  );
}
