/**
 * Every target × every identity × everything that may be wrong with it: what must come of it, and how it is set up. The
 * cells are generated; `play.ts` runs each, and docs/identities.md shows their table.
 */
import type { ErrorCode } from "../../src/errors.ts";
import type { CloudOptions, Fault } from "../cloud/cloud.ts";
import type { SubjectToken } from "../cloud/oidc.ts";
import { IDENTITIES, type IdentityName, type Source } from "./identities.ts";
import { TARGETS, type Target, type TargetName, type Trust } from "./targets.ts";

export const OUTCOMES = [
  "works",
  "wrong audience",
  "untrusted issuer",
  "wrong subject",
  "expired",
  "refused by policy",
  "service down",
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** What must come of a cell; undefined: there is no such thing. */
export type Ending = ErrorCode | "login" | undefined;

export interface Cell {
  readonly target: TargetName;
  readonly identity: IdentityName;
  readonly outcome: Outcome;
  readonly ending: Ending;
}

export const CELLS: readonly Cell[] = namesOf(TARGETS).flatMap((target) =>
  namesOf(IDENTITIES).flatMap((identity) =>
    OUTCOMES.map((outcome) => ({ target, identity, outcome, ending: endingOf(target, identity, outcome) })),
  ),
);

function namesOf<Name extends string>(table: Readonly<Record<Name, unknown>>): readonly Name[] {
  const isName = (name: string): name is Name => Object.hasOwn(table, name);
  return Object.keys(table).filter(isName);
}

function endingOf(target: TargetName, identity: IdentityName, outcome: Outcome): Ending {
  const [{ refusals, annotated }, { made }] = [TARGETS[target], IDENTITIES[identity]];
  if (identity === "AWS node, signed" && !target.startsWith("Artifact")) return undefined;
  if (identity === "pod, by annotation" && annotated === undefined) return undefined;
  const isPod = identity.startsWith("pod");
  // AWS knows Google's issuer without a provider in the account: only the role's trust policy is asked.
  const isBuiltIn = identity === "Google node" && target.startsWith("ECR");
  switch (outcome) {
    case "works":
      return "login";
    case "wrong audience":
      if (made !== undefined) return isBuiltIn ? refusals.subject : refusals.audience;
      return isPod ? "pod-token-audience" : "subject-token-file";
    case "untrusted issuer":
      return isBuiltIn ? refusals.subject : refusals.issuer;
    case "wrong subject":
      return refusals.subject;
    case "expired":
      if (identity === "AWS node, signed") return "google-federation-refused";
      if (made !== undefined) return "token-expired";
      return isPod ? "pod-token-expired" : "subject-token-file";
    case "refused by policy":
      if (identity === "pod, by annotation") return "annotation-not-allowed";
      return isPod ? "service-account-not-allowed" : "repository-not-allowed";
    case "service down":
      return "cloud-unavailable";
  }
}

/** How a cell is set up. */
export interface Stage {
  readonly image: string;
  readonly cloud: CloudOptions;
  /** The configuration file, as JSON, with `FILE` for the path of the token's file. */
  readonly config: object;
  /** In the request, or in the file. */
  readonly token: SubjectToken;
  readonly annotations: Readonly<Record<string, string>>;
  readonly fault?: readonly [where: string, fault: Fault];
}

export function stageOf({ target: targetName, identity, outcome }: Cell): Stage {
  const [target, source] = [TARGETS[targetName], IDENTITIES[identity]];
  const audience = source.audience ?? target.audience;
  const wrong = outcome === "wrong audience";
  const fault = faultOf(outcome, target, source);
  return {
    image: target.image,
    cloud: merged(
      { azure: { applications: [{ uri: "api://federation" }, { uri: "api://elsewhere" }] } },
      target.trusting(trustIn(outcome, source, audience)),
    ),
    config: configOf(target, identity, outcome),
    token: {
      audience: wrong ? "https://elsewhere.example" : audience,
      life: outcome === "expired" ? -60 : 3600,
    },
    annotations: identity === "pod, by annotation" ? (target.annotated?.annotations ?? {}) : {},
    ...(fault === undefined ? {} : { fault }),
  };
}

/** Of another issuer or subject, or for another audience, where the token itself cannot be wrong. */
function trustIn(outcome: Outcome, { issuer, subject, awsAccount }: Source, audience: string): Trust {
  const own = { issuer, subject, audience, ...(awsAccount === undefined ? {} : { awsAccount }) };
  switch (outcome) {
    case "untrusted issuer":
      return awsAccount === undefined
        ? { ...own, issuer: "https://issuer.elsewhere.example" }
        : { ...own, awsAccount: "999999999999" };
    case "wrong subject":
      return { ...own, subject: "somebody-else" };
    default:
      return own;
  }
}

function configOf(target: Target, identity: IdentityName, outcome: Outcome): object {
  const { setting, audience, made } = IDENTITIES[identity];
  const elsewhere = made !== undefined && outcome === "wrong audience";
  const subjectTokenAudience = elsewhere ? "api://elsewhere" : audience;
  const subject = {
    ...(setting === undefined ? {} : { subjectToken: setting }),
    ...(subjectTokenAudience === undefined ? {} : { subjectTokenAudience }),
  };
  const isPod = identity.startsWith("pod");
  const settings = identity === "pod, by annotation" ? (target.annotated?.rule ?? {}) : target.rule(subject);
  const rule = { match: [target.image.split("/")[0]], ...(isPod ? { identity: "pod" } : {}), ...settings };
  const rules = [outcome === "refused by policy" ? { ...rule, allow: refusing(target, identity) } : rule];
  return { apiVersion: "registry-credential-provider/v1", kind: "Config", rules };
}

/** A policy that is for others. */
function refusing(target: Target, identity: IdentityName): object {
  if (identity === "pod, by rule") return { serviceAccounts: ["elsewhere/*"] };
  if (identity !== "pod, by annotation") return { repositories: ["elsewhere"] };
  const lists: Readonly<Record<string, string>> = {
    AWS: "annotationRoles",
    oauth2accesstoken: "annotationServiceAccounts",
  };
  return { [lists[target.username] ?? "annotationClients"]: ["elsewhere/*"] };
}

function faultOf(outcome: Outcome, { exchange }: Target, { made }: Source): Stage["fault"] {
  if (outcome === "service down") return [exchange, { kind: "status", status: 503 }];
  return outcome === "expired" && made !== undefined ? [made, { kind: "expired" }] : undefined;
}

/** One level deeper than a spread. */
function merged(one: CloudOptions, other: CloudOptions): CloudOptions {
  return { ...one, ...other, azure: { ...one.azure, ...other.azure } };
}
