import { AWS_PLAYS } from "./aws.ts";
import { playScenarios } from "./play.ts";

playScenarios(AWS_PLAYS);
