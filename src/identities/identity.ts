import { identityMode } from "../config/policy.ts";
import type { Rule } from "../config/schema.ts";
import type { ImageAlias, ImageReference } from "../core/image-reference.ts";
import type { RunOptions } from "../core/run-options.ts";
import type { Environment } from "../core/world.ts";
import { quoteUntrusted } from "../errors/error-line.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { matchesAllowList, matchesPathAllowList } from "./allow-list.ts";
import { formatServiceAccount, type Pod } from "./pod.ts";

/** Everything that decides which identity requests a login. */
export interface LoginContext {
  /** The pod of the request's token; undefined: the request has no token, and comes from the node. */
  readonly pod: Pod | undefined;
  readonly image: ImageReference;
  /** The image under the names of its registry that the rule matches. */
  readonly aliases: readonly ImageAlias[];
  /** The configuration rule that applies to the image. */
  readonly rule: Rule | undefined;
  readonly options: RunOptions;
  readonly env: Environment;
}

/**
 * Returns the pod if the login is to use its identity; undefined if it is to use the node's identity.
 *
 * @throws ProviderError `pod-token-missing`, and as `requireAllowed`
 */
export function selectPod(context: LoginContext): Pod | undefined {
  const { pod, rule } = context;
  const mode = rule && identityMode(rule);
  if (pod === undefined && mode === "pod") throw new ProviderError("pod-token-missing");
  requireAllowed(context);
  return mode === "node" ? undefined : pod;
}

/**
 * Requires that a pod has a credential source of its own, unless its rule allows the node's identity in place of it
 * (`identity: pod-then-node`). A failed exchange or a disallowed annotation never falls back to the node.
 *
 * @throws ProviderError `pod-identity-missing`
 */
export function requireIdentity(
  { rule }: LoginContext,
  pod: Pod | undefined,
  podSource: object | undefined,
): void {
  if (pod === undefined || podSource !== undefined) return;
  if (rule !== undefined && identityMode(rule) === "pod-then-node") return;
  throw new ProviderError("pod-identity-missing", { identity: formatServiceAccount(pod) });
}

/**
 * Checks the rule's allow lists of ServiceAccounts and repositories.
 *
 * @throws ProviderError `service-account-not-allowed`, `repository-not-allowed`
 */
export function requireAllowed({ pod, image, aliases, rule }: LoginContext): void {
  const { serviceAccounts, repositories } = rule?.allow ?? {};
  if (serviceAccounts !== undefined) requireAllowedServiceAccount(pod, serviceAccounts);
  if (repositories === undefined) return;
  if (aliases.some(({ segments }) => segments && matchesPathAllowList(segments, repositories))) return;
  throw new ProviderError("repository-not-allowed", { detail: describeRepository(image, aliases) });
}

function requireAllowedServiceAccount(pod: Pod | undefined, allowList: readonly string[]): void {
  if (pod === undefined) {
    throw new ProviderError("service-account-not-allowed", {
      detail: "the request has no ServiceAccount token",
      hint: "set tokenAttributes of this provider in the kubelet's CredentialProviderConfig, or remove allow.serviceAccounts from the rule",
    });
  }
  const name = `${pod.namespace}/${pod.serviceAccount}`;
  if (matchesAllowList(name, allowList)) return;
  throw new ProviderError("service-account-not-allowed", {
    detail: name,
    identity: formatServiceAccount(pod),
  });
}

/** Quotes the image's path as `allow.repositories` spells it: the path under the registry name that the rule matches. */
function describeRepository({ repository }: ImageReference, aliases: readonly ImageAlias[]): string {
  const [alias] = aliases;
  if (alias === undefined || aliases.some((one) => one.repository === repository))
    return quoteUntrusted(repository);
  return `${quoteUntrusted(alias.repository)}, its path at ${alias.host.name}`;
}
