import type { GoogleRule } from "../config/schema.ts";
import { SERVICE_ACCOUNT_PATTERN } from "../formats/id-patterns.ts";
import { readAnnotation, requireAllowedAnnotation, usesAnnotations } from "./annotations.ts";
import { type LoginContext, requireIdentity, selectPod } from "./identity.ts";
import { type Pod, requireTokenAudience } from "./pod.ts";
import { parseSubjectTokenSource, type SubjectTokenSource } from "./subject-token.ts";

/** The Google Cloud identity that requests a login: a credential source, then perhaps a service account to impersonate. */
export interface GoogleIdentity {
  /** The pod that provides the token to exchange; undefined: the node's identity. */
  readonly pod: Pod | undefined;
  readonly credentialSource: GoogleCredentialSource;
  /** The service account's email. */
  readonly impersonate: string | undefined;
  readonly endpoints: NonNullable<GoogleRule["endpoints"]>;
}

export type GoogleCredentialSource =
  /** The instance's service account. */
  | { readonly kind: "node" }
  | { readonly kind: "file"; readonly path: string; readonly setting: string }
  | {
      readonly kind: "federated";
      readonly pool: GooglePool;
      readonly subject: SubjectTokenSource;
    };

export type GooglePool =
  /** `projects/N/locations/global/workloadIdentityPools/P/providers/K` */
  | { readonly kind: "provider"; readonly name: string }
  /** GKE's pool. The metadata server supplies what is undefined. If `audience` is set, the pod's token must have it. */
  | {
      readonly kind: "gke";
      readonly projectId: string | undefined;
      readonly location: string | undefined;
      readonly clusterName: string | undefined;
      /** The cluster's whole URL, used instead of the project, location and name. */
      readonly identityProvider?: string | undefined;
      readonly audience: string | undefined;
    };

const EMAIL = new RegExp(`^${SERVICE_ACCOUNT_PATTERN}$`);
/** auth-provider-gcp compares with "true"; any other value means no. */
const ANY_TEXT = /^[ -~]{0,64}$/;

/**
 * Resolves the Google identity from the rule, the pod's annotations and the environment.
 *
 * @throws ProviderError as `selectPod` and `requireIdentity`; `annotation-*`, `pod-token-*`
 */
export function resolveGoogleIdentity(context: LoginContext): GoogleIdentity {
  const rule = context.rule?.google ?? {};
  const pod = selectPod(context);
  const podSource = pod && findGooglePodSource(pod, context);
  requireIdentity(context, pod, podSource);
  const annotated = pod && podSource && findAnnotatedServiceAccount(pod, context);
  return {
    pod: podSource && pod,
    credentialSource: podSource ?? selectGoogleNodeSource(rule, context),
    impersonate: annotated ?? rule.serviceAccount,
    endpoints: rule.endpoints ?? {},
  };
}

/** Selects the rule's credentials file, then the rule's provider, then the environment's file, then the instance. */
function selectGoogleNodeSource(rule: GoogleRule, { env }: LoginContext): GoogleCredentialSource {
  const { workloadIdentityProvider: name, subjectToken } = rule;
  if (rule.credentialsFile)
    return { kind: "file", path: rule.credentialsFile, setting: "google.credentialsFile" };
  const path = env.GOOGLE_APPLICATION_CREDENTIALS;
  if (name === undefined && path) return { kind: "file", path, setting: "GOOGLE_APPLICATION_CREDENTIALS" };
  if (name === undefined) return { kind: "node" };
  const subject = parseSubjectTokenSource(subjectToken, listProviderAudiences(rule, name));
  return subject === undefined
    ? { kind: "node" }
    : { kind: "federated", pool: { kind: "provider", name }, subject };
}

/**
 * Lists the audiences that a provider accepts: the rule's, or else its own name in two spellings. A token that is requested
 * for the provider gets the first. A request that is signed by AWS is bound to the name without `https:`.
 */
function listProviderAudiences(
  { subjectToken, subjectTokenAudience }: GoogleRule,
  name: string,
): readonly string[] {
  if (subjectTokenAudience !== undefined) return [subjectTokenAudience];
  const resource = formatProviderResourceName(name);
  return subjectToken === "aws-signed" ? [resource] : [`https:${resource}`, resource];
}

/** Returns the full resource name of a provider (AIP-122, "Full resource names"). */
export function formatProviderResourceName(name: string): string {
  return `//iam.googleapis.com/${name}`;
}

/** Returns the pod's credential source; undefined if rule, annotations and arguments name no pool. */
function findGooglePodSource(pod: Pod, context: LoginContext): GoogleCredentialSource | undefined {
  const pool = findPool(pod, context);
  if (pool === undefined) return undefined;
  if (pool.kind === "provider")
    requireTokenAudience(pod, listProviderAudiences(context.rule?.google ?? {}, pool.name));
  // If the audience depends on a project that only the metadata server knows, the cloud's client checks it later.
  else if (pool.audience !== undefined) requireTokenAudience(pod, [pool.audience]);
  return { kind: "federated", pool, subject: { kind: "request", pod } };
}

function findPool(pod: Pod, { rule, options }: LoginContext): GooglePool | undefined {
  if (rule === undefined) {
    if (options.gke === undefined || !hasOptedIn(pod)) return undefined;
    const { projectId, identityProvider } = options.gke;
    const unknown = { location: undefined, clusterName: undefined, audience: undefined };
    return { kind: "gke", projectId, identityProvider, ...unknown };
  }
  if (rule.google === undefined) return undefined;
  const { workloadIdentityProvider: name, gke, subjectTokenAudience } = rule.google;
  if (name !== undefined) return { kind: "provider", name };
  if (gke === undefined || (gke.optIn && !hasOptedIn(pod))) return undefined;
  const { projectId, location, clusterName } = gke;
  const audience = subjectTokenAudience ?? (projectId && formatGkeAudience(projectId));
  return { kind: "gke", projectId, location, clusterName, audience };
}

/** Returns the audience of tokens for GKE's pool (GKE "About Workload Identity Federation"). */
export function formatGkeAudience(projectId: string): string {
  return `${projectId}.svc.id.goog`;
}

function hasOptedIn(pod: Pod): boolean {
  return readAnnotation(pod, ["iam.gke.io/enable-wi-image-pull"], ANY_TEXT) === "true";
}

function findAnnotatedServiceAccount(pod: Pod, { rule }: LoginContext): string | undefined {
  // In the pool each pod has an identity of its own. Without an allow list the workload's annotation is ignored.
  const policy = { allowList: rule?.allow?.annotationServiceAccounts, hasDefaultIdentity: true };
  if (!usesAnnotations(policy)) return undefined;
  const email = readAnnotation(pod, ["iam.gke.io/gcp-service-account"], EMAIL);
  if (email !== undefined) requireAllowedAnnotation(pod, email, policy);
  return email;
}
