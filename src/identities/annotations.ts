import { quoteUntrusted } from "../errors/error-line.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { matchesAllowList } from "./allow-list.ts";
import { formatServiceAccount, type Pod } from "./pod.ts";

/** The ServiceAccount annotations that the clouds' own tools define. */
export type AnnotationKey =
  | "eks.amazonaws.com/ecr-role-arn"
  | "eks.amazonaws.com/role-arn"
  | "iam.gke.io/gcp-service-account"
  | "iam.gke.io/enable-wi-image-pull"
  | "kubernetes.azure.com/acr-client-id"
  | "kubernetes.azure.com/acr-tenant-id"
  | "azure.workload.identity/client-id"
  | "azure.workload.identity/tenant-id";

/** Characters; the longest role ARN has 588. */
const MAX_ANNOTATION = 640;

/**
 * Returns the value of the first annotation that is present. Any editor of the ServiceAccount can have written it.
 *
 * @throws ProviderError `annotation-malformed` if the value does not match the format
 */
export function readAnnotation(pod: Pod, keys: readonly AnnotationKey[], format: RegExp): string | undefined {
  const key = keys.find((one) => pod.annotations[one] !== undefined);
  const value = key && pod.annotations[key];
  if (value === undefined || (format.test(value) && value.length <= MAX_ANNOTATION)) return value;
  throw new ProviderError("annotation-malformed", {
    detail: `${key}: ${quoteUntrusted(value)}`,
    identity: formatServiceAccount(pod),
  });
}

/** How a rule treats the annotations that name an identity. */
export interface AnnotationPolicy {
  readonly allowList: readonly string[] | undefined;
  /** Whether the rule itself names an identity for every pod. */
  readonly hasDefaultIdentity: boolean;
}

/**
 * Reports whether annotations may choose the identity. They may not if the rule names an identity and has no allow list: then
 * they are meant for the workload, and are not read.
 */
export function usesAnnotations({ allowList, hasDefaultIdentity }: AnnotationPolicy): boolean {
  return allowList !== undefined || !hasDefaultIdentity;
}

/**
 * Refuses an annotated identity that is not on the allow list. Without a list none is allowed.
 *
 * @throws ProviderError `annotation-not-allowed`
 */
export function requireAllowedAnnotation(
  pod: Pod,
  value: string,
  { allowList = [] }: AnnotationPolicy,
): void {
  if (matchesAllowList(value, allowList)) return;
  throw new ProviderError("annotation-not-allowed", {
    detail: quoteUntrusted(value),
    identity: formatServiceAccount(pod),
  });
}
