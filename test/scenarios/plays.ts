import { AWS_PLAYS } from "./aws.ts";
import { AZURE_PLAYS } from "./azure.ts";
import { FILE_PLAYS } from "./files.ts";
import { GOOGLE_PLAYS } from "./google.ts";
import { NETWORK_PLAYS } from "./networks.ts";
import { ON_PREMISES_PLAYS } from "./on-premises.ts";
import type { Play } from "./play.ts";

/** All plays, one for each folder of `config/scenarios/`. */
export const PLAYS: readonly Play[] = [
  ...AWS_PLAYS,
  ...AZURE_PLAYS,
  ...FILE_PLAYS,
  ...GOOGLE_PLAYS,
  ...NETWORK_PLAYS,
  ...ON_PREMISES_PLAYS,
];
