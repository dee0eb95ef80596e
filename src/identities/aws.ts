import type { AwsRule } from "../config/schema.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { quoteValue } from "../errors/show-value.ts";
import { ROLE_ARN_PATTERN } from "../formats/id-patterns.ts";
import { annotatedBy, type LoginContext, readAnnotation, resolveIdentity } from "./identity.ts";
import { formatServiceAccount, type Pod, requireTokenAudience } from "./pod.ts";
import { parseSubjectTokenSource, type SubjectTokenSource } from "./subject-token.ts";

/** How to become somebody in AWS: credentials to start with, then roles to assume one after the other. */
export interface AwsIdentity {
  readonly credentialSource: AwsCredentialSource;
  readonly chain: readonly AwsRole[];
  /** Of STS; undefined: what the environment says, or else the registry's. */
  readonly region: string | undefined;
  readonly endpoints: NonNullable<AwsRule["endpoints"]>;
}

export type AwsCredentialSource =
  /** The node's own: environment, container endpoint, shared files (of this profile), instance role. */
  | { readonly kind: "node"; readonly profile?: string | undefined; readonly configFile?: string | undefined }
  /** The node's agent of EKS Pod Identity, asked with the pod's token. */
  | { readonly kind: "pod-identity"; readonly pod: Pod }
  | { readonly kind: "web-identity"; readonly role: AwsRole; readonly subject: SubjectTokenSource };

export interface AwsRole {
  readonly arn: string;
  /** CloudTrail shows it. */
  readonly sessionName: string | undefined;
  readonly externalId?: string | undefined;
}

/** The usual audiences (EKS "IAM roles for service accounts" and "EKS Pod Identity"). */
const STS_AUDIENCE = "sts.amazonaws.com";
const POD_IDENTITY_AUDIENCE = "pods.eks.amazonaws.com";

/** Upstream's own key first; the other is what a workload's role is named by. */
const ROLE_KEYS = ["eks.amazonaws.com/ecr-role-arn", "eks.amazonaws.com/role-arn"] as const;
const ROLE = new RegExp(ROLE_ARN_PATTERN);

export interface AwsSurroundings {
  /** The registry's partition: a role of another is worth nothing there. */
  readonly partition: string;
  /** `AWS_ECR_ROLE_ARN`, upstream's default role. */
  readonly defaultRole: string | undefined;
}

/**
 * Whose identity asks AWS, by rule and annotations.
 *
 * @throws ProviderError as `identityOf`; `annotation-*`, `pod-token-*`, `aws-role-partition-mismatch`, `environment-invalid`
 */
export function resolveAwsIdentity(asker: LoginContext, around: AwsSurroundings): AwsIdentity {
  const rule = asker.rule?.aws ?? {};
  const identity = resolveIdentity(asker, (pod) => podSource(pod, asker, around));
  const sessionName = asker.pod && identity.kind === "pod" ? sessionNameOf(asker.pod) : undefined;
  const roles = (rule.chain ?? []).map(({ roleArn, externalId }) => ({
    arn: roleArn,
    externalId,
    sessionName,
  }));
  const { credentialSource, chain } =
    identity.kind === "pod" ? { credentialSource: identity.as, chain: [] } : nodeSource(rule);
  const access = {
    credentialSource,
    chain: [...chain, ...roles],
    region: rule.region,
    endpoints: rule.endpoints ?? {},
  };
  requirePartition(access, identity.kind === "pod" ? formatServiceAccount(identity.pod) : undefined, around);
  return access;
}

function nodeSource(rule: AwsRule): {
  readonly credentialSource: AwsCredentialSource;
  readonly chain: readonly AwsRole[];
} {
  const { roleArn: arn, externalId, profile, configFile } = rule;
  const subject = parseSubjectTokenSource(rule.subjectToken, [rule.subjectTokenAudience ?? STS_AUDIENCE]);
  if (subject !== undefined && arn !== undefined)
    return {
      credentialSource: { kind: "web-identity", role: { arn, sessionName: undefined }, subject },
      chain: [],
    };
  const chain = arn === undefined ? [] : [{ arn, externalId, sessionName: undefined }];
  return { credentialSource: { kind: "node", profile, configFile }, chain };
}

function podSource(pod: Pod, asker: LoginContext, around: AwsSurroundings): AwsCredentialSource | undefined {
  const rule = asker.rule?.aws;
  if (rule?.podIdentity) {
    requireTokenAudience(pod, [rule.subjectTokenAudience ?? POD_IDENTITY_AUDIENCE]);
    return { kind: "pod-identity", pod };
  }
  const arn =
    asker.rule === undefined ? upstreamRole(pod, around) : (annotatedRole(pod, asker) ?? rule?.roleArn);
  if (arn === undefined) return undefined;
  // Without a rule, the role's own trust policy decides on the audience, as it does upstream.
  const audiences = asker.rule === undefined ? [] : [rule?.subjectTokenAudience ?? STS_AUDIENCE];
  requireTokenAudience(pod, audiences);
  return {
    kind: "web-identity",
    role: { arn, sessionName: sessionNameOf(pod) },
    subject: { kind: "request", pod },
  };
}

/** As upstream's plugin has it: its annotation, or else its variable. */
function upstreamRole(pod: Pod, { defaultRole }: AwsSurroundings): string | undefined {
  const annotated = readAnnotation(pod, ["eks.amazonaws.com/ecr-role-arn"], ROLE);
  if (annotated !== undefined || !defaultRole || ROLE.test(defaultRole))
    return annotated ?? (defaultRole || undefined);
  throw new ProviderError("environment-invalid", {
    detail: "AWS_ECR_ROLE_ARN is not the ARN of an IAM role",
    identity: formatServiceAccount(pod),
  });
}

function annotatedRole(pod: Pod, { rule }: LoginContext): string | undefined {
  const say = {
    patterns: rule?.allow?.annotationRoles,
    hasDefaultIdentity: rule?.aws?.roleArn !== undefined,
  };
  return annotatedBy(
    pod,
    say,
    () => readAnnotation(pod, ROLE_KEYS, ROLE),
    (arn) => arn,
  );
}

/** All its roles are of the registry's partition: STS knows no other, and a login of another is worth nothing there. */
function requirePartition(
  { credentialSource, chain }: AwsIdentity,
  identity: string | undefined,
  { partition }: AwsSurroundings,
): void {
  const roles = credentialSource.kind === "web-identity" ? [credentialSource.role, ...chain] : chain;
  const foreign = roles.find(({ arn }) => arn.split(":")[1] !== partition);
  if (foreign === undefined) return;
  const detail = `${quoteValue("arn", foreign.arn)} is not of the registry's ${partition}`;
  throw new ProviderError("aws-role-partition-mismatch", { detail, identity });
}

/** STS takes 2 to 64 letters of these (its API reference, `RoleSessionName`); names of Kubernetes hold no others. */
function sessionNameOf({ namespace, serviceAccount }: Pod): string {
  return `${namespace}.${serviceAccount}`.slice(0, 64);
}
