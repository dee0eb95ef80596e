import { isJsonObject } from "../formats/json.ts";
import type { KnownRegistries } from "./lint/known-registries.ts";
import { lint } from "./lint/lint.ts";
import { type ParsedConfig, parseMirror, parseRule } from "./parse-rules.ts";
import { readPlainYaml } from "./read/plain-yaml.ts";
import { parseStrictJson } from "./read/strict-json.ts";
import { API_VERSION, type Config, MIRROR, type Mirror, RULE, type Rule, SCHEMA } from "./schema.ts";
import { type ValidationError, validate } from "./validate/schema-validator.ts";

/**
 * The text of a configuration file, as what it says. The parser that knows the places of things is loaded only where the
 * text is not plain, or where there is a fault to be shown.
 *
 * @throws ProviderError `config-invalid` with all faults, each with its place
 */
export async function parseConfig(
  text: string,
  path: string,
  known: readonly KnownRegistries[],
): Promise<Config> {
  const quick = parseStrictJson(text) ?? readPlainYaml(text);
  const judged = quick === undefined ? undefined : validateAndLint(quick, known);
  if (judged?.config !== undefined) return judged.config;
  const { parseYamlDocument } = await import("./read/yaml-document.ts");
  const { createConfigInvalidError } = await import("./validate/error-report.ts");
  const document = parseYamlDocument(text);
  const refuse = (faults: readonly ValidationError[]) =>
    createConfigInvalidError(
      path,
      document.locate(faults.slice(0, MAX_LOCATED_ERRORS)),
      Math.max(0, faults.length - MAX_LOCATED_ERRORS),
    );
  if (judged !== undefined) throw refuse(judged.faults);
  if (document.problems.length > 0) throw createConfigInvalidError(path, document.problems);
  const { config, faults } = validateAndLint(document.value, known);
  if (config !== undefined) return config;
  throw refuse(faults);
}

/** The maximum number of faults that are located in the document. The line on stderr has room for fewer. */
const MAX_LOCATED_ERRORS = 200;

interface ValidatedConfig {
  /** Undefined where there are faults. */
  readonly config: Config | undefined;
  readonly faults: readonly ValidationError[];
}

function validateAndLint(value: unknown, known: readonly KnownRegistries[]): ValidatedConfig {
  const faults: ValidationError[] = [];
  const drafts = parseValue(value, faults);
  for (const fault of lint(limitPatterns(drafts, faults), known)) faults.push(fault);
  return { config: faults.length === 0 && validate(SCHEMA, value, []) ? value : undefined, faults };
}

/** The maximum number of patterns, since rules are compared with each other. */
const MAX_PATTERNS = 2000;

function limitPatterns(drafts: ParsedConfig, faults: ValidationError[]): ParsedConfig {
  const count = drafts.rules.reduce((sum, { patterns }) => sum + patterns.length, drafts.mirrors.length);
  if (count <= MAX_PATTERNS) return drafts;
  faults.push({
    path: [],
    message: `the file has ${count} patterns in match and source: at most ${MAX_PATTERNS}`,
  });
  return { ...drafts, rules: [], mirrors: [], isComplete: false };
}

/** Where something is wrong, what is right by itself is still judged: all faults are told at once. */
function parseValue(value: unknown, faults: ValidationError[]): ParsedConfig {
  const instead = detectWrongFile(value);
  if (instead !== undefined) {
    faults.push(instead);
    return { rules: [], mirrors: [], requireRule: false, isComplete: false };
  }
  if (validate(SCHEMA, value, faults)) {
    const { rules = [], mirrors = [], requireRule = false } = value;
    return { rules: rules.map(parseRule), mirrors: mirrors.map(parseMirror), requireRule, isComplete: true };
  }
  const { rules, mirrors } = isJsonObject(value) ? value : {};
  return {
    rules: validItems(rules, (item): item is Rule => validate(RULE, item, [])).map(([rule, index]) =>
      parseRule(rule, index),
    ),
    mirrors: validItems(mirrors, (item): item is Mirror => validate(MIRROR, item, [])).map(
      ([mirror, index]) => parseMirror(mirror, index),
    ),
    requireRule: false,
    isComplete: false,
  };
}

/** Nothing, or the kubelet's own file: what is wrong with either is one thing, and not that keys are missing. */
function detectWrongFile(value: unknown): ValidationError | undefined {
  if (value === null) return { path: [], message: "the file is empty: apiVersion and kind are required" };
  if (!isJsonObject(value) || value["kind"] !== "CredentialProviderConfig") return undefined;
  return {
    path: ["kind"],
    message: `this is the kubelet's file (--image-credential-provider-config); the provider's own file has apiVersion ${API_VERSION} and kind Config`,
  };
}

/** With their places in the list. */
function validItems<T>(
  list: unknown,
  isRight: (item: unknown) => item is T,
): readonly (readonly [T, number])[] {
  const items: readonly unknown[] = Array.isArray(list) ? list : [];
  const found: (readonly [T, number])[] = [];
  for (const [index, item] of items.entries()) if (isRight(item)) found.push([item, index]);
  return found;
}
