import { RegistryHost } from "../../core/image-reference.ts";
import { quoteValue } from "../../errors/show-value.ts";
import type { CustomDomain } from "../names.ts";
import type { ParsedRule } from "../parse-rules.ts";
import { type Pattern, parseExactHost } from "../pattern.ts";
import type { ValidationError } from "../validate/schema-validator.ts";
import { type CloudHostIndex, isForAnyHost } from "./cloud-hosts.ts";
import { explainSecretHost } from "./secret-hosts.ts";

/** Why a text is no pattern. */
const REASONS: readonly (readonly [shape: RegExp, reason: string])[] = [
  [/:\/\//, "an image has no scheme"],
  [/[A-Z]/, "hosts are compared in small letters, and paths have no others"],
  [/[?[\]{}!\\^]/, "the one sign that stands for others is *"],
  [/@|\/[^/]*:/, "a pattern has no tag or digest"],
  [/\/.*\*/, "a * stands for nothing in a path"],
  [/^[./]|[^/]*\.\.|^[^/]*\.(?:\/|:|$)/, "a label of the host is empty"],
  [/\/\//, "a part of the path is empty"],
  [/\/\.\.?(?:\/|$)/, "a part of the path is . or .."],
  [/%/, "an image name is not percent-encoded"],
];

/** A text that matches no image, and why. */
export function explainUnmatchable(text: string): string {
  const reason = REASONS.find(([shape]) => shape.test(text))?.[1] ?? "no image is named so";
  return `${quoteValue("pattern", text)} can never match: ${reason}`;
}

/**
 * Returns why a pattern does not mean what it seems to. Above all, it may be the short name of an image of Docker Hub, which the
 * kubelet writes out (distribution/reference `ParseNormalizedNamed`).
 */
export function explainMisleading({ text, labels, port, path }: Pattern): string | undefined {
  const name = labels.join(".");
  if (name.includes("**"))
    return `${quoteValue("pattern", text)}: a * is (a part of) one label; for two labels write *.*`;
  if (labels.length > 1 || port !== "" || name === "localhost") return undefined;
  if (name.includes("*"))
    return `${quoteValue("pattern", text)} matches no host but localhost: a * is one label of a host`;
  const full = ["docker.io", ...(path.length === 0 ? ["library"] : []), name, ...path].join("/");
  return `${quoteValue("pattern", text)} can never match: the kubelet names it ${full}`;
}

/** A rule's patterns, and the registry that they stand for. */
export function lintMatch(draft: ParsedRule, territories: CloudHostIndex): readonly ValidationError[] {
  const { index, rule, patterns } = draft;
  const found: ValidationError[] = [];
  for (let place = 0; place < patterns.length; place += 1) {
    const message = patternFault(draft, patterns[place], place, territories);
    if (message !== undefined) found.push({ path: ["rules", index, "match", place], message });
  }
  const message = rule.registry === undefined ? undefined : registryFault(draft, rule.registry, territories);
  return message === undefined ? found : [...found, { path: ["rules", index, "registry"], message }];
}

function patternFault(
  draft: ParsedRule,
  pattern: Pattern | undefined,
  place: number,
  territories: CloudHostIndex,
): string | undefined {
  const { rule } = draft;
  const text = rule.match[place] ?? "";
  const misnamed = pattern === undefined ? explainUnmatchable(text) : explainMisleading(pattern);
  if (pattern === undefined || misnamed !== undefined) return misnamed;
  if (rule.match.indexOf(text) < place) return `${quoteValue("pattern", text)} is there twice`;
  if (rule.registry !== undefined && parseExactHost(pattern) === undefined)
    return `${quoteValue("pattern", text)} is not one host: a rule with registry names each exactly`;
  const domain = rule.registry === undefined ? undefined : parseExactHost(pattern);
  if (domain !== undefined) return domainFault(domain, rule.registry, territories);
  if (rule.static !== undefined) return explainSecretHost(pattern, territories);
  return isForAnyHost(draft) ? undefined : cloudFault(draft, pattern, territories);
}

/** A host is a name of one registry: with two, a rule for either would apply to images of both. */
function domainFault(
  domain: RegistryHost,
  registry: string | undefined,
  territories: CloudHostIndex,
): string | undefined {
  const behind = RegistryHost.parse(registry ?? "");
  if (behind === undefined) return undefined;
  const other = territories.findOtherRegistry(domain, behind);
  if (other !== undefined) return standsForOther(other);
  const cloud = territories.findCloud(domain);
  if (cloud === undefined || territories.isSameRegistry(behind, domain)) return undefined;
  return `${quoteValue("pattern", domain.name)} is a registry of ${cloud} itself: it stands for no other`;
}

function standsForOther({ domain, registry }: CustomDomain): string {
  return `${quoteValue("pattern", domain.host.name)} stands for ${quoteValue("pattern", registry.host.name)} by another rule: a host stands for one registry`;
}

/** No token of a cloud leaves for another's host. */
function cloudFault(draft: ParsedRule, pattern: Pattern, territories: CloudHostIndex): string | undefined {
  if (territories.cloudsMatching(pattern).some((section) => draft.clouds.includes(section))) return undefined;
  const whose = whoseOf(draft);
  const remedy = "give the rule registry, if the host stands for one, or static";
  if (pattern.port !== "")
    return `${quoteValue("pattern", pattern.text)} can never match: a registry of ${whose} has no port; ${remedy}`;
  return `${quoteValue("pattern", pattern.text)} can never match: it is no registry of ${whose}; ${remedy}`;
}

function whoseOf({ sections }: ParsedRule): string {
  return sections.length === 0 ? "a known cloud" : sections.join(" or ");
}

function registryFault(draft: ParsedRule, registry: string, territories: CloudHostIndex): string | undefined {
  const host = RegistryHost.parse(registry);
  if (host === undefined) return `${quoteValue("pattern", registry)} is no name of a host`;
  const other = territories.findOtherRegistry(host, host);
  if (other !== undefined) return standsForOther(other);
  const cloud = territories.findCloud(host);
  if (draft.rule.static !== undefined || (cloud !== undefined && draft.clouds.includes(cloud)))
    return undefined;
  return `${quoteValue("pattern", registry)} is no registry of ${whoseOf(draft)}`;
}
