import { listCustomDomains } from "../names.ts";
import type { ParsedConfig } from "../parse-rules.ts";
import type { ValidationError } from "../validate/schema-validator.ts";
import { lintAllow } from "./allow.ts";
import { CloudHostIndex } from "./cloud-hosts.ts";
import type { KnownRegistries } from "./known-registries.ts";
import { lintMatch } from "./match.ts";
import { lintMirrors } from "./mirrors.ts";
import { lintRequireRule } from "./require-rule.ts";
import { lintSettings } from "./settings.ts";
import { lintShadowedRules } from "./shadowed-rules.ts";

const PASSES: readonly ((config: ParsedConfig, hosts: CloudHostIndex) => readonly ValidationError[])[] = [
  lintSettings,
  lintMatch,
  lintAllow,
  lintShadowedRules,
  lintMirrors,
  lintRequireRule,
];

/** Finds rules that cannot work although each value is valid. */
export function lint(config: ParsedConfig, known: readonly KnownRegistries[]): readonly ValidationError[] {
  const hosts = new CloudHostIndex(known, listCustomDomains(config.rules.map(({ rule }) => rule)));
  return PASSES.flatMap((pass) => pass(config, hosts));
}
