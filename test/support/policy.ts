import { policyOf } from "../../src/config/compile.ts";
import { wholeOf } from "../../src/config/part.ts";
import type { Policy } from "../../src/config/policy.ts";
import type { Mirror, Rule } from "../../src/config/schema.ts";

/** The policy of these rules and mirrors, which nobody has looked at. */
export function policyWith(rules: readonly Rule[], mirrors: readonly Mirror[] = []): Policy {
  return policyOf(wholeOf({ apiVersion: "registry-credential-provider/v1", kind: "Config", rules, mirrors }));
}
