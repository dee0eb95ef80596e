import type { RuleDraft } from "../parse-rules.ts";
import { SECTIONS, type Section, sectionsOf } from "../policy.ts";
import type { Rule } from "../schema.ts";
import type { Fault, Path } from "../validate/schema-validator.ts";
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
    at: ["identity"],
    wrong: (rule) =>
      isForPods(rule) &&
      rule.allow?.annotationRoles === undefined &&
      rule.allow?.annotationClients === undefined,
    says: `${NOTHING_FOR_A_POD} aws, google or azure, or allow.annotationRoles or annotationClients`,
  },
];

const ANNOTATIONS = [
  ["annotationRoles", "aws"],
  ["annotationServiceAccounts", "google"],
  ["annotationClients", "azure"],
] as const;

const ALLOW_CHECKS: readonly Check[] = ANNOTATIONS.flatMap(([key, section]): readonly Check[] => [
  {
    at: ["allow", key],
    wrong: (rule) => sectionsOf(rule).length > 0 && rule[section] === undefined,
    says: `such annotations are for ${section}, and the rule is for another`,
  },
  {
    at: ["allow", key],
    wrong: (rule) => isForNode(rule) && rule.static === undefined,
    says: (rule) => `annotations are pods', and ${explainNodeIdentity(rule)}`,
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
  const byFirst = Map.groupBy(checks, ({ at: [first] }) => first);
  return new Map([...byFirst].map(([first, some]) => [first, Map.groupBy(some, ({ at }) => at[1] ?? "")]));
}

/** Settings of one rule that contradict each other, or cannot work. */
export function settingsFaults({ index, rule, sections }: RuleDraft): readonly Fault[] {
  const found: Fault[] = [];
  const add = (at: Path, says: string) => found.push({ path: ["rules", index, ...at], atKey: true, says });
  for (const section of sections.slice(1))
    add([section], `the rule is for ${sections[0]} already: give ${section} a rule of its own`);
  for (const kind of sections.length === 0 ? NO_SECTION : sections)
    for (const checks of checksFor(rule, CHECKS[kind]))
      for (const { at, wrong, says } of checks)
        if (wrong(rule)) add(at, typeof says === "string" ? says : says(rule));
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
