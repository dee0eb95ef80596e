import { FILE_PLAYS } from "./files.ts";
import { playScenarios } from "./play.ts";

playScenarios(FILE_PLAYS);
