import { type Milliseconds, SECOND } from "./time.ts";

/** The whole run; the kubelet kills at 60 s, and then nobody says what hung. */
export const OVERALL: Milliseconds = 45 * SECOND;
