/** The requesting identities: the source of the subject token, and the audience's name at its issuer. */
import type { EnvName } from "../cloud/cloud.ts";
import { GOOGLE_ISSUER } from "../cloud/google-tokens.ts";
import { SUBJECT } from "../cloud/oidc.ts";
import { OUTBOUND_ISSUER } from "../cloud/sts-outbound.ts";
import { TENANT } from "../transcripts/answers.ts";
import { STS_REFUSALS, type Target } from "./targets.ts";

export interface Issuer {
  readonly issuer: string;
  readonly subject: string;
  /** Replaces the issuer when Google asks AWS for the signer. */
  readonly awsAccount?: string;
}

export interface Source extends Issuer {
  /** `subjectToken` of the rule; undefined: the pod's. */
  readonly setting?: string;
  /** The ServiceAccount's annotations name the identity instead of the rule. */
  readonly byAnnotation?: boolean;
  /** The targets that trust this issuer without configuration, so that only the subject is checked. */
  readonly isBuiltInAt?: Target["refusals"];
  readonly node: EnvName | null;
  /** The audience that the rule must set. */
  readonly audience?: string;
  /** The `service/step` that issues the token or the keys that sign it; undefined for tokens of the cluster. */
  readonly issuedBy?: string;
}

const CLUSTER = { issuer: "https://oidc.cluster.example", subject: SUBJECT, node: null } as const;

export const IDENTITIES: Readonly<Record<string, Source>> = {
  "pod, by rule": CLUSTER,
  "pod, by annotation": { ...CLUSTER, byAnnotation: true },
  "token file": { ...CLUSTER, setting: "file:DIR/token" },
  "AWS node": {
    setting: "aws",
    issuer: OUTBOUND_ISSUER,
    subject: "arn:aws:iam::123456789012:role/node-role",
    node: "aws",
    issuedBy: "sts/GetWebIdentityToken",
  },
  "AWS node, signed": {
    setting: "aws-signed",
    issuer: "",
    awsAccount: "123456789012",
    subject: "arn:aws:sts::123456789012:assumed-role/node-role/i-0123456789",
    node: "aws",
    issuedBy: "imds/credentials",
  },
  "Google node": {
    setting: "google",
    issuer: GOOGLE_ISSUER,
    subject: "104023876223456789012",
    node: "google",
    issuedBy: "gce/identity",
    isBuiltInAt: STS_REFUSALS,
  },
  "Azure node": {
    setting: "azure",
    issuer: `https://sts.windows.net/${TENANT}/`,
    subject: "22222222-0000-4000-8000-000000000001",
    node: "azure",
    audience: "api://federation",
    issuedBy: "azure-imds/token",
  },
};
