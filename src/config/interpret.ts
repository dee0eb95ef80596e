import { isMapping } from "../json.ts";
import { type Drafts, draftMirror, draftRule, policyOf } from "./compile.ts";
import { conforms, type Fault } from "./json-schema.ts";
import type { KnownRegistries } from "./known-registries.ts";
import { lint } from "./lint.ts";
import { readPlainYaml } from "./plain-yaml.ts";
import type { Policy } from "./policy.ts";
import { API_VERSION, MIRROR, RULE, SCHEMA } from "./schema.ts";
import type { Schema, TypeOf } from "./schema-type.ts";
import { parseStrictJson } from "./strict-json.ts";

/**
 * The text of a configuration file, as what it means. The parser that knows the places of things is loaded only where the
 * text is not plain, or where there is a fault to be shown.
 *
 * @throws ProviderError `config-invalid` with all faults, each with its place
 */
export async function interpret(
  text: string,
  path: string,
  known: readonly KnownRegistries[],
): Promise<Policy> {
  const quick = parseStrictJson(text) ?? readPlainYaml(text);
  const judged = quick === undefined ? undefined : judge(quick, known);
  if (judged?.faults.length === 0) return judged.policy;
  const { readDocument } = await import("./document.ts");
  const { invalid } = await import("./report.ts");
  const document = readDocument(text);
  if (judged !== undefined) throw invalid(path, document.place(judged.faults));
  if (document.problems.length > 0) throw invalid(path, document.problems);
  const { policy, faults } = judge(document.value, known);
  if (faults.length === 0) return policy;
  throw invalid(path, document.place(faults));
}

interface Judgement {
  /** Good where there are no faults. */
  readonly policy: Policy;
  readonly faults: readonly Fault[];
}

function judge(value: unknown, known: readonly KnownRegistries[]): Judgement {
  const faults: Fault[] = [];
  const drafts = draftsOf(value, faults);
  faults.push(...lint(drafts, known));
  return { policy: policyOf(drafts), faults };
}

/** Where something is wrong, what is right by itself is still judged: all faults are told at once. */
function draftsOf(value: unknown, faults: Fault[]): Drafts {
  const instead = insteadOfOurs(value);
  if (instead !== undefined) {
    faults.push(instead);
    return { rules: [], mirrors: [], isWhole: false };
  }
  if (conforms(SCHEMA, value, faults)) {
    const { rules = [], mirrors = [] } = value;
    return { rules: rules.map(draftRule), mirrors: mirrors.map(draftMirror), isWhole: true };
  }
  const { rules, mirrors } = isMapping(value) ? value : {};
  return {
    rules: rightOnes(RULE, rules).map(([rule, index]) => draftRule(rule, index)),
    mirrors: rightOnes(MIRROR, mirrors).map(([mirror, index]) => draftMirror(mirror, index)),
    isWhole: false,
  };
}

/** Nothing, or the kubelet's own file: what is wrong with either is one thing, and not that keys are missing. */
function insteadOfOurs(value: unknown): Fault | undefined {
  if (value === null) return { path: [], says: "the file is empty: apiVersion and kind are the least" };
  if (!isMapping(value) || value["kind"] !== "CredentialProviderConfig") return undefined;
  return {
    path: ["kind"],
    says: `this is the kubelet's file, for --image-credential-provider-config; the provider's own is of apiVersion ${API_VERSION} and kind Config`,
  };
}

/** With their places in the list. */
function rightOnes<S extends Schema>(schema: S, list: unknown): readonly (readonly [TypeOf<S>, number])[] {
  const items: readonly unknown[] = Array.isArray(list) ? list : [];
  const found: (readonly [TypeOf<S>, number])[] = [];
  for (const [index, item] of items.entries()) if (conforms(schema, item, [])) found.push([item, index]);
  return found;
}
