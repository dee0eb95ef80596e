/** Subject tokens of every source, exchanged at every target. */
import type { CloudOptions } from "../cloud/cloud.ts";
import { OUTBOUND_ISSUER } from "../cloud/sts-outbound.ts";
import { type Cell, OUTCOMES, type Outcome, type Stage } from "./cells.ts";
import { IDENTITIES, type Source } from "./identities.ts";
import { STS_REFUSALS, TARGETS, type Target, type Trust } from "./targets.ts";

export function buildFederatedCells(): readonly Cell[] {
  return Object.entries(TARGETS).flatMap(([target, to]) =>
    Object.entries(IDENTITIES)
      .filter(([, from]) => isExchangeable(from, to))
      .flatMap(([identity, from]) =>
        OUTCOMES.map((outcome) => ({
          target,
          identity,
          outcome,
          ending: expectEnding(to, from, outcome),
          stage: buildStage(to, from, outcome),
        })),
      ),
  );
}

/**
 * Only Google accepts signed requests. AWS does not accept its own tokens. An annotation needs a target with an identity that it
 * can name.
 */
function isExchangeable(
  { awsAccount, byAnnotation, issuer }: Source,
  { acceptsSignedRequests, annotated, refusals }: Target,
): boolean {
  if (issuer === OUTBOUND_ISSUER && refusals === STS_REFUSALS) return false;
  return (
    (awsAccount === undefined || acceptsSignedRequests === true) && (!byAnnotation || annotated !== undefined)
  );
}

function expectEnding({ refusals }: Target, from: Source, outcome: Outcome): Cell["ending"] {
  const { issuedBy, awsAccount, byAnnotation, setting } = from;
  const isPod = setting === undefined;
  switch (outcome) {
    case "works":
      return "login";
    case "wrong audience":
      if (issuedBy !== undefined) return expectRefusal(refusals, from, "audience");
      return isPod ? "pod-token-wrong-audience" : "subject-token-file-invalid";
    case "untrusted issuer":
      return expectRefusal(refusals, from, "issuer");
    case "wrong subject":
      return refusals.subject;
    case "expired":
      if (awsAccount !== undefined) return "google-federation-refused";
      if (issuedBy !== undefined) return "token-expired";
      return isPod ? "pod-token-expired" : "subject-token-file-invalid";
    case "refused by policy":
      if (byAnnotation) return "annotation-not-allowed";
      return isPod ? "service-account-not-allowed" : "repository-not-allowed";
    case "service down":
      return "cloud-unavailable";
  }
}

/** AWS trusts Google's issuer without a provider in the account, so only the role's trust policy decides. */
function expectRefusal(refusals: Target["refusals"], { isBuiltInAt }: Source, what: "audience" | "issuer") {
  return isBuiltInAt === refusals ? refusals.subject : refusals[what];
}

function buildStage(to: Target, from: Source, outcome: Outcome): Stage {
  const audience = from.audience ?? to.audience;
  const isElsewhere = outcome === "wrong audience" && from.issuedBy === undefined;
  const token = {
    audience: isElsewhere ? "https://elsewhere.example" : audience,
    life: outcome === "expired" ? -60 : 3600,
  };
  const isPod = from.setting === undefined;
  return {
    image: to.image,
    username: to.username,
    cloud: mergeOptions(APPLICATIONS, to.buildTrustOptions(buildTrust(outcome, from, audience))),
    node: from.node,
    rule: buildRule(to, from, outcome),
    ...(isPod ? { pod: { token, annotations: (from.byAnnotation && to.annotated?.annotations) || {} } } : {}),
    files: (cloud) => ({ token: cloud.serviceAccountToken(token) }),
    ...selectFault(outcome, to, from),
    ownProcess: from.node === "azure",
  };
}

const APPLICATIONS = { azure: { applications: [{ uri: "api://federation" }, { uri: "api://elsewhere" }] } };

/** Trusts another issuer or subject, because the tokens of these sources are always correct. */
function buildTrust(outcome: Outcome, { issuer, subject, awsAccount }: Source, audience: string): Trust {
  const trust = { issuer, subject, audience, ...(awsAccount === undefined ? {} : { awsAccount }) };
  if (outcome === "wrong subject") return { ...trust, subject: "another-subject" };
  if (outcome !== "untrusted issuer") return trust;
  const other =
    awsAccount === undefined ? { issuer: "https://elsewhere.example" } : { awsAccount: "999999999999" };
  return { ...trust, ...other };
}

function buildRule(to: Target, from: Source, outcome: Outcome): object {
  const { setting, audience, issuedBy, byAnnotation } = from;
  const subjectTokenAudience =
    issuedBy !== undefined && outcome === "wrong audience" ? "api://elsewhere" : audience;
  const subject = {
    ...(setting === undefined ? {} : { subjectToken: setting }),
    ...(subjectTokenAudience === undefined ? {} : { subjectTokenAudience }),
  };
  const settings = byAnnotation ? (to.annotated?.rule ?? {}) : to.rule(subject);
  const rule = { ...(setting === undefined ? { identity: "pod" } : {}), ...settings };
  return outcome === "refused by policy" ? { ...rule, allow: buildRefusingPolicy(to, from) } : rule;
}

/** Returns a policy that refuses the identity. */
function buildRefusingPolicy({ annotated }: Target, { byAnnotation, setting }: Source): object {
  if (byAnnotation) return annotated?.refusingPolicy ?? {};
  return setting === undefined ? { serviceAccounts: ["elsewhere/*"] } : { repositories: ["elsewhere"] };
}

function selectFault(outcome: Outcome, { exchange }: Target, { issuedBy }: Source): Pick<Stage, "fault"> {
  if (outcome === "service down") return { fault: [exchange, { kind: "status", status: 503 }] };
  return outcome === "expired" && issuedBy !== undefined ? { fault: [issuedBy, { kind: "expired" }] } : {};
}

/** Merges one level deeper than a spread. */
function mergeOptions(one: CloudOptions, other: CloudOptions): CloudOptions {
  return { ...one, ...other, azure: { ...one.azure, ...other.azure } };
}
