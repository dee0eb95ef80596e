import type { AwsRule } from "../config/schema.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { quoteValue } from "../errors/show-value.ts";
import { ROLE_ARN_PATTERN } from "../formats/id-patterns.ts";
import { readAnnotation, requireAllowedAnnotation, usesAnnotations } from "./annotations.ts";
import { type LoginContext, requireIdentity, selectPod } from "./identity.ts";
import { formatServiceAccount, type Pod, requireTokenAudience } from "./pod.ts";
import { parseSubjectTokenSource, type SubjectTokenSource } from "./subject-token.ts";

/** The AWS identity that requests a login: a credential source, then a chain of roles to assume. */
export interface AwsIdentity {
  /** The pod that provides the token to exchange; undefined: the node's identity. */
  readonly pod: Pod | undefined;
  readonly credentialSource: AwsCredentialSource;
  readonly chain: readonly AwsRole[];
  /** The region of STS; undefined: the environment's, or else the registry's. */
  readonly region: string | undefined;
  readonly endpoints: NonNullable<AwsRule["endpoints"]>;
}

export type AwsCredentialSource =
  /** The node's credential chain: environment, container endpoint, shared files (with this profile), instance role. */
  | { readonly kind: "node"; readonly profile?: string | undefined; readonly configFile?: string | undefined }
  /** The node's EKS Pod Identity agent, which takes the pod's token. */
  | { readonly kind: "pod-identity"; readonly pod: Pod }
  | { readonly kind: "web-identity"; readonly role: AwsRole; readonly subject: SubjectTokenSource };

export interface AwsRole {
  readonly arn: string;
  /** CloudTrail shows it. */
  readonly sessionName: string | undefined;
  readonly externalId?: string | undefined;
}

/** The default audiences (EKS "IAM roles for service accounts" and "EKS Pod Identity"). */
const STS_AUDIENCE = "sts.amazonaws.com";
const POD_IDENTITY_AUDIENCE = "pods.eks.amazonaws.com";

/** The annotation that ecr-credential-provider reads. */
const PULL_ROLE_KEY = "eks.amazonaws.com/ecr-role-arn";
/** In order of precedence. The second names the workload's role. */
const ROLE_KEYS = [PULL_ROLE_KEY, "eks.amazonaws.com/role-arn"] as const;
const ROLE = new RegExp(ROLE_ARN_PATTERN);

/**
 * Resolves the AWS identity from the rule, the pod's annotations and the environment.
 *
 * @param partition the registry's: STS accepts roles of its own partition only
 * @throws ProviderError as `selectPod` and `requireIdentity`; `annotation-*`, `pod-token-*`, `aws-role-partition-mismatch`,
 *   `environment-invalid`
 */
export function resolveAwsIdentity(context: LoginContext, partition: string): AwsIdentity {
  const rule = context.rule?.aws ?? {};
  const pod = selectPod(context);
  const podSource = pod && findAwsPodSource(pod, context);
  requireIdentity(context, pod, podSource);
  const { credentialSource, chain } = podSource
    ? { credentialSource: podSource, chain: [] }
    : selectAwsNodeSource(rule);
  const sessionName = pod && podSource && formatSessionName(pod);
  const ruleChain = (rule.chain ?? []).map(({ roleArn: arn, externalId }) => ({
    arn,
    externalId,
    sessionName,
  }));
  const identity = {
    pod: podSource && pod,
    credentialSource,
    chain: [...chain, ...ruleChain],
    region: rule.region,
    endpoints: rule.endpoints ?? {},
  };
  requirePartition(identity, partition);
  return identity;
}

function selectAwsNodeSource(rule: AwsRule): Pick<AwsIdentity, "credentialSource" | "chain"> {
  const { roleArn: arn, externalId, profile, configFile } = rule;
  const subject = parseSubjectTokenSource(rule.subjectToken, [rule.subjectTokenAudience ?? STS_AUDIENCE]);
  if (subject !== undefined && arn !== undefined) {
    const role = { arn, sessionName: undefined };
    return { credentialSource: { kind: "web-identity", role, subject }, chain: [] };
  }
  const chain = arn === undefined ? [] : [{ arn, externalId, sessionName: undefined }];
  return { credentialSource: { kind: "node", profile, configFile }, chain };
}

/** Returns the pod's credential source; undefined if rule, annotations and environment name none. */
function findAwsPodSource(pod: Pod, context: LoginContext): AwsCredentialSource | undefined {
  const rule = context.rule?.aws;
  if (rule?.podIdentity) {
    requireTokenAudience(pod, [rule.subjectTokenAudience ?? POD_IDENTITY_AUDIENCE]);
    return { kind: "pod-identity", pod };
  }
  const arn =
    context.rule === undefined
      ? findUpstreamRole(pod, context)
      : (findAnnotatedRole(pod, context) ?? rule?.roleArn);
  if (arn === undefined) return undefined;
  // Without a rule, only the role's trust policy checks the audience, as with ecr-credential-provider.
  if (context.rule !== undefined) requireTokenAudience(pod, [rule?.subjectTokenAudience ?? STS_AUDIENCE]);
  const role = { arn, sessionName: formatSessionName(pod) };
  return { kind: "web-identity", role, subject: { kind: "request", pod } };
}

/** Finds the role as ecr-credential-provider does: its annotation's, or else its environment variable's. */
function findUpstreamRole(pod: Pod, { env }: LoginContext): string | undefined {
  const annotated = readAnnotation(pod, [PULL_ROLE_KEY], ROLE);
  const defaultRole = env.AWS_ECR_ROLE_ARN || undefined;
  if (annotated !== undefined || defaultRole === undefined || ROLE.test(defaultRole))
    return annotated ?? defaultRole;
  throw new ProviderError("environment-invalid", {
    detail: "AWS_ECR_ROLE_ARN is not the ARN of an IAM role",
    identity: formatServiceAccount(pod),
  });
}

function findAnnotatedRole(pod: Pod, { rule }: LoginContext): string | undefined {
  const policy = {
    allowList: rule?.allow?.annotationRoles,
    hasDefaultIdentity: rule?.aws?.roleArn !== undefined,
  };
  if (!usesAnnotations(policy)) return undefined;
  const role = readAnnotation(pod, ROLE_KEYS, ROLE);
  if (role !== undefined) requireAllowedAnnotation(pod, role, policy);
  return role;
}

function requirePartition({ pod, credentialSource, chain }: AwsIdentity, partition: string): void {
  const roles = credentialSource.kind === "web-identity" ? [credentialSource.role, ...chain] : chain;
  const foreign = roles.find(({ arn }) => arn.split(":")[1] !== partition);
  if (foreign === undefined) return;
  throw new ProviderError("aws-role-partition-mismatch", {
    detail: `${quoteValue("arn", foreign.arn)} is not in the registry's partition, ${partition}`,
    identity: pod && formatServiceAccount(pod),
  });
}

/** Returns a `RoleSessionName` (STS API reference): 2 to 64 characters, and Kubernetes names hold only allowed ones. */
function formatSessionName({ namespace, serviceAccount }: Pod): string {
  return `${namespace}.${serviceAccount}`.slice(0, 64);
}
