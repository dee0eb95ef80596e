import { GOOGLE_PLAYS } from "./google.ts";
import { playScenarios } from "./play.ts";

playScenarios(GOOGLE_PLAYS);
