/**
 * Starts the fake clouds for the tests in Go: `clouds.ts`, or `clouds.ts SCENARIO FOLDER` for the clouds of a scenario; its files
 * are written to the folder. The first line of stdout contains the environment of a node in each cloud, or the environment and the
 * pulls of the scenario. Then each line of stdin is a command with one line of output. The clouds stop at the end of stdin.
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

async function execute(command: Command, cloud: Cloud): Promise<unknown> {
  if ("fault" in command) return cloud.fault(...command.fault) ?? true;
  if ("login" in command) return cloud.login(...command.login);
  if ("token" in command) return cloud.serviceAccountToken(command.token);
  if ("requests" in command) return cloud.requests.map(({ service, step }) => `${service}/${step}`);
  return cloud.canaries;
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

async function startAll(): Promise<Cloud> {
  const cloud = await startCloud();
  print({ env: { aws: cloud.env("aws"), google: cloud.env("google"), azure: cloud.env("azure") } });
  return cloud;
}

async function startScenario(name: string, folder: string): Promise<Cloud> {
  // Loaded only here, because it imports large parts of the tests.
  const { writeFiles, nodeEnv, plannedPulls, findPlay } = await import("./scenario.ts");
  const play = findPlay(name);
  const cloud = await startCloud(play.cloud);
  await writeFiles(play, cloud, folder);
  print({ env: { node: nodeEnv(play, cloud) }, pulls: plannedPulls(play) });
  return cloud;
}

const [scenario, folder = "."] = process.argv.slice(2);
const cloud = await (scenario === undefined ? startAll() : startScenario(scenario, folder));
for await (const line of createInterface({ input: process.stdin }))
  print(await execute(JSON.parse(line), cloud));
await cloud.stop();
