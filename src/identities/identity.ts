import { identityMode } from "../config/policy.ts";
import type { Rule } from "../config/schema.ts";
import type { ImageAlias, ImageReference } from "../core/image-reference.ts";
import type { RunOptions } from "../core/run-options.ts";
import { quoteUntrusted } from "../errors/error-line.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { matchesAllowList, matchesPathAllowList } from "./allow-list.ts";
import { formatServiceAccount, type Pod } from "./pod.ts";

/** Who asks for the login of which image, and what the operator says of it. */
export interface LoginContext {
  /** A request that carries a token is a pod's; any other is the node's. */
  readonly pod: Pod | undefined;
  readonly image: ImageReference;
  /** The image under the names of its registry that the rule matches. */
  readonly aliases: readonly ImageAlias[];
  /** The rule of the configuration that the image falls under. */
  readonly rule: Rule | undefined;
  readonly options: RunOptions;
}

/** Whose identity is used. `as` is what the pod is to become in the cloud. */
export type Identity<T> =
  | { readonly kind: "pod"; readonly pod: Pod; readonly as: T }
  | { readonly kind: "node" };

/**
 * The one place that decides between pod and node. A pod becomes its node only where a rule says so: always (`node`), or
 * where its ServiceAccount names no identity (`pod-then-node`); never because something failed.
 *
 * @param named what rule and annotations make of the pod; undefined where they name nothing
 * @throws ProviderError `pod-token-missing`, `pod-identity-missing`, `service-account-not-allowed`, `repository-not-allowed`
 */
export function resolveIdentity<T>(asker: LoginContext, named: (pod: Pod) => T | undefined): Identity<T> {
  const { pod, rule } = asker;
  const mode = rule && identityMode(rule);
  if (pod === undefined && mode === "pod") throw new ProviderError("pod-token-missing");
  requireAllowed(asker);
  if (pod === undefined || mode === "node") return { kind: "node" };
  const as = named(pod);
  if (as !== undefined) return { kind: "pod", pod, as };
  if (mode === "pod-then-node") return { kind: "node" };
  throw new ProviderError("pod-identity-missing", { identity: formatServiceAccount(pod) });
}

/** Whether the rule is for this ServiceAccount and this repository. */
export function requireAllowed({ pod, image, aliases, rule }: LoginContext): void {
  const { serviceAccounts, repositories } = rule?.allow ?? {};
  if (serviceAccounts !== undefined) requireAllowedAccount(pod, serviceAccounts);
  if (repositories === undefined) return;
  if (aliases.some(({ segments }) => segments && matchesPathAllowList(segments, repositories))) return;
  throw new ProviderError("repository-not-allowed", { detail: describeRepository(image, aliases) });
}

/** Quotes the image's path as `allow.repositories` spells it: the one under the name of the registry that the rule uses. */
function describeRepository({ repository }: ImageReference, aliases: readonly ImageAlias[]): string {
  if (aliases.some((alias) => alias.repository === repository)) return quoteUntrusted(repository);
  const [alias] = aliases;
  return alias === undefined
    ? quoteUntrusted(repository)
    : `${quoteUntrusted(alias.repository)}, its path at ${alias.host.name}`;
}

function requireAllowedAccount(pod: Pod | undefined, patterns: readonly string[]): void {
  if (pod === undefined) {
    throw new ProviderError("service-account-not-allowed", {
      detail: "the request carries no token",
      hint: "set tokenAttributes of this provider in the kubelet's CredentialProviderConfig, or take allow.serviceAccounts out of the rule",
    });
  }
  const who = `${pod.namespace}/${pod.serviceAccount}`;
  if (matchesAllowList(who, patterns)) return;
  throw new ProviderError("service-account-not-allowed", {
    detail: who,
    identity: formatServiceAccount(pod),
  });
}

/** Keys of ServiceAccounts' annotations, as the clouds' own tools have them. */
export type AnnotationKey =
  | "eks.amazonaws.com/ecr-role-arn"
  | "eks.amazonaws.com/role-arn"
  | "iam.gke.io/gcp-service-account"
  | "iam.gke.io/enable-wi-image-pull"
  | "kubernetes.azure.com/acr-client-id"
  | "kubernetes.azure.com/acr-tenant-id"
  | "azure.workload.identity/client-id"
  | "azure.workload.identity/tenant-id";

/**
 * The value of the first of these annotations that is there. Whoever may write a ServiceAccount chose it.
 *
 * @throws ProviderError `annotation-malformed` where it is not of the shape
 */
export function readAnnotation(pod: Pod, keys: readonly AnnotationKey[], shape: RegExp): string | undefined {
  const key = keys.find((one) => pod.annotations[one] !== undefined);
  const value = key && pod.annotations[key];
  if (value === undefined || (shape.test(value) && value.length <= MAX_ANNOTATION)) return value;
  throw new ProviderError("annotation-malformed", {
    detail: `${key}: ${quoteUntrusted(value)}`,
    identity: formatServiceAccount(pod),
  });
}

/** Letters; the longest ARN of a role has 588. */
const MAX_ANNOTATION = 640;

/** What a rule says of annotations. */
export interface AnnotationPolicy {
  /** The rule's list of those that are allowed. */
  readonly patterns: readonly string[] | undefined;
  /** The rule makes every pod somebody, whatever its annotations say. */
  readonly hasDefaultIdentity: boolean;
}

/**
 * Whom the pod's annotations name, under a rule. Where the rule has no list and names an identity for all, annotations have
 * no say: they may be meant for the workload. Otherwise what is there must be allowed.
 *
 * @param spelled as the list's patterns have it
 * @throws ProviderError `annotation-not-allowed`, and as `read`
 */
export function annotatedBy<T>(
  pod: Pod,
  { patterns, hasDefaultIdentity }: AnnotationPolicy,
  read: () => T | undefined,
  spelled: (found: T) => string,
): T | undefined {
  if (patterns === undefined && hasDefaultIdentity) return undefined;
  const found = read();
  if (found === undefined || matchesAllowList(spelled(found), patterns ?? [])) return found;
  throw new ProviderError("annotation-not-allowed", {
    detail: quoteUntrusted(spelled(found)),
    identity: formatServiceAccount(pod),
  });
}
