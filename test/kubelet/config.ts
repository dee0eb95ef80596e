import { checkTokenAttributes } from "./config-token.ts";
import { parseGoDuration } from "./go-duration.ts";
import { parseGoUrl } from "./go-url.ts";
import { isJsonObject, type JsonObject } from "./json-strict.ts";

/** The properties of a kubelet that affect how it reads a CredentialProviderConfig. */
export interface Kubelet {
  /** 26 … 36 */
  readonly minor: number;
  /** KubeletServiceAccountTokenForCredentialProviders: off by default in 1.33, on from 1.34. */
  readonly tokenGate?: boolean;
}

const CONFIG_VERSIONS = ["v1", "v1beta1", "v1alpha1"].map((version) => `kubelet.config.k8s.io/${version}`);
const PLUGIN_VERSIONS = ["v1", "v1beta1", "v1alpha1"].map(
  (version) => `credentialprovider.kubelet.k8s.io/${version}`,
);
const PROVIDER_FIELDS = ["name", "apiVersion", "matchImages", "defaultCacheDuration", "args", "env"];

/** Unknown fields are an error since 1.32; earlier kubelets ignore them. */
export function findUnknownFields(
  object: JsonObject,
  known: readonly string[],
  where: string,
  { minor }: Kubelet,
) {
  if (minor < 32) return [];
  return Object.keys(object)
    .filter((key) => !known.includes(key))
    .map((key) => `${where}: unknown field ${JSON.stringify(key)}`);
}

/**
 * Returns the errors that prevent this kubelet from starting with the file; empty if it accepts the file
 * (pkg/credentialprovider/plugin/config.go).
 */
export function checkKubeletConfig(config: unknown, kubelet: Kubelet): readonly string[] {
  if (!isJsonObject(config)) return ["the file is not an object"];
  const { kind, apiVersion, providers } = config;
  if (kind !== "CredentialProviderConfig") return ["kind is not CredentialProviderConfig"];
  if (!CONFIG_VERSIONS.some((version) => version === apiVersion))
    return ["apiVersion is none that a kubelet knows"];
  const unknown = findUnknownFields(config, ["kind", "apiVersion", "providers"], "the file", kubelet);
  if (!Array.isArray(providers) || providers.length === 0)
    return [...unknown, "providers: at least 1 item is required"];
  const problems = providers.flatMap((provider: unknown, i) =>
    checkProvider(provider, `providers[${i}]`, apiVersion === CONFIG_VERSIONS[0], kubelet),
  );
  return [...unknown, ...problems, ...findDuplicateNames(providers)];
}

function checkProvider(
  provider: unknown,
  where: string,
  configV1: boolean,
  kubelet: Kubelet,
): readonly string[] {
  if (!isJsonObject(provider)) return [`${where} is not an object`];
  const known = configV1 && kubelet.minor >= 33 ? [...PROVIDER_FIELDS, "tokenAttributes"] : PROVIDER_FIELDS;
  const problems = [
    checkProviderName(provider["name"]),
    PLUGIN_VERSIONS.some((version) => version === provider["apiVersion"])
      ? ""
      : "apiVersion is none of a plugin",
    ...checkPatterns(provider["matchImages"]),
    checkDuration(provider["defaultCacheDuration"]),
    isAbsentOr(provider["args"], isString) ? "" : "args is not a list of strings",
    isAbsentOr(provider["env"], isVariable) ? "" : "env is not a list of name and value",
    ...(known.includes("tokenAttributes") ? checkTokenAttributes(provider, kubelet) : []),
  ];
  const named = problems.filter((problem) => problem !== "").map((problem) => `${where}: ${problem}`);
  return [...findUnknownFields(provider, known, where, kubelet), ...named];
}

/** An empty name passes the kubelet's validation, but then the folder itself is looked up as the executable, which is fatal. */
function checkProviderName(name: unknown): string {
  if (typeof name !== "string" || name === "") return "name is empty";
  return /[/ ]/.test(name) || name === "." || name === ".."
    ? "name is not the name of a file in the folder"
    : "";
}

function findDuplicateNames(providers: readonly unknown[]): readonly string[] {
  const names = providers.map((provider) => (isJsonObject(provider) ? provider["name"] : undefined));
  const doubled = names.filter((name, i) => isString(name) && names.indexOf(name) !== i);
  return doubled.map((name) => `providers: two are named ${String(name)}`);
}

function checkPatterns(patterns: unknown): readonly string[] {
  if (!Array.isArray(patterns) || patterns.length === 0) return ["matchImages: at least 1 item is required"];
  return patterns.map(checkPattern);
}

function checkPattern(pattern: unknown): string {
  if (!isString(pattern)) return "a pattern of matchImages is not a string";
  try {
    parseGoUrl(pattern);
    return "";
  } catch {
    return `the pattern ${JSON.stringify(pattern)} of matchImages is no URL`;
  }
}

function checkDuration(duration: unknown): string {
  if (duration === undefined || duration === null) return "defaultCacheDuration is required";
  if (!isString(duration)) return "defaultCacheDuration is not a string";
  try {
    return parseGoDuration(duration) < 0 ? "defaultCacheDuration is negative" : "";
  } catch {
    return "defaultCacheDuration is not a Go duration";
  }
}

function isAbsentOr(list: unknown, isItem: (item: unknown) => boolean): boolean {
  return list === undefined || list === null || (Array.isArray(list) && list.every(isItem));
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

function isVariable(item: unknown): boolean {
  return isJsonObject(item) && isString(item["name"]) && isString(item["value"]);
}
