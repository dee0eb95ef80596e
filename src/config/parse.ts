import { isJsonObject } from "../formats/json.ts";
import type { KnownRegistries } from "./lint/known-registries.ts";
import { lint } from "./lint/lint.ts";
import { type Drafts, draftMirror, draftRule } from "./parse-rules.ts";
import { readPlainYaml } from "./read/plain-yaml.ts";
import { parseStrictJson } from "./read/strict-json.ts";
import { API_VERSION, type Config, MIRROR, type Mirror, RULE, type Rule, SCHEMA } from "./schema.ts";
import { conforms, type Fault } from "./validate/schema-validator.ts";

/**
 * The text of a configuration file, as what it says. The parser that knows the places of things is loaded only where the
 * text is not plain, or where there is a fault to be shown.
 *
 * @throws ProviderError `config-invalid` with all faults, each with its place
 */
export async function interpret(
  text: string,
  path: string,
  known: readonly KnownRegistries[],
): Promise<Config> {
  const quick = parseStrictJson(text) ?? readPlainYaml(text);
  const judged = quick === undefined ? undefined : judge(quick, known);
  if (judged?.config !== undefined) return judged.config;
  const { readDocument } = await import("./read/yaml-document.ts");
  const { invalid } = await import("./validate/error-report.ts");
  const document = readDocument(text);
  const refuse = (faults: readonly Fault[]) =>
    invalid(path, document.place(faults.slice(0, MOST_FAULTS)), Math.max(0, faults.length - MOST_FAULTS));
  if (judged !== undefined) throw refuse(judged.faults);
  if (document.problems.length > 0) throw invalid(path, document.problems);
  const { config, faults } = judge(document.value, known);
  if (config !== undefined) return config;
  throw refuse(faults);
}

/** The maximum number of faults that are located in the document. The line on stderr has room for fewer. */
const MOST_FAULTS = 200;

interface Judgement {
  /** Undefined where there are faults. */
  readonly config: Config | undefined;
  readonly faults: readonly Fault[];
}

function judge(value: unknown, known: readonly KnownRegistries[]): Judgement {
  const faults: Fault[] = [];
  const drafts = draftsOf(value, faults);
  for (const fault of lint(limitDrafts(drafts, faults), known)) faults.push(fault);
  return { config: faults.length === 0 && conforms(SCHEMA, value, []) ? value : undefined, faults };
}

/** The maximum number of patterns, since rules are compared with each other. */
const MOST_PATTERNS = 2000;

function limitDrafts(drafts: Drafts, faults: Fault[]): Drafts {
  const count = drafts.rules.reduce((sum, { patterns }) => sum + patterns.length, drafts.mirrors.length);
  if (count <= MOST_PATTERNS) return drafts;
  faults.push({
    path: [],
    says: `the file has ${count} patterns in match and source: at most ${MOST_PATTERNS}`,
  });
  return { ...drafts, rules: [], mirrors: [], isWhole: false };
}

/** Where something is wrong, what is right by itself is still judged: all faults are told at once. */
function draftsOf(value: unknown, faults: Fault[]): Drafts {
  const instead = insteadOfOurs(value);
  if (instead !== undefined) {
    faults.push(instead);
    return { rules: [], mirrors: [], requireRule: false, isWhole: false };
  }
  if (conforms(SCHEMA, value, faults)) {
    const { rules = [], mirrors = [], requireRule = false } = value;
    return { rules: rules.map(draftRule), mirrors: mirrors.map(draftMirror), requireRule, isWhole: true };
  }
  const { rules, mirrors } = isJsonObject(value) ? value : {};
  return {
    rules: rightOnes(rules, (item): item is Rule => conforms(RULE, item, [])).map(([rule, index]) =>
      draftRule(rule, index),
    ),
    mirrors: rightOnes(mirrors, (item): item is Mirror => conforms(MIRROR, item, [])).map(([mirror, index]) =>
      draftMirror(mirror, index),
    ),
    requireRule: false,
    isWhole: false,
  };
}

/** Nothing, or the kubelet's own file: what is wrong with either is one thing, and not that keys are missing. */
function insteadOfOurs(value: unknown): Fault | undefined {
  if (value === null) return { path: [], says: "the file is empty: apiVersion and kind are the least" };
  if (!isJsonObject(value) || value["kind"] !== "CredentialProviderConfig") return undefined;
  return {
    path: ["kind"],
    says: `this is the kubelet's file, for --image-credential-provider-config; the provider's own is of apiVersion ${API_VERSION} and kind Config`,
  };
}

/** With their places in the list. */
function rightOnes<T>(
  list: unknown,
  isRight: (item: unknown) => item is T,
): readonly (readonly [T, number])[] {
  const items: readonly unknown[] = Array.isArray(list) ? list : [];
  const found: (readonly [T, number])[] = [];
  for (const [index, item] of items.entries()) if (isRight(item)) found.push([item, index]);
  return found;
}
