import { HOUR, type Milliseconds } from "../../core/time.ts";
import { parseDuration } from "../duration.ts";
import type { Rule } from "../schema.ts";
import { type Check, isForPods } from "./check.ts";

const USERS = ["username", "usernameFile"] as const;
const PASSWORDS = ["passwordFile", "passwordEnv"] as const;
/** A file that is exchanged takes effect within a day at the latest. */
const LONGEST: Milliseconds = 24 * HOUR;

export const STATIC_CHECKS: readonly Check[] = [
  {
    path: ["identity"],
    isViolated: isForPods,
    message:
      "a login from a file is no pod's: remove identity; allow.serviceAccounts says which pods may use it",
  },
  {
    path: ["static"],
    isViolated: (rule) => rule.static?.dockerConfig === undefined && count(rule, PASSWORDS) === 0,
    message: "no login is named: set dockerConfig, or a user name with passwordFile or passwordEnv",
  },
  {
    path: ["static"],
    isViolated: (rule) => count(rule, PASSWORDS) > 0 && count(rule, USERS) === 0,
    message: "the password is without a user name: set username or usernameFile",
  },
  {
    path: ["static", "dockerConfig"],
    isViolated: (rule) =>
      rule.static?.dockerConfig !== undefined && count(rule, [...USERS, ...PASSWORDS]) > 0,
    message: "it holds user name and password: remove it, or the others",
  },
  {
    path: ["static", "usernameFile"],
    isViolated: (rule) => count(rule, USERS) > 1,
    message: "the user name is there twice: remove it, or username",
  },
  {
    path: ["static", "passwordEnv"],
    isViolated: (rule) => count(rule, PASSWORDS) > 1,
    message: "the password is there twice: remove it, or passwordFile",
  },
  {
    path: ["static", "cacheDuration"],
    isViolated: (rule) => parseDuration(rule.static?.cacheDuration ?? "") > LONGEST,
    message: "the kubelet would keep the login for more than 24h",
  },
];

function count({ static: login }: Rule, keys: readonly (keyof NonNullable<Rule["static"]>)[]): number {
  return keys.filter((key) => login?.[key] !== undefined).length;
}
