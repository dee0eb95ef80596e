import type { Kubelet } from "./config.ts";
import { isJsonObject, type JsonObject } from "./json-strict.ts";

const REQUIRED_KEYS = "requiredServiceAccountAnnotationKeys";
const OPTIONAL_KEYS = "optionalServiceAccountAnnotationKeys";
const FIELDS = ["serviceAccountTokenAudience", "requireServiceAccount", REQUIRED_KEYS, OPTIONAL_KEYS];

/** Checks `tokenAttributes` of one provider (from 1.33). `cacheType` is unknown before 1.34 and required since, so no file suits both. */
export function checkTokenAttributes(provider: JsonObject, kubelet: Kubelet): readonly string[] {
  const attributes = provider["tokenAttributes"];
  if (attributes === undefined || attributes === null) return [];
  if (!isJsonObject(attributes)) return ["tokenAttributes is not an object"];
  if (!(kubelet.tokenGate ?? kubelet.minor >= 34))
    return ["tokenAttributes is forbidden while the feature gate is off"];
  return [
    provider["apiVersion"] === "credentialprovider.kubelet.k8s.io/v1"
      ? ""
      : "tokenAttributes needs the plugin's apiVersion v1",
    ...findUnknownAttributes(attributes, kubelet),
    checkAudience(attributes["serviceAccountTokenAudience"]),
    ...checkAnnotationKeys(attributes),
    kubelet.minor >= 34 ? checkCacheType(attributes["cacheType"]) : "",
  ];
}

function findUnknownAttributes(attributes: JsonObject, { minor }: Kubelet): readonly string[] {
  const known = minor >= 34 ? [...FIELDS, "cacheType"] : FIELDS;
  const unknown = Object.keys(attributes).filter((key) => !known.includes(key));
  return unknown.map((key) => `tokenAttributes: unknown field ${JSON.stringify(key)}`);
}

function checkAudience(audience: unknown): string {
  return typeof audience === "string" && audience !== "" ? "" : "serviceAccountTokenAudience is required";
}

function checkCacheType(cacheType: unknown): string {
  return cacheType === "Token" || cacheType === "ServiceAccount"
    ? ""
    : "cacheType must be Token or ServiceAccount";
}

function checkAnnotationKeys(attributes: JsonObject): readonly string[] {
  const needed = attributes["requireServiceAccount"];
  const [required, optional] = [attributes[REQUIRED_KEYS] ?? [], attributes[OPTIONAL_KEYS] ?? []];
  if (!Array.isArray(required) || !Array.isArray(optional)) return ["the annotation keys are not lists"];
  return [
    typeof needed === "boolean" ? "" : "requireServiceAccount must be stated",
    needed === false && required.length > 0 ? `${REQUIRED_KEYS} needs requireServiceAccount` : "",
    ...[required, optional].map((keys: readonly unknown[]) =>
      new Set(keys).size < keys.length ? "an annotation key is doubled" : "",
    ),
    required.some((key) => optional.includes(key)) ? "an annotation key is both required and optional" : "",
    ...[...required, ...optional].map((key: unknown) =>
      isQualifiedName(key) ? "" : `${JSON.stringify(key)} is no annotation key`,
    ),
  ];
}

const NAME = /^([a-z0-9]([-a-z0-9_.]*[a-z0-9])?)$/;
const PREFIX = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Implements apimachinery's `IsQualifiedName` for the lower-cased key that the kubelet passes. */
function isQualifiedName(key: unknown): boolean {
  const parts = typeof key === "string" ? key.toLowerCase().split("/") : [];
  const [name = "", prefix] = parts.toReversed();
  const prefixed = prefix === undefined || (prefix.length <= 253 && PREFIX.test(prefix));
  return parts.length <= 2 && prefixed && name.length <= 63 && NAME.test(name);
}
