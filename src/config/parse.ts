import { isJsonObject } from "../formats/json.ts";
import type { KnownRegistries } from "./lint/known-registries.ts";
import { lint } from "./lint/lint.ts";
import { type ParsedConfig, parseMirror, parseRule } from "./parse-rules.ts";
import { readPlainYaml } from "./read/plain-yaml.ts";
import { parseStrictJson } from "./read/strict-json.ts";
import { API_VERSION, type Config, MIRROR, type Mirror, RULE, type Rule, SCHEMA } from "./schema.ts";
import { type ValidationError, validate } from "./validate/schema-validator.ts";

/**
 * Parses and validates the text of a configuration file.
 *
 * perf: the full YAML parser, which knows the locations of values, is loaded only if the text has uncommon YAML or an error.
 *
 * @throws ProviderError `config-invalid` with all errors and their locations
 */
export async function parseConfig(
  text: string,
  path: string,
  known: readonly KnownRegistries[],
): Promise<Config> {
  const plain = parseStrictJson(text) ?? readPlainYaml(text);
  const validated = plain === undefined ? undefined : validateAndLint(plain, known);
  if (validated?.config !== undefined) return validated.config;
  const { parseYamlDocument } = await import("./read/yaml-document.ts");
  const { createConfigInvalidError } = await import("./validate/error-report.ts");
  const document = parseYamlDocument(text);
  const refuse = (errors: readonly ValidationError[]) =>
    createConfigInvalidError(
      path,
      document.locate(errors.slice(0, MAX_LOCATED_ERRORS)),
      Math.max(0, errors.length - MAX_LOCATED_ERRORS),
    );
  if (validated !== undefined) throw refuse(validated.errors);
  if (document.problems.length > 0) throw createConfigInvalidError(path, document.problems);
  const { config, errors } = validateAndLint(document.value, known);
  if (config !== undefined) return config;
  throw refuse(errors);
}

/** The maximum number of errors that are located in the document. The error line has room for fewer. */
const MAX_LOCATED_ERRORS = 200;

interface ValidatedConfig {
  /** Undefined if there are errors. */
  readonly config: Config | undefined;
  readonly errors: readonly ValidationError[];
}

function validateAndLint(value: unknown, known: readonly KnownRegistries[]): ValidatedConfig {
  const errors: ValidationError[] = [];
  const parsed = parseValue(value, errors);
  for (const error of lint(limitPatterns(parsed, errors), known)) errors.push(error);
  return errors.length === 0 && validate(SCHEMA, value, [])
    ? { config: value, errors }
    : { config: undefined, errors };
}

/** The maximum number of patterns, since rules are compared with each other. */
const MAX_PATTERNS = 2000;

function limitPatterns(config: ParsedConfig, errors: ValidationError[]): ParsedConfig {
  const count = config.rules.reduce((sum, { patterns }) => sum + patterns.length, config.mirrors.length);
  if (count <= MAX_PATTERNS) return config;
  errors.push({
    path: [],
    message: `the file has ${count} patterns in match and source: at most ${MAX_PATTERNS}`,
  });
  return { ...config, rules: [], mirrors: [], isComplete: false };
}

/** Parses the rules and mirrors. In an invalid file it keeps those that are valid themselves, so that one run reports all errors. */
function parseValue(value: unknown, errors: ValidationError[]): ParsedConfig {
  const wrongFile = detectWrongFile(value);
  if (wrongFile !== undefined) {
    errors.push(wrongFile);
    return { rules: [], mirrors: [], requireRule: false, isComplete: false };
  }
  if (validate(SCHEMA, value, errors)) {
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

/** Detects an empty file and the kubelet's own file, so that the error is not about missing keys. */
function detectWrongFile(value: unknown): ValidationError | undefined {
  if (value === null) return { path: [], message: "the file is empty: apiVersion and kind are required" };
  if (!isJsonObject(value) || value["kind"] !== "CredentialProviderConfig") return undefined;
  return {
    path: ["kind"],
    message: `this is the kubelet's file (--image-credential-provider-config); the provider's own file has apiVersion ${API_VERSION} and kind Config`,
  };
}

/** Returns the valid items with their positions in the list. */
function validItems<T>(
  list: unknown,
  isValid: (item: unknown) => item is T,
): readonly (readonly [T, number])[] {
  const items: readonly unknown[] = Array.isArray(list) ? list : [];
  const found: (readonly [T, number])[] = [];
  for (const [index, item] of items.entries()) if (isValid(item)) found.push([item, index]);
  return found;
}
