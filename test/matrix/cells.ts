/**
 * Every target × every identity × everything that may be wrong with it: what must come of it, and how it is set up. The
 * cells are generated; `play.ts` runs each, and docs/reference/identities.md shows their table.
 */
import type { ErrorCode } from "../../src/errors/provider-error.ts";
import type { Cloud, CloudOptions, EnvName, Fault } from "../cloud/cloud.ts";
import type { SubjectToken } from "../cloud/oidc.ts";
import { federatedCells } from "./federated.ts";
import { nativeCells } from "./natives.ts";

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
  /** The expected outcome. */
  readonly ending: ErrorCode | "login";
  readonly stage: Stage;
}

/** How a cell is set up. */
export interface Stage {
  readonly image: string;
  readonly username: string;
  readonly cloud: CloudOptions;
  /** The cloud of the node; null: none. */
  readonly node: EnvName | null;
  /** The one rule, beside its `match`. In it `DIR/` stands for the folder of the files. */
  readonly rule: object;
  /** The pod's token in the request, if a pod requests. */
  readonly pod?: {
    readonly token: SubjectToken;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly files?: (cloud: Cloud) => Readonly<Record<string, string>>;
  readonly env?: (cloud: Cloud) => Readonly<Record<string, string>>;
  readonly fault?: readonly [where: string, fault: Fault];
  /** MSAL keeps it for the life of a process: each cell needs one of its own. */
  readonly ownProcess?: boolean;
}

export const CELLS: readonly Cell[] = [...nativeCells(), ...federatedCells()];
