import type { Secret } from "../core/secret.ts";
import type { Milliseconds } from "../core/time.ts";
import { ProviderError } from "../errors/provider-error.ts";
import type { Pod } from "./pod.ts";

/** Where an OIDC token comes from that a cloud exchanges for an identity of its own. */
export type SubjectTokenSource =
  | { readonly kind: "request"; readonly pod: Pod }
  /** `audiences`: one of them must be the token's; none: whatever it is for. */
  | {
      readonly kind: "file";
      readonly path: string;
      /** The variable or key that names the file, for messages. */
      readonly setting: string;
      readonly audiences: readonly string[];
    }
  /** Made by the node's own cloud for this audience. `aws-signed` is a signed request for GetCallerIdentity, not a JWT. */
  | { readonly kind: NodeSource; readonly audience: string };

type NodeSource = "google" | "aws" | "aws-signed" | "azure";
const NODE_SOURCES: readonly NodeSource[] = ["google", "aws", "aws-signed", "azure"];

/** The pod whose token proves who asks, if one's does. */
export function podBehind(start: Start): Pod | undefined {
  return start.subject?.kind === "request" ? start.subject.pod : start.pod;
}

interface Start {
  readonly kind: string;
  readonly subject?: SubjectTokenSource;
  /** Shown to an agent of the node as it is. */
  readonly pod?: Pod;
}

export interface SubjectToken {
  readonly token: Secret;
  /** Wall clock; undefined where the token does not say. */
  readonly expiresAt: Milliseconds | undefined;
  /** Whose it is, for messages. */
  readonly identityLabel: string;
}

/** Gets the token of a source. Handed to the clouds, which know nothing of each other. */
export type GetSubjectToken = (source: SubjectTokenSource) => Promise<SubjectToken>;

/**
 * `subjectToken` of a rule as a source on the node; undefined for `request` and where it says nothing: only a pod has a token then.
 *
 * @param audiences whom it is to be for: what the rule says, or else what the target usually wants
 */
export function parseSubjectTokenSource(
  text: string | undefined,
  audiences: readonly string[],
): SubjectTokenSource | undefined {
  if (text === undefined || text === "request") return undefined;
  if (text.startsWith("file:"))
    return { kind: "file", path: text.slice("file:".length), setting: "subjectToken", audiences };
  const [audience = ""] = audiences;
  const kind = NODE_SOURCES.find((one) => one === text);
  if (kind !== undefined) return { kind, audience };
  throw new ProviderError("internal", { detail: "a subject token of an unknown kind" });
}
