/** All places where an operator may put a secret by mistake. */
import type { Cloud } from "../cloud/cloud.ts";
import { buildArgumentRows } from "./arguments.ts";
import type { Canary } from "./canary.ts";
import { buildPlay, NAMES } from "./environment.ts";
import { FILE_ROWS } from "./files.ts";
import { IMAGES, type Play } from "./play.ts";

export interface Place {
  readonly name: string;
  play(canary: Canary, cloud: Cloud, write: (text: string) => string): Play;
}

const VARIABLES: readonly Place[] = NAMES.map((name) => ({
  name,
  play: (canary, cloud) => buildPlay(name, canary, cloud),
}));

const ARGUMENTS: readonly Place[] = buildArgumentRows().map((argumentsWith, index) => ({
  name: `arguments ${index}`,
  play: (canary, cloud) => ({ image: IMAGES.azure, args: argumentsWith(canary), env: cloud.env("azure") }),
}));

export const PLACES: readonly Place[] = [...VARIABLES, ...ARGUMENTS, ...FILE_ROWS];
