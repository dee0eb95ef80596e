import { listCustomDomains } from "../names.ts";
import type { ParsedConfig } from "../parse-rules.ts";
import type { ValidationError } from "../validate/schema-validator.ts";
import { lintAllow } from "./allow.ts";
import { CloudHostIndex } from "./cloud-hosts.ts";
import type { KnownRegistries } from "./known-registries.ts";
import { lintMatch } from "./match.ts";
import { lintMirrors } from "./mirrors.ts";
import { lintSettings } from "./settings.ts";
import { lintShadowedRules } from "./shadowed-rules.ts";

/** What cannot work though each value by itself is right. */
export function lint(drafts: ParsedConfig, known: readonly KnownRegistries[]): readonly ValidationError[] {
  const territories = new CloudHostIndex(known, listCustomDomains(drafts.rules.map(({ rule }) => rule)));
  return [
    ...drafts.rules.flatMap(lintSettings),
    ...drafts.rules.flatMap((draft) => lintMatch(draft, territories)),
    ...drafts.rules.flatMap(lintAllow),
    ...lintShadowedRules(drafts, territories),
    ...lintMirrors(drafts, territories),
    ...lintRequireRule(drafts),
  ];
}

function lintRequireRule({ requireRule, rules, isComplete }: ParsedConfig): readonly ValidationError[] {
  if (!requireRule || !isComplete || rules.length > 0) return [];
  return [
    {
      path: ["requireRule"],
      message: "it refuses all images of supported registries, since there is no rule",
    },
  ];
}
