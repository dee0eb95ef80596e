import type { ParsedRule } from "../parse-rules.ts";
import { listSections, SECTIONS, type Section } from "../policy.ts";
import type { Rule } from "../schema.ts";
import type { Path, ValidationError } from "../validate/schema-validator.ts";
import { AWS_CHECKS } from "./aws.ts";
import { AZURE_CHECKS } from "./azure.ts";
import { type Check, explainNodeIdentity, isForNode, isForPods, NOTHING_FOR_A_POD } from "./check.ts";
import { GOOGLE_CHECKS } from "./google.ts";
import { STATIC_CHECKS } from "./static.ts";

const NO_SECTION = ["none"] as const;
const BELOW = [...SECTIONS, "allow"] as const;

/** Of rules that are for all clouds. */
const COMMON_CHECKS: readonly Check[] = [
  {
    path: ["identity"],
    isViolated: (rule) =>
      isForPods(rule) &&
      rule.allow?.annotationRoles === undefined &&
      rule.allow?.annotationClients === undefined,
    message: `${NOTHING_FOR_A_POD} aws, google or azure, or allow.annotationRoles or annotationClients`,
  },
];

const ANNOTATIONS = [
  ["annotationRoles", "aws"],
  ["annotationServiceAccounts", "google"],
  ["annotationClients", "azure"],
] as const;

const ALLOW_CHECKS: readonly Check[] = ANNOTATIONS.flatMap(([key, section]): readonly Check[] => [
  {
    path: ["allow", key],
    isViolated: (rule) => listSections(rule).length > 0 && rule[section] === undefined,
    message: `such annotations are for ${section}, and the rule is for another`,
  },
  {
    path: ["allow", key],
    isViolated: (rule) => isForNode(rule) && rule.static === undefined,
    message: (rule) => `annotations are pods', and ${explainNodeIdentity(rule)}`,
  },
]);

/** By what the rule must hold for a check to be of interest, key by key: it holds little, and there are many checks. */
type Checks = ReadonlyMap<string, ReadonlyMap<string, readonly Check[]>>;

const CHECKS: Readonly<Record<Section | "none", Checks>> = {
  none: byPlace([...COMMON_CHECKS, ...ALLOW_CHECKS]),
  aws: byPlace([...AWS_CHECKS, ...ALLOW_CHECKS]),
  google: byPlace([...GOOGLE_CHECKS, ...ALLOW_CHECKS]),
  azure: byPlace([...AZURE_CHECKS, ...ALLOW_CHECKS]),
  static: byPlace([...STATIC_CHECKS, ...ALLOW_CHECKS]),
};

function byPlace(checks: readonly Check[]): Checks {
  const byFirst = Map.groupBy(checks, ({ path: [first] }) => first);
  return new Map(
    [...byFirst].map(([first, some]) => [first, Map.groupBy(some, ({ path }) => path[1] ?? "")]),
  );
}

/** Settings of one rule that contradict each other, or cannot work. */
export function lintSettings({ index, rule, sections }: ParsedRule): readonly ValidationError[] {
  const found: ValidationError[] = [];
  const add = (at: Path, message: string) =>
    found.push({ path: ["rules", index, ...at], atKey: true, message });
  for (const section of sections.slice(1))
    add([section], `the rule is for ${sections[0]} already: give ${section} a rule of its own`);
  for (const kind of sections.length === 0 ? NO_SECTION : sections)
    for (const checks of checksFor(rule, CHECKS[kind]))
      for (const { path, isViolated, message } of checks)
        if (isViolated(rule)) add(path, typeof message === "string" ? message : message(rule));
  return found;
}

/** Of what the rule has: `identity`, `aws`, `aws.roleArn` and so on. */
function checksFor(rule: Rule, checks: Checks): readonly (readonly Check[])[] {
  const found: (readonly Check[] | undefined)[] = [];
  if (rule.identity !== undefined) found.push(checks.get("identity")?.get(""));
  for (const key of BELOW) {
    const section = rule[key];
    const below = section && checks.get(key);
    if (section === undefined || below === undefined) continue;
    found.push(below.get(""));
    for (const name of Object.keys(section)) found.push(below.get(name));
  }
  return found.filter((some) => some !== undefined);
}
