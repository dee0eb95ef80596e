import { AZURE_PLAYS } from "./azure.ts";
import { playScenarios } from "./play.ts";

playScenarios(AZURE_PLAYS);
