import type { KnownRegistries } from "./config/known-registries.ts";
import { dependsOnPath, mirrored, type Policy, rulesFor, type Section, sectionsOf } from "./config/policy.ts";
import type { Rule } from "./config/schema.ts";
import { ProviderError } from "./errors.ts";
import { type ImageReference, RegistryHost } from "./image.ts";
import { quoted } from "./last-words.ts";
import type { Scope } from "./login.ts";
import type { Registry, RegistryFamily } from "./registries/registry.ts";

/** Which family a host belongs to; `registries/index.ts` in the program, a short list in tests. */
export type FindRegistry = (host: RegistryHost, rule?: Rule) => Registry | undefined;

/** What an image comes to. */
export interface Target {
  /** The image's own host: the answer's key, and under no other. */
  readonly key: RegistryHost;
  /** The image as the registry has it: of a mirror, another than the request's. */
  readonly image: ImageReference;
  /** Who gives the login. */
  readonly registry: Registry;
  readonly rule: Rule | undefined;
  /** For messages: `rules[3]`. */
  readonly ruleName: string | undefined;
  /** Whether the kubelet may use the login for the host's other images. */
  readonly scope: Scope;
}

/**
 * First a mirror, then the first rule that fits, then the families' defaults; undefined: nobody's here.
 *
 * @throws ProviderError `repository-malformed`
 */
export function targetOf(asked: ImageReference, policy: Policy, find: FindRegistry): Target | undefined {
  const image = mirrored(asked, policy) ?? asked;
  const isDivided = [asked, image].some(({ host }) => dependsOnPath(host.name, policy));
  // Which rule it falls under nobody could say: it must not get around the first one's path to a wider one.
  if (isDivided && asked.segments === undefined)
    throw new ProviderError("repository-malformed", { detail: quoted(asked.repository) });
  const found = byRule(image, policy, find) ?? byDefault(image, find);
  if (found === undefined) return undefined;
  const isForImage = isDivided || found.rule?.allow?.repositories !== undefined;
  return { key: asked.host, image, ...found, scope: isForImage ? "image" : "registry" };
}

type Found = Pick<Target, "registry" | "rule" | "ruleName">;

/** A rule whose host is none of its cloud's is passed over: no token of a cloud leaves for another's host. */
function byRule(image: ImageReference, policy: Policy, find: FindRegistry): Found | undefined {
  for (const { rule, name: ruleName } of rulesFor(image, policy)) {
    const host = rule.registry === undefined ? image.host : RegistryHost.parse(rule.registry);
    const registry = host && find(host, rule);
    if (registry !== undefined && isFor(rule, registry.family)) return { registry, rule, ruleName };
  }
  return undefined;
}

function byDefault({ host }: ImageReference, find: FindRegistry): Found | undefined {
  const registry = find(host);
  return registry && { registry, rule: undefined, ruleName: undefined };
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
export function isFor(rule: Rule, family: Registry["family"]): boolean {
  const sections = sectionsOf(rule);
  return sections.length === 0 || sections.includes(SECTION_OF[family]);
}

/** What the configuration is checked against. */
export function knownRegistries(families: readonly RegistryFamily[]): readonly KnownRegistries[] {
  return families.map(({ name, matchImages, match }) => ({
    section: SECTION_OF[name],
    matchImages,
    isOwn: (host) => match(host) !== undefined,
  }));
}
