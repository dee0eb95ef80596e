import type { Drafts } from "./compile.ts";
import type { Fault } from "./json-schema.ts";
import type { KnownRegistries } from "./known-registries.ts";
import { allowFaults } from "./lint-allow.ts";
import { matchFaults } from "./lint-match.ts";
import { mirrorFaults } from "./lint-mirrors.ts";
import { orderFaults } from "./lint-order.ts";
import { settingsFaults } from "./lint-settings.ts";
import { listCustomDomains } from "./names.ts";
import { Territories } from "./territories.ts";

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
