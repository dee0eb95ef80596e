/**
 * The fake clouds for a program in another language: the first line of stdout is `{"env": {…}}`, what a client needs to live in each cloud;
 * then each line of stdin is a command and has one line of answer. The clouds end with stdin.
 */
import { createInterface } from "node:readline";
import { type Fault, startCloud } from "../cloud/cloud.ts";

type Command =
  | { readonly fault: readonly [where: string, fault: Fault, times?: number] }
  | { readonly login: readonly [image: string, username: string, password: string] }
  | { readonly requests: true }
  | { readonly canaries: true };

const cloud = await startCloud();

async function obey(command: Command): Promise<unknown> {
  if ("fault" in command) return cloud.fault(...command.fault) ?? true;
  if ("login" in command) return cloud.login(...command.login);
  if ("requests" in command) return cloud.requests.map(({ service, step }) => `${service}/${step}`);
  return cloud.canaries;
}

function say(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

say({ env: { aws: cloud.env("aws"), google: cloud.env("google"), azure: cloud.env("azure") } });
for await (const line of createInterface({ input: process.stdin })) say(await obey(JSON.parse(line)));
await cloud.stop();
