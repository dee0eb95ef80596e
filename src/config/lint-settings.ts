import type { RuleDraft } from "./compile.ts";
import type { Fault, Path } from "./json-schema.ts";
import { AWS_CHECKS } from "./lint-aws.ts";
import { AZURE_CHECKS } from "./lint-azure.ts";
import { type Check, isForPods, NOTHING_FOR_A_POD } from "./lint-check.ts";
import { GOOGLE_CHECKS } from "./lint-google.ts";
import { STATIC_CHECKS } from "./lint-static.ts";
import { type Section, sectionsOf } from "./policy.ts";
import type { Rule } from "./schema.ts";

const ANNOTATIONS = {
  annotationRoles: "aws",
  annotationServiceAccounts: "google",
  annotationClients: "azure",
} as const satisfies Readonly<Record<string, Section>>;

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

const CHECKS: Readonly<Record<Section, readonly Check[]>> = {
  aws: AWS_CHECKS,
  google: GOOGLE_CHECKS,
  azure: AZURE_CHECKS,
  static: STATIC_CHECKS,
};

/** Settings of one rule that contradict each other, or cannot work. */
export function settingsFaults({ index, rule }: RuleDraft): readonly Fault[] {
  const sections = sectionsOf(rule);
  const checks = sections.length === 0 ? COMMON_CHECKS : sections.flatMap((section) => CHECKS[section]);
  const own = checks.filter(({ wrong }) => wrong(rule)).map(({ at, says }) => ({ at, says }));
  return [...own, ...severalFaults(sections), ...annotationFaults(rule, sections)].map(({ at, says }) => ({
    path: ["rules", index, ...at],
    atKey: true,
    says,
  }));
}

interface Found {
  readonly at: Path;
  readonly says: string;
}

function severalFaults([first, ...others]: readonly Section[]): readonly Found[] {
  return others.map((section) => ({
    at: [section],
    says: `the rule is for ${first} already: give ${section} a rule of its own`,
  }));
}

function annotationFaults(rule: Rule, sections: readonly Section[]): readonly Found[] {
  return Object.entries(ANNOTATIONS).flatMap(([key, section]) => {
    if (!Object.hasOwn(rule.allow ?? {}, key)) return [];
    const at = ["allow", key];
    if (sections.length > 0 && !sections.includes(section))
      return [
        { at, says: `such annotations are for ${section}, and the rule is for ${sections.join(" and ")}` },
      ];
    return rule.identity === "node" ? [{ at, says: "annotations are pods', and identity is node" }] : [];
  });
}
