import { RegistryHost } from "../core/image-reference.ts";
import type { KnownRegistries } from "./lint/known-registries.ts";
import { listCustomDomains, listRegistryNames } from "./names.ts";
import { matchesHost, parsePattern } from "./pattern.ts";
import type { Cache, Config, Mirror, Rule } from "./schema.ts";

/** A rule and its position in the file. */
export type NumberedRule = readonly [index: number, rule: Rule];

/** A configuration, or the part of it that applies to one host. It can be stored as JSON. */
export interface HostConfig {
  readonly rules: readonly NumberedRule[];
  readonly mirrors: readonly Mirror[];
  readonly requireRule: boolean;
  readonly cache?: Cache | undefined;
}

/** Returns the whole configuration. */
export function fullConfig({ rules = [], mirrors = [], requireRule = false, cache }: Config): HostConfig {
  return { rules: rules.map((rule, index) => [index, rule]), mirrors, requireRule, cache };
}

/**
 * Returns the part of a configuration that applies to one host, so that a run need not read hundreds of other rules: the rules
 * and mirrors for the host and for the targets of its mirrors, under any name of these registries.
 */
export function configForHost(
  host: RegistryHost,
  config: Config,
  known: readonly KnownRegistries[],
): HostConfig {
  const full = fullConfig(config);
  const { rules, mirrors } = full;
  const find = (one: RegistryHost) => known.find(({ isOwn }) => isOwn(one));
  const domains = listCustomDomains(rules.map(([, rule]) => rule));
  const listHosts = (one: RegistryHost) => listRegistryNames(one, find, domains).map((name) => name.host);
  const own = listHosts(host);
  const targets = mirrors
    .filter(({ source }) => matchesAnyHost(source, own))
    .map(({ registry }) => RegistryHost.parse(registry.split("/", 1)[0] ?? ""));
  const all = [...own, ...targets.flatMap((target) => (target === undefined ? [] : listHosts(target)))];
  return {
    ...full,
    rules: rules.filter(([, { match, registry = "" }]) =>
      [...match, registry].some((text) => matchesAnyHost(text, all)),
    ),
    mirrors: mirrors.filter(({ source }) => matchesAnyHost(source, all)),
  };
}

function matchesAnyHost(text: string, hosts: readonly string[]): boolean {
  const pattern = parsePattern(text);
  return pattern !== undefined && hosts.some((host) => matchesHost(pattern, host));
}
