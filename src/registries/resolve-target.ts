import type { KnownRegistries } from "../config/lint/known-registries.ts";
import { findRegistryBehind, listImageAliases, listRegistryNames } from "../config/names.ts";
import {
  dependsOnPath,
  findRules,
  listSections,
  type Policy,
  resolveMirror,
  type Section,
} from "../config/policy.ts";
import type { Rule } from "../config/schema.ts";
import type { ImageAlias, ImageReference, RegistryHost } from "../core/image-reference.ts";
import type { LoginScope } from "../core/login.ts";
import { quoteUntrusted } from "../errors/error-line.ts";
import { ProviderError } from "../errors/provider-error.ts";
import type { Registry, RegistryFamily } from "./registry.ts";

/** Which family a host belongs to; `registries/index.ts` in the program, a short list in tests. */
export type FindRegistry = (host: RegistryHost, rule?: Rule) => Registry | undefined;

/** What an image comes to. */
export interface Target {
  /** The image's own host: the answer's key, and under no other. */
  readonly authKey: RegistryHost;
  /** The image as the registry has it: of a mirror, another than the request's. */
  readonly image: ImageReference;
  /** The image under the names of its registry that the rule matches. */
  readonly aliases: readonly ImageAlias[];
  /** Who gives the login. */
  readonly registry: Registry;
  readonly rule: Rule | undefined;
  /** For messages: `rules[3]`. */
  readonly ruleName: string | undefined;
  /** Whether the kubelet may use the login for the host's other images. */
  readonly scope: LoginScope;
}

/**
 * First a mirror, then the first rule that fits, then the families' defaults; undefined: nobody's here.
 *
 * @throws ProviderError `repository-malformed`, `rule-missing`
 */
export function selectTarget(asked: ImageReference, policy: Policy, find: FindRegistry): Target | undefined {
  const askedAliases = listImageAliases(asked, find, policy.domains);
  const mirror = resolveMirror(askedAliases, policy);
  const image = mirror ?? asked;
  const aliases = mirror === undefined ? askedAliases : listImageAliases(mirror, find, policy.domains);
  const isDivided = (mirror === undefined ? [asked] : [asked, mirror]).some(({ host }) =>
    dependsOnPath(listRegistryNames(host, find, policy.domains), policy),
  );
  // Which rule it falls under nobody could say: it must not get around the first one's path to a wider one.
  if (isDivided && asked.segments === undefined)
    throw new ProviderError("repository-malformed", { detail: quoteUntrusted(asked.repository) });
  const found = byRule(image, aliases, policy, find) ?? byDefault(image, find);
  if (found === undefined) return undefined;
  if (policy.requireRule && found.rule === undefined)
    throw new ProviderError("rule-missing", {
      detail: quoteUntrusted(`${image.host.name}/${image.repository}`),
    });
  const isForImage = isDivided || found.rule?.allow?.repositories !== undefined;
  return { authKey: asked.host, image, ...found, scope: isForImage ? "image" : "registry" };
}

type Found = Pick<Target, "registry" | "rule" | "ruleName" | "aliases">;

/** A rule whose host is none of its cloud's is passed over: no token of a cloud leaves for another's host. */
function byRule(
  image: ImageReference,
  all: readonly ImageAlias[],
  policy: Policy,
  find: FindRegistry,
): Found | undefined {
  const host = findRegistryBehind(image, find, policy.domains) ?? image.host;
  for (const { rule, name: ruleName, aliases } of findRules(all, policy)) {
    const registry = find(host, rule);
    if (registry !== undefined && isRuleForFamily(rule, registry.family))
      return { registry, rule, ruleName, aliases };
  }
  return undefined;
}

function byDefault(image: ImageReference, find: FindRegistry): Found | undefined {
  const registry = find(image.host);
  return registry && { registry, rule: undefined, ruleName: undefined, aliases: [image] };
}

/** Which cloud's settings a family's login goes by. */
const SECTION_OF: Readonly<Record<Registry["family"], Section>> = {
  ecr: "aws",
  "ecr-public": "aws",
  "artifact-registry": "google",
  acr: "azure",
  static: "static",
};

/** A rule without any cloud's settings is for all families. */
export function isRuleForFamily(rule: Rule, family: Registry["family"]): boolean {
  const sections = listSections(rule);
  return sections.length === 0 || sections.includes(SECTION_OF[family]);
}

/** What the configuration is checked against. */
export function toKnownRegistries(families: readonly RegistryFamily[]): readonly KnownRegistries[] {
  return families.map(({ name, matchImages, match, listNames }) => ({
    section: SECTION_OF[name],
    matchImages,
    isOwn: (host) => match(host) !== undefined,
    listNames,
  }));
}
