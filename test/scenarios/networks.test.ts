import { NETWORK_PLAYS } from "./networks.ts";
import { playScenarios } from "./play.ts";

playScenarios(NETWORK_PLAYS);
