import type { GoogleRule } from "../config/schema.ts";
import { SERVICE_ACCOUNT_PATTERN } from "../formats/id-patterns.ts";
import { annotatedBy, type LoginContext, readAnnotation, resolveIdentity } from "./identity.ts";
import { type Pod, requireTokenAudience } from "./pod.ts";
import { parseSubjectTokenSource, type SubjectTokenSource } from "./subject-token.ts";

/** How to become somebody in Google Cloud: a token to start with, then perhaps a service account. */
export interface GoogleIdentity {
  readonly credentialSource: GoogleCredentialSource;
  /** Email of the service account to impersonate. */
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
  /** GKE's own; what is undefined is asked of the metadata server. The pod's token must be for `audience`, if one is named. */
  | {
      readonly kind: "gke";
      readonly projectId: string | undefined;
      readonly location: string | undefined;
      readonly clusterName: string | undefined;
      /** The cluster's whole URL, in place of the three. */
      readonly identityProvider?: string | undefined;
      readonly audience: string | undefined;
    };

const ACCOUNT_KEYS = ["iam.gke.io/gcp-service-account"] as const;
const EMAIL = new RegExp(`^${SERVICE_ACCOUNT_PATTERN}$`);
const OPT_IN_KEYS = ["iam.gke.io/enable-wi-image-pull"] as const;
/** Upstream compares with "true", letter by letter; what else there is counts as no. */
const ANY_TEXT = /^[ -~]{0,64}$/;

interface GoogleSurroundings {
  /** `GOOGLE_APPLICATION_CREDENTIALS`, the node's own key or configuration. */
  readonly credentialsFile: string | undefined;
}

/**
 * Whose identity asks Google, by rule and annotations.
 *
 * @throws ProviderError as `identityOf`; `annotation-*`, `pod-token-*`
 */
export function resolveGoogleIdentity(asker: LoginContext, around: GoogleSurroundings): GoogleIdentity {
  const rule = asker.rule?.google ?? {};
  const endpoints = rule.endpoints ?? {};
  const identity = resolveIdentity(asker, (pod) => podStart(pod, asker));
  if (identity.kind === "node")
    return { credentialSource: nodeStart(rule, around), impersonate: rule.serviceAccount, endpoints };
  return {
    credentialSource: identity.as,
    impersonate: annotatedAccount(identity.pod, asker) ?? rule.serviceAccount,
    endpoints,
  };
}

/** The rule's file, or its provider, or else the environment's file. */
function nodeStart(rule: GoogleRule, around: GoogleSurroundings): GoogleCredentialSource {
  const { workloadIdentityProvider: name, subjectToken } = rule;
  if (rule.credentialsFile)
    return { kind: "file", path: rule.credentialsFile, setting: "google.credentialsFile" };
  if (name === undefined && around.credentialsFile)
    return { kind: "file", path: around.credentialsFile, setting: "GOOGLE_APPLICATION_CREDENTIALS" };
  if (name === undefined) return { kind: "node" };
  const pool = { kind: "provider", name } as const;
  const subject = parseSubjectTokenSource(subjectToken, audiencesOf(rule, name));
  return subject === undefined ? { kind: "node" } : { kind: "federated", pool, subject };
}

/**
 * A provider without a list of its own takes its own name, in two spellings; a token that is made is made for the first. A signed
 * request is for the name as the exchange has it.
 */
function audiencesOf({ subjectToken, subjectTokenAudience }: GoogleRule, name: string): readonly string[] {
  if (subjectTokenAudience !== undefined) return [subjectTokenAudience];
  const resource = formatProviderResourceName(name);
  return subjectToken === "aws-signed" ? [resource] : [`https:${resource}`, resource];
}

/** The full name of a provider (AIP-122, "Full resource names"). */
export function formatProviderResourceName(name: string): string {
  return `//iam.googleapis.com/${name}`;
}

function podStart(pod: Pod, asker: LoginContext): GoogleCredentialSource | undefined {
  const pool = poolFor(pod, asker);
  if (pool === undefined) return undefined;
  requireTokenAudience(pod, expectedOf(pool, asker.rule?.google ?? {}));
  return { kind: "federated", pool, subject: { kind: "request", pod } };
}

/** GKE's audience is known once the project is: where it is asked of metadata, it is compared then. */
function expectedOf(pool: GooglePool, rule: GoogleRule): readonly string[] {
  if (pool.kind === "provider") return audiencesOf(rule, pool.name);
  return pool.audience === undefined ? [] : [pool.audience];
}

/** Where no rule is, upstream's arguments say how. */
function poolFor(pod: Pod, { rule, options }: LoginContext): GooglePool | undefined {
  if (rule === undefined) return options.gke && isOptedIn(pod) ? upstreamPool(options.gke) : undefined;
  if (rule.google === undefined) return undefined;
  const { workloadIdentityProvider: name, gke, subjectTokenAudience } = rule.google;
  if (name !== undefined) return { kind: "provider", name };
  if (gke === undefined || (gke.optIn && !isOptedIn(pod))) return undefined;
  const { projectId, location, clusterName } = gke;
  const audience = subjectTokenAudience ?? (projectId && formatGkeAudience(projectId));
  return { kind: "gke", projectId, location, clusterName, audience };
}

/** As upstream's plugin has it, by its two arguments. */
function upstreamPool({
  projectId,
  identityProvider,
}: NonNullable<LoginContext["options"]["gke"]>): GooglePool {
  const unknown = { location: undefined, clusterName: undefined, audience: undefined };
  return { kind: "gke", projectId, identityProvider, ...unknown };
}

/** What tokens for GKE's own pool are for (GKE "About Workload Identity Federation"). */
export function formatGkeAudience(projectId: string): string {
  return `${projectId}.svc.id.goog`;
}

function isOptedIn(pod: Pod): boolean {
  return readAnnotation(pod, OPT_IN_KEYS, ANY_TEXT) === "true";
}

/**
 * Who comes here has a pool, in which every pod is somebody: without a list, the account that a workload's annotation usually
 * names does not stand in its way.
 */
function annotatedAccount(pod: Pod, { rule }: LoginContext): string | undefined {
  const say = { patterns: rule?.allow?.annotationServiceAccounts, hasDefaultIdentity: true };
  return annotatedBy(
    pod,
    say,
    () => readAnnotation(pod, ACCOUNT_KEYS, EMAIL),
    (email) => email,
  );
}
