/**
 * Runs the fake clouds for a program in another language: `clouds.ts`, or `clouds.ts SCENARIO FOLDER` for those of a
 * scenario, whose files are then written to the folder. The first line of stdout has the environment of a client in each
 * cloud, or the scenario's node and its pulls; after that, each line on stdin is a command with one line of response. The
 * clouds stop when stdin ends.
 */
import { createInterface } from "node:readline";
import { type Cloud, type Fault, startCloud } from "../cloud/cloud.ts";
import type { SubjectToken } from "../cloud/oidc.ts";

type Command =
  | { readonly fault: readonly [where: string, fault: Fault, times?: number] }
  | { readonly login: readonly [image: string, username: string, password: string] }
  | { readonly token: SubjectToken }
  | { readonly requests: true }
  | { readonly canaries: true };

async function obey(command: Command, cloud: Cloud): Promise<unknown> {
  if ("fault" in command) return cloud.fault(...command.fault) ?? true;
  if ("login" in command) return cloud.login(...command.login);
  if ("token" in command) return cloud.serviceAccountToken(command.token);
  if ("requests" in command) return cloud.requests.map(({ service, step }) => `${service}/${step}`);
  return cloud.canaries;
}

function say(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

async function startAll(): Promise<Cloud> {
  const cloud = await startCloud();
  say({ env: { aws: cloud.env("aws"), google: cloud.env("google"), azure: cloud.env("azure") } });
  return cloud;
}

async function startScenario(name: string, folder: string): Promise<Cloud> {
  // Only here: it reads much more of the tests than clouds take.
  const { layFiles, nodeEnv, plannedPulls, playOf } = await import("./scenario.ts");
  const play = playOf(name);
  const cloud = await startCloud(play.cloud);
  await layFiles(play, cloud, folder);
  say({ env: { node: nodeEnv(play, cloud) }, pulls: plannedPulls(play) });
  return cloud;
}

const [scenario, folder = "."] = process.argv.slice(2);
const cloud = await (scenario === undefined ? startAll() : startScenario(scenario, folder));
for await (const line of createInterface({ input: process.stdin })) say(await obey(JSON.parse(line), cloud));
await cloud.stop();
