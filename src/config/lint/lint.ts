import { listCustomDomains } from "../names.ts";
import type { Drafts } from "../parse-rules.ts";
import type { Fault } from "../validate/schema-validator.ts";
import { allowFaults } from "./allow.ts";
import { Territories } from "./cloud-hosts.ts";
import type { KnownRegistries } from "./known-registries.ts";
import { matchFaults } from "./match.ts";
import { mirrorFaults } from "./mirrors.ts";
import { settingsFaults } from "./settings.ts";
import { orderFaults } from "./shadowed-rules.ts";

/** What cannot work though each value by itself is right. */
export function lint(drafts: Drafts, known: readonly KnownRegistries[]): readonly Fault[] {
  const territories = new Territories(known, listCustomDomains(drafts.rules.map(({ rule }) => rule)));
  return [
    ...drafts.rules.flatMap(settingsFaults),
    ...drafts.rules.flatMap((draft) => matchFaults(draft, territories)),
    ...drafts.rules.flatMap(allowFaults),
    ...orderFaults(drafts, territories),
    ...mirrorFaults(drafts, territories),
    ...requireRuleFaults(drafts),
  ];
}

function requireRuleFaults({ requireRule, rules, isWhole }: Drafts): readonly Fault[] {
  if (!requireRule || !isWhole || rules.length > 0) return [];
  return [
    { path: ["requireRule"], says: "it refuses all images of supported registries, since there is no rule" },
  ];
}
