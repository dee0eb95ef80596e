/** Subject tokens of every source, exchanged at every target. */
import type { CloudOptions } from "../cloud/cloud.ts";
import { OUTBOUND_ISSUER } from "../cloud/sts-outbound.ts";
import { type Cell, OUTCOMES, type Outcome, type Stage } from "./cells.ts";
import { IDENTITIES, type Source } from "./identities.ts";
import { STS_REFUSALS, TARGETS, type Target, type Trust } from "./targets.ts";

export function federatedCells(): readonly Cell[] {
  return Object.entries(TARGETS).flatMap(([target, to]) =>
    Object.entries(IDENTITIES)
      .filter(([, from]) => fits(from, to))
      .flatMap(([identity, from]) =>
        OUTCOMES.map((outcome) => ({
          target,
          identity,
          outcome,
          ending: endingOf(to, from, outcome),
          stage: stageOf(to, from, outcome),
        })),
      ),
  );
}

/**
 * A signed request is Google's alone; AWS takes no token of its own; an annotation names a service account, where there is one
 * to be named.
 */
function fits(
  { awsAccount, byAnnotation, issuer }: Source,
  { takesSigned, annotated, refusals }: Target,
): boolean {
  if (issuer === OUTBOUND_ISSUER && refusals === STS_REFUSALS) return false;
  return (awsAccount === undefined || takesSigned === true) && (!byAnnotation || annotated !== undefined);
}

function endingOf({ refusals }: Target, from: Source, outcome: Outcome): Cell["ending"] {
  const { made, awsAccount, byAnnotation, setting } = from;
  const isPod = setting === undefined;
  switch (outcome) {
    case "works":
      return "login";
    case "wrong audience":
      if (made !== undefined) return refusalOf(refusals, from, "audience");
      return isPod ? "pod-token-wrong-audience" : "subject-token-file-invalid";
    case "untrusted issuer":
      return refusalOf(refusals, from, "issuer");
    case "wrong subject":
      return refusals.subject;
    case "expired":
      if (awsAccount !== undefined) return "google-federation-refused";
      if (made !== undefined) return "token-expired";
      return isPod ? "pod-token-expired" : "subject-token-file-invalid";
    case "refused by policy":
      if (byAnnotation) return "annotation-not-allowed";
      return isPod ? "service-account-not-allowed" : "repository-not-allowed";
    case "service down":
      return "cloud-unavailable";
  }
}

/** AWS knows Google's issuer without a provider in the account: only the role's trust policy is asked. */
function refusalOf(refusals: Target["refusals"], { isBuiltInAt }: Source, what: "audience" | "issuer") {
  return isBuiltInAt === refusals ? refusals.subject : refusals[what];
}

function stageOf(to: Target, from: Source, outcome: Outcome): Stage {
  const audience = from.audience ?? to.audience;
  const isElsewhere = outcome === "wrong audience" && from.made === undefined;
  const token = {
    audience: isElsewhere ? "https://elsewhere.example" : audience,
    life: outcome === "expired" ? -60 : 3600,
  };
  const isPod = from.setting === undefined;
  return {
    image: to.image,
    username: to.username,
    cloud: merged(APPLICATIONS, to.trusting(trustIn(outcome, from, audience))),
    node: from.node,
    rule: ruleFor(to, from, outcome),
    ...(isPod ? { pod: { token, annotations: (from.byAnnotation && to.annotated?.annotations) || {} } } : {}),
    files: (cloud) => ({ token: cloud.serviceAccountToken(token) }),
    ...faultOf(outcome, to, from),
    ownProcess: from.node === "azure",
  };
}

const APPLICATIONS = { azure: { applications: [{ uri: "api://federation" }, { uri: "api://elsewhere" }] } };

/** A token of another issuer or subject, for sources whose token itself cannot be wrong. */
function trustIn(outcome: Outcome, { issuer, subject, awsAccount }: Source, audience: string): Trust {
  const own = { issuer, subject, audience, ...(awsAccount === undefined ? {} : { awsAccount }) };
  if (outcome === "wrong subject") return { ...own, subject: "somebody-else" };
  if (outcome !== "untrusted issuer") return own;
  const other =
    awsAccount === undefined ? { issuer: "https://elsewhere.example" } : { awsAccount: "999999999999" };
  return { ...own, ...other };
}

function ruleFor(to: Target, from: Source, outcome: Outcome): object {
  const { setting, audience, made, byAnnotation } = from;
  const subjectTokenAudience =
    made !== undefined && outcome === "wrong audience" ? "api://elsewhere" : audience;
  const subject = {
    ...(setting === undefined ? {} : { subjectToken: setting }),
    ...(subjectTokenAudience === undefined ? {} : { subjectTokenAudience }),
  };
  const settings = byAnnotation ? (to.annotated?.rule ?? {}) : to.rule(subject);
  const rule = { ...(setting === undefined ? { identity: "pod" } : {}), ...settings };
  return outcome === "refused by policy" ? { ...rule, allow: refusing(to, from) } : rule;
}

/** A policy that is for others. */
function refusing({ annotated }: Target, { byAnnotation, setting }: Source): object {
  if (byAnnotation) return annotated?.forOthers ?? {};
  return setting === undefined ? { serviceAccounts: ["elsewhere/*"] } : { repositories: ["elsewhere"] };
}

function faultOf(outcome: Outcome, { exchange }: Target, { made }: Source): Pick<Stage, "fault"> {
  if (outcome === "service down") return { fault: [exchange, { kind: "status", status: 503 }] };
  return outcome === "expired" && made !== undefined ? { fault: [made, { kind: "expired" }] } : {};
}

/** Merges one level deeper than a spread. */
function merged(one: CloudOptions, other: CloudOptions): CloudOptions {
  return { ...one, ...other, azure: { ...one.azure, ...other.azure } };
}
