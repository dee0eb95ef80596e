import type { Secret } from "../core/secret.ts";
import type { Milliseconds } from "../core/time.ts";
import { ProviderError } from "../errors/provider-error.ts";
import type { Pod } from "./pod.ts";

/** The source of a subject token: an OIDC token that a cloud exchanges for credentials of its own. */
export type SubjectTokenSource =
  /** The ServiceAccount token in the kubelet's request. */
  | { readonly kind: "request"; readonly pod: Pod }
  /** `audiences`: the token must have one of them. */
  | {
      readonly kind: "file";
      readonly path: string;
      /** The variable or key that names the file, for messages. */
      readonly setting: string;
      readonly audiences: readonly string[];
    }
  /** Issued by the node's cloud for this audience. `aws-signed` is a signed GetCallerIdentity request, not a JWT. */
  | { readonly kind: NodeSource; readonly audience: string };

type NodeSource = "google" | "aws" | "aws-signed" | "azure";
const NODE_SOURCES: readonly NodeSource[] = ["google", "aws", "aws-signed", "azure"];

export interface SubjectToken {
  readonly token: Secret;
  /** Wall clock; undefined if the token does not state it. */
  readonly expiresAt: Milliseconds | undefined;
  /** The token's identity or file, for messages. */
  readonly identityLabel: string;
}

/** Gets the token of a source. A parameter of the clouds, because one cloud must not import another. */
export type GetSubjectToken = (source: SubjectTokenSource) => Promise<SubjectToken>;

/**
 * Parses a rule's `subjectToken`. Returns undefined for `request` and without a value: then only a pod has a token.
 *
 * @param audiences the rule's, or else the target's defaults; a cloud issues the token for the first one
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
  throw new ProviderError("internal", { detail: "unknown kind of subject token" });
}
