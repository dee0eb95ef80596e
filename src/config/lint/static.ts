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
    at: ["identity"],
    wrong: isForPods,
    says: "a login from a file is no pod's: remove identity; allow.serviceAccounts says which pods may use it",
  },
  {
    at: ["static"],
    wrong: (rule) => rule.static?.dockerConfig === undefined && count(rule, PASSWORDS) === 0,
    says: "no login is named: set dockerConfig, or a user name with passwordFile or passwordEnv",
  },
  {
    at: ["static"],
    wrong: (rule) => count(rule, PASSWORDS) > 0 && count(rule, USERS) === 0,
    says: "the password is without a user name: set username or usernameFile",
  },
  {
    at: ["static", "dockerConfig"],
    wrong: (rule) => rule.static?.dockerConfig !== undefined && count(rule, [...USERS, ...PASSWORDS]) > 0,
    says: "it holds user name and password: remove it, or the others",
  },
  {
    at: ["static", "usernameFile"],
    wrong: (rule) => count(rule, USERS) > 1,
    says: "the user name is there twice: remove it, or username",
  },
  {
    at: ["static", "passwordEnv"],
    wrong: (rule) => count(rule, PASSWORDS) > 1,
    says: "the password is there twice: remove it, or passwordFile",
  },
  {
    at: ["static", "cacheDuration"],
    wrong: (rule) => parseDuration(rule.static?.cacheDuration ?? "") > LONGEST,
    says: "the kubelet would keep the login for more than 24h",
  },
];

function count({ static: login }: Rule, keys: readonly (keyof NonNullable<Rule["static"]>)[]): number {
  return keys.filter((key) => login?.[key] !== undefined).length;
}
