/**
 * The clouds that exchange subject tokens: their trust settings, the rule that uses them, and their errors for a wrong
 * token.
 */
import type { ErrorCode } from "../../src/errors/provider-error.ts";
import type { CloudOptions } from "../cloud/cloud.ts";
import { ACR, APP, ECR, ECR_PUBLIC, PKG_DEV, TENANT } from "../transcripts/answers.ts";

/** The issuers that the target cloud trusts. */
export interface Trust {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
  /** Replaces the issuer when Google asks AWS for the signer. */
  readonly awsAccount?: string;
}

/** `subjectToken` and `subjectTokenAudience` of a rule. */
export interface SubjectSettings {
  readonly subjectToken?: string;
  readonly subjectTokenAudience?: string;
}

/** Annotations that name an identity, a rule that allows them, and a policy that refuses them. */
interface Annotated {
  readonly annotations: Readonly<Record<string, string>>;
  readonly rule: object;
  readonly refusingPolicy: object;
}

export interface Target {
  readonly image: string;
  readonly username: string;
  /** The audience of a token if the rule does not set one. */
  readonly audience: string;
  /** `service/step` of the exchange. */
  readonly exchange: string;
  readonly buildTrustOptions: (trust: Trust) => CloudOptions;
  /** The target accepts a signed AWS request as a subject token. */
  readonly acceptsSignedRequests?: boolean;
  readonly rule: (subject: SubjectSettings) => object;
  /** Undefined if annotations cannot name an identity of this target. */
  readonly annotated: Annotated | undefined;
  /** The errors of the exchange for a token with another audience, issuer or subject. */
  readonly refusals: Readonly<Record<"audience" | "issuer" | "subject", ErrorCode>>;
}

const POOL = "projects/123456/locations/global/workloadIdentityPools/pool";
const PROVIDER = `${POOL}/providers/provider`;
const ROLE = "arn:aws:iam::123456789012:role/puller";
const ACCOUNT = "puller@shop-1.iam.gserviceaccount.com";

export const STS_REFUSALS = {
  audience: "aws-sts-token-rejected",
  issuer: "aws-sts-token-rejected",
  subject: "aws-sts-refused",
} as const;

const aws: Omit<Target, "image"> = {
  username: "AWS",
  audience: "sts.amazonaws.com",
  exchange: "sts/AssumeRoleWithWebIdentity",
  buildTrustOptions: ({ issuer, subject, audience }) => {
    const trustedTokens = { issuer, subjects: [subject], audiences: [audience] };
    return { aws: { roles: { puller: { permissions: ["*"], trustedTokens } } } };
  },
  rule: (subject) => ({ aws: { roleArn: ROLE, ...subject } }),
  annotated: {
    annotations: { "eks.amazonaws.com/ecr-role-arn": ROLE },
    rule: { allow: { annotationRoles: ["arn:aws:iam::123456789012:role/pull*"] } },
    refusingPolicy: { annotationRoles: ["arn:aws:iam::123456789012:role/elsewhere"] },
  },
  refusals: STS_REFUSALS,
};

const google: Omit<Target, "rule" | "annotated" | "refusals"> = {
  image: PKG_DEV,
  username: "oauth2accesstoken",
  audience: `https://iam.googleapis.com/${PROVIDER}`,
  exchange: "google-sts/token",
  acceptsSignedRequests: true,
  buildTrustOptions: ({ issuer, subject, audience, awsAccount }) => {
    const principal = `principal://iam.googleapis.com/${POOL}/subject/${subject}`;
    const provider =
      awsAccount === undefined
        ? { issuer, audiences: [audience], subjects: [subject] }
        : { awsAccount, subjects: [subject] };
    return {
      google: {
        providers: { [PROVIDER]: provider },
        pulls: [principal, ACCOUNT],
        impersonation: { [ACCOUNT]: [principal] },
      },
    };
  },
};

const GOOGLE_REFUSALS = {
  audience: "google-federation-refused",
  issuer: "google-federation-refused",
  subject: "google-federation-refused",
} as const;

export const TARGETS: Readonly<Record<string, Target>> = {
  ECR: { image: ECR, ...aws },
  "ECR Public": { image: ECR_PUBLIC, ...aws },
  "Artifact Registry": {
    ...google,
    rule: (subject) => ({ google: { workloadIdentityProvider: PROVIDER, ...subject } }),
    annotated: undefined,
    refusals: GOOGLE_REFUSALS,
  },
  "Artifact Registry, impersonating": {
    ...google,
    rule: (subject) => ({
      google: { workloadIdentityProvider: PROVIDER, serviceAccount: ACCOUNT, ...subject },
    }),
    annotated: {
      annotations: { "iam.gke.io/gcp-service-account": ACCOUNT },
      rule: {
        google: { workloadIdentityProvider: PROVIDER },
        allow: { annotationServiceAccounts: ["pull*@shop-1.iam.gserviceaccount.com"] },
      },
      refusingPolicy: { annotationServiceAccounts: ["elsewhere@shop-1.iam.gserviceaccount.com"] },
    },
    refusals: GOOGLE_REFUSALS,
  },
  ACR: {
    image: ACR,
    username: "00000000-0000-0000-0000-000000000000",
    audience: "api://AzureADTokenExchange",
    exchange: "entra/token",
    buildTrustOptions: ({ issuer, subject, audience }) => ({
      azure: { apps: [{ ...APP, federated: [{ issuer, subject, audience }] }] },
    }),
    rule: (subject) => ({ azure: { tenantId: TENANT, clientId: APP.clientId, ...subject } }),
    annotated: {
      annotations: {
        "azure.workload.identity/client-id": APP.clientId,
        "azure.workload.identity/tenant-id": TENANT,
      },
      rule: { allow: { annotationClients: [`${TENANT}/*`] } },
      refusingPolicy: { annotationClients: ["00000000-0000-4000-8000-00000000000f/*"] },
    },
    refusals: {
      audience: "entra-no-federated-credential",
      issuer: "entra-no-federated-credential",
      subject: "entra-no-federated-credential",
    },
  },
};
