/**
 * The matrix of targets, identities and outcomes. Each cell has a setup and an expected result. The cells are generated;
 * `play.ts` runs them, and docs/reference/identities.md shows their table.
 */
import type { ErrorCode } from "../../src/errors/provider-error.ts";
import type { Cloud, CloudOptions, EnvName, Fault } from "../cloud/cloud.ts";
import type { SubjectToken } from "../cloud/oidc.ts";
import { buildFederatedCells } from "./federated.ts";
import { buildNativeCells } from "./natives.ts";

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

export interface Cell {
  readonly target: string;
  readonly identity: string;
  readonly outcome: Outcome;
  /** The expected result. */
  readonly ending: ErrorCode | "login";
  readonly stage: Stage;
}

/** The setup of a cell. */
export interface Stage {
  readonly image: string;
  readonly username: string;
  readonly cloud: CloudOptions;
  /** The cloud of the node; null: none. */
  readonly node: EnvName | null;
  /** The only rule, without its `match`. `DIR/` is replaced by the folder of the files. */
  readonly rule: object;
  /** The pod's token in the request, if a pod requests. */
  readonly pod?: {
    readonly token: SubjectToken;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly files?: (cloud: Cloud) => Readonly<Record<string, string>>;
  readonly env?: (cloud: Cloud) => Readonly<Record<string, string>>;
  readonly fault?: readonly [where: string, fault: Fault];
  /** MSAL caches the token in the process, so the cell needs a process of its own. */
  readonly ownProcess?: boolean;
}

export const CELLS: readonly Cell[] = [...buildNativeCells(), ...buildFederatedCells()];
