import type { ParsedConfig, ParsedRule } from "../parse-rules.ts";
import type { Section } from "../policy.ts";
import type { Path, ValidationError } from "../validate/schema-validator.ts";
import { AWS_CHECKS } from "./aws.ts";
import { AZURE_CHECKS } from "./azure.ts";
import {
  type Check,
  explainNodeIdentity,
  hasSetting,
  isForNode,
  isForPods,
  NO_POD_IDENTITY,
} from "./check.ts";
import { GOOGLE_CHECKS } from "./google.ts";
import { STATIC_CHECKS } from "./static.ts";

/** The checks of rules without a section, which apply to all clouds. */
const COMMON_CHECKS: readonly Check[] = [
  {
    path: ["identity"],
    isViolated: (rule) =>
      isForPods(rule) &&
      rule.allow?.annotationRoles === undefined &&
      rule.allow?.annotationClients === undefined,
    message: `${NO_POD_IDENTITY} aws, google or azure, or allow.annotationRoles or annotationClients`,
  },
];

const SECTION_CHECKS: Readonly<Record<Section, readonly Check[]>> = {
  aws: AWS_CHECKS,
  google: GOOGLE_CHECKS,
  azure: AZURE_CHECKS,
  static: STATIC_CHECKS,
};

const ANNOTATIONS = [
  ["annotationRoles", "aws"],
  ["annotationServiceAccounts", "google"],
  ["annotationClients", "azure"],
] as const;

/** Finds settings of one rule that contradict each other, or cannot work. */
export function lintSettings({ rules }: ParsedConfig): readonly ValidationError[] {
  return rules.flatMap(checkSettings);
}

function checkSettings(parsed: ParsedRule): readonly ValidationError[] {
  const { index, rule, sections } = parsed;
  const errors: ValidationError[] = [];
  const report = (path: Path, message: string) =>
    errors.push({ path: ["rules", index, ...path], isAtKey: true, message });
  for (const section of sections.slice(1))
    report([section], `the rule already has ${sections[0]}: move ${section} to a rule of its own`);
  const checks =
    sections.length === 0 ? COMMON_CHECKS : sections.flatMap((section) => SECTION_CHECKS[section]);
  for (const { path, isViolated, message } of checks)
    if (hasSetting(rule, path) && isViolated(rule))
      report(
        path.filter((key) => key !== undefined),
        typeof message === "string" ? message : message(rule),
      );
  for (const [key, section] of ANNOTATIONS) {
    if (rule.allow?.[key] === undefined) continue;
    if (sections.length > 0 && rule[section] === undefined)
      report(["allow", key], `these annotations are for ${section}, but the rule is for another cloud`);
    if (isForNode(rule) && rule.static === undefined)
      report(["allow", key], `annotations apply to pods, but ${explainNodeIdentity(rule)}`);
  }
  return errors;
}
