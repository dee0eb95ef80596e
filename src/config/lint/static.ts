import { HOUR, type Milliseconds } from "../../core/time.ts";
import { parseDuration } from "../duration.ts";
import type { Rule } from "../schema.ts";
import { type Check, createExclusiveChecks, hasSetting, isForPods } from "./check.ts";

const USERS = ["username", "usernameFile"] as const;
const PASSWORDS = ["passwordFile", "passwordEnv"] as const;
/** A replaced password file takes effect within a day. */
const MAX_CACHE_DURATION: Milliseconds = 24 * HOUR;

export const STATIC_CHECKS: readonly Check[] = [
  {
    path: ["identity"],
    isViolated: isForPods,
    message: "not allowed with static: use allow.serviceAccounts to restrict which pods may use the login",
  },
  {
    path: ["static"],
    isViolated: (rule) => rule.static?.dockerConfig === undefined && !hasAny(rule, PASSWORDS),
    message: "requires dockerConfig, or a user name with passwordFile or passwordEnv",
  },
  {
    path: ["static"],
    isViolated: (rule) => hasAny(rule, PASSWORDS) && !hasAny(rule, USERS),
    message: "a password requires username or usernameFile",
  },
  {
    path: ["static", "dockerConfig"],
    isViolated: (rule) => hasAny(rule, [...USERS, ...PASSWORDS]),
    message: "not allowed with a separate user name or password: remove one of the two",
  },
  ...createExclusiveChecks("static", USERS),
  ...createExclusiveChecks("static", PASSWORDS),
  {
    path: ["static", "cacheDuration"],
    isViolated: (rule) => parseDuration(rule.static?.cacheDuration ?? "") > MAX_CACHE_DURATION,
    message: "must not be longer than 24h",
  },
];

function hasAny(rule: Rule, keys: readonly string[]): boolean {
  return keys.some((key) => hasSetting(rule, ["static", key]));
}
