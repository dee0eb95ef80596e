import { fullConfig } from "../../src/config/host-config.ts";
import { createPolicy } from "../../src/config/parse-rules.ts";
import type { Policy } from "../../src/config/policy.ts";
import type { Mirror, Rule } from "../../src/config/schema.ts";

/** The policy of these rules and mirrors, without validation. */
export function policyWith(rules: readonly Rule[], mirrors: readonly Mirror[] = []): Policy {
  return createPolicy(
    fullConfig({ apiVersion: "registry-credential-provider/v1", kind: "Config", rules, mirrors }),
  );
}
