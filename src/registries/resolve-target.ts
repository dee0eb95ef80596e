import type { KnownRegistries } from "../config/lint/known-registries.ts";
import { findRegistryBehind, listImageAliases, listRegistryNames } from "../config/names.ts";
import {
  dependsOnPath,
  findRules,
  listSections,
  NO_POLICY,
  type Policy,
  resolveMirror,
  type Section,
} from "../config/policy.ts";
import type { Rule } from "../config/schema.ts";
import type { ImageAlias, ImageReference, RegistryHost } from "../core/image-reference.ts";
import type { CacheKeyType } from "../core/login.ts";
import { quoteUntrusted } from "../errors/error-line.ts";
import { ProviderError } from "../errors/provider-error.ts";
import type { Registry, RegistryFamily } from "./registry.ts";

/** The registry and rule that an image resolves to, and the images that may share its login. */
export interface Target {
  /** The host in the request's image: the only key of the response's `auth`. */
  readonly authKey: RegistryHost;
  /** The image as the registry stores it: another than the request's if a mirror serves it. */
  readonly image: ImageReference;
  /** The image under the names of its registry that the rule matches. */
  readonly aliases: readonly ImageAlias[];
  /** `registry.host` is the image's host, or the rule's `registry`. */
  readonly registry: Registry;
  readonly rule: Rule | undefined;
  /** For messages: `rules[3]`. */
  readonly ruleName: string | undefined;
  /** Whether the kubelet may use the login for other images of the host. */
  readonly cacheKeyType: CacheKeyType;
}

export type FindRegistry = (host: RegistryHost, rule?: Rule) => Registry | undefined;

/** `SupportedRegistries` in the program; tests have a shorter list. */
export interface RegistryFinder {
  readonly find: FindRegistry;
  /** @throws ProviderError if the file is unusable: which registry a host belongs to would be a guess */
  loadCustomFamily(): Promise<RegistryFamily | undefined>;
}

/**
 * Resolves an image to its registry and rule; undefined: unsupported.
 *
 * @throws ProviderError as `selectTarget` and `loadCustomFamily`
 */
export async function resolveTarget(
  image: ImageReference,
  policy: Policy,
  registries: RegistryFinder,
): Promise<Target | undefined> {
  const isSettled = policy === NO_POLICY && registries.find(image.host) !== undefined;
  const customFamily = isSettled ? undefined : await registries.loadCustomFamily();
  return selectTarget(
    image,
    policy,
    (host, rule) => registries.find(host, rule) ?? customFamily?.match(host),
  );
}

/**
 * Applies the mirror, then selects the first rule that matches, or else the family's defaults.
 *
 * @throws ProviderError `repository-malformed`, `rule-missing`
 */
export function selectTarget(
  requested: ImageReference,
  policy: Policy,
  find: FindRegistry,
): Target | undefined {
  const requestedAliases = listImageAliases(requested, find, policy.domains);
  const mirror = resolveMirror(requestedAliases, policy);
  const image = mirror ?? requested;
  const aliases = mirror === undefined ? requestedAliases : listImageAliases(mirror, find, policy.domains);
  const isPathDependent = (mirror === undefined ? [requested] : [requested, mirror]).some(({ host }) =>
    dependsOnPath(listRegistryNames(host, find, policy.domains), policy),
  );
  // A malformed path matches no rule for a path, and must not fall through to a rule that allows more.
  if (isPathDependent && requested.segments === undefined)
    throw new ProviderError("repository-malformed", { detail: quoteUntrusted(requested.repository) });
  const selected = selectByRule(image, aliases, policy, find) ?? selectByDefault(image, find);
  if (selected === undefined) return undefined;
  if (policy.requireRule && selected.rule === undefined)
    throw new ProviderError("rule-missing", {
      detail: quoteUntrusted(`${image.host.name}/${image.repository}`),
    });
  const isForImage = isPathDependent || selected.rule?.allow?.repositories !== undefined;
  return { authKey: requested.host, image, ...selected, cacheKeyType: isForImage ? "image" : "registry" };
}

type Selection = Pick<Target, "registry" | "rule" | "ruleName" | "aliases">;

/** Skips a rule with settings of another cloud than the host's: a cloud's token never leaves for another cloud's host. */
function selectByRule(
  image: ImageReference,
  aliases: readonly ImageAlias[],
  policy: Policy,
  find: FindRegistry,
): Selection | undefined {
  const host = findRegistryBehind(image, find, policy.domains) ?? image.host;
  for (const { rule, name: ruleName, aliases: matching } of findRules(aliases, policy)) {
    const registry = find(host, rule);
    if (registry !== undefined && isRuleForSection(rule, registry.section))
      return { registry, rule, ruleName, aliases: matching };
  }
  return undefined;
}

function selectByDefault(image: ImageReference, find: FindRegistry): Selection | undefined {
  const registry = find(image.host);
  return registry && { registry, rule: undefined, ruleName: undefined, aliases: [image] };
}

/** Reports whether a rule applies to registries of a section. A rule without any cloud's settings applies to all. */
export function isRuleForSection(rule: Rule, section: Section): boolean {
  const sections = listSections(rule);
  return sections.length === 0 || sections.includes(section);
}

/** Returns the families as the configuration's checks need them. */
export function toKnownRegistries(families: readonly RegistryFamily[]): readonly KnownRegistries[] {
  return families.map(({ section, matchImages, match, listNames }) => ({
    section,
    matchImages,
    isOwn: (host) => match(host) !== undefined,
    listNames,
  }));
}
