import { ON_PREMISES_PLAYS } from "./on-premises.ts";
import { playScenarios } from "./play.ts";

playScenarios(ON_PREMISES_PLAYS);
