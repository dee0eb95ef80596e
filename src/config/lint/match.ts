import { RegistryHost } from "../../core/image-reference.ts";
import { quoteValue } from "../../errors/show-value.ts";
import type { CustomDomain } from "../names.ts";
import type { ParsedConfig, ParsedRule } from "../parse-rules.ts";
import { type Pattern, parseExactHost } from "../pattern.ts";
import type { ValidationError } from "../validate/schema-validator.ts";
import type { CloudHostIndex } from "./cloud-hosts.ts";
import { explainSecretHost } from "./secret-hosts.ts";

/** Finds patterns of `match` that match no image or too many, and hosts in `registry` that the rule cannot be for. */
export function lintMatch({ rules }: ParsedConfig, hosts: CloudHostIndex): readonly ValidationError[] {
  return rules.flatMap((parsed) => {
    const { index, rule, patterns } = parsed;
    const errors: ValidationError[] = [];
    const report = (path: readonly (string | number)[], message: string | undefined) => {
      if (message !== undefined) errors.push({ path: ["rules", index, ...path], message });
    };
    for (const [position, pattern] of patterns.entries())
      report(["match", position], checkPattern(parsed, pattern, position, hosts));
    if (rule.registry !== undefined) report(["registry"], checkRegistry(parsed, rule.registry, hosts));
    return errors;
  });
}

const SYNTAX_ERRORS: readonly (readonly [shape: RegExp, reason: string])[] = [
  [/:\/\//, "image names have no scheme"],
  [/[A-Z]/, "hosts and paths are lower case"],
  [/[?[\]{}!\\^]/, "only * is supported as a wildcard"],
  [/@|\/[^/]*:/, "patterns have no tag or digest"],
  [/\/.*\*/, "* is not supported in a path"],
  [/^[./]|[^/]*\.\.|^[^/]*\.(?:\/|:|$)/, "the host has an empty label"],
  [/\/\//, "the path has an empty segment"],
  [/\/\.\.?(?:\/|$)/, "the path has a segment . or .."],
  [/%/, "image names are not percent-encoded"],
];

/**
 * Explains why a pattern matches no image, or means something else than it seems to. In particular, it may be the short name of
 * an image of Docker Hub, which the kubelet expands (distribution/reference `ParseNormalizedNamed`).
 *
 * @param pattern undefined if the text is not a valid pattern
 */
export function explainMisleading(text: string, pattern: Pattern | undefined): string | undefined {
  if (pattern === undefined) {
    const reason = SYNTAX_ERRORS.find(([shape]) => shape.test(text))?.[1] ?? "it is not a valid image name";
    return `${quoteValue("pattern", text)} can never match: ${reason}`;
  }
  const { labels, port, path } = pattern;
  const name = labels.join(".");
  if (name.includes("**"))
    return `${quoteValue("pattern", text)}: * matches within one label; for two labels write *.*`;
  if (labels.length > 1 || port !== "" || name === "localhost") return undefined;
  if (name.includes("*"))
    return `${quoteValue("pattern", text)} matches only localhost: * matches within one label of a host`;
  const full = ["docker.io", ...(path.length === 0 ? ["library"] : []), name, ...path].join("/");
  return `${quoteValue("pattern", text)} can never match: the kubelet requests it as ${full}`;
}

function checkPattern(
  parsed: ParsedRule,
  pattern: Pattern | undefined,
  position: number,
  hosts: CloudHostIndex,
): string | undefined {
  const { rule } = parsed;
  const text = rule.match[position] ?? "";
  const misleading = explainMisleading(text, pattern);
  if (pattern === undefined || misleading !== undefined) return misleading;
  if (rule.match.indexOf(text) < position) return `${quoteValue("pattern", text)} is listed twice`;
  if (rule.registry !== undefined) return checkDomain(pattern, rule.registry, hosts);
  if (rule.static !== undefined) return explainSecretHost(pattern, hosts);
  return checkCloud(parsed, pattern, hosts);
}

/** A host is a name of one registry: with two, a rule for either would apply to images of both. */
function checkDomain(pattern: Pattern, registry: string, hosts: CloudHostIndex): string | undefined {
  const domain = parseExactHost(pattern);
  if (domain === undefined)
    return `${quoteValue("pattern", pattern.text)} is not an exact host: a rule with registry requires exact hosts`;
  const target = RegistryHost.parse(registry);
  if (target === undefined) return undefined;
  const other = hosts.findOtherRegistry(domain, target);
  if (other !== undefined) return explainConflict(other);
  const cloud = hosts.findCloud(domain);
  if (cloud === undefined || hosts.isSameRegistry(target, domain)) return undefined;
  return `${quoteValue("pattern", domain.name)} is a registry of ${cloud}: it cannot stand for another registry`;
}

function explainConflict({ domain, registry }: CustomDomain): string {
  return `${quoteValue("pattern", domain.host.name)} stands for ${quoteValue("pattern", registry.host.name)} in another rule: a host can stand for only one registry`;
}

/** A token of a cloud is never sent to a host of another cloud. */
function checkCloud(parsed: ParsedRule, pattern: Pattern, hosts: CloudHostIndex): string | undefined {
  if (hosts.cloudsMatching(pattern).some((section) => parsed.clouds.includes(section))) return undefined;
  const clouds = formatClouds(parsed);
  const reason =
    pattern.port === "" ? `it is not a registry of ${clouds}` : `a registry of ${clouds} has no port`;
  return `${quoteValue("pattern", pattern.text)} can never match: ${reason}; set registry if the host is a custom domain or proxy, or set static`;
}

function formatClouds({ sections }: ParsedRule): string {
  return sections.length === 0 ? "a supported cloud" : sections.join(" or ");
}

function checkRegistry(parsed: ParsedRule, registry: string, hosts: CloudHostIndex): string | undefined {
  const host = RegistryHost.parse(registry);
  if (host === undefined) return `${quoteValue("pattern", registry)} is not a valid host`;
  const other = hosts.findOtherRegistry(host, host);
  if (other !== undefined) return explainConflict(other);
  const cloud = hosts.findCloud(host);
  if (parsed.rule.static !== undefined || (cloud !== undefined && parsed.clouds.includes(cloud)))
    return undefined;
  return `${quoteValue("pattern", registry)} is not a registry of ${formatClouds(parsed)}`;
}
