/** Runs one case of the demo as the kubelet would, and compares the result with the promise of the case. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cloud, LoginCheck, RecordedRequest } from "../../test/cloud/cloud.ts";
import { type DecodedResponse, decodeResponse } from "../../test/kubelet/decode-response.ts";
import { encodeRequest } from "../../test/kubelet/encode-request.ts";
import { execute, type Run } from "../../test/kubelet/execute.ts";
import { EXECUTABLE } from "../../test/support/executable.ts";
import { withMemoryFolder } from "../../test/support/memory-folder.ts";
import type { Case } from "./cases.ts";

const API_VERSION = "credentialprovider.kubelet.k8s.io/v1";

export interface Result {
  readonly case: Case;
  readonly request: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
  readonly took: number;
  readonly response: DecodedResponse | undefined;
  readonly login: LoginCheck | undefined;
  readonly requests: readonly RecordedRequest[];
  /** The broken parts of the promise. */
  readonly breaches: readonly string[];
}

export async function runCase(one: Case, cloud: Cloud): Promise<Result> {
  const request = encodeRequest({
    apiVersion: API_VERSION,
    image: one.image,
    ...(one.podToken === undefined
      ? {}
      : { serviceAccountToken: cloud.serviceAccountToken({ audience: one.podToken }) }),
  });
  const { run, requests } = one.isSecondPull
    ? await runTwice(one, cloud, request)
    : await runOnce(one, cloud, request);
  const response = run.status === 0 ? decodeResponse(run.stdout, { apiVersion: API_VERSION }) : undefined;
  const login = await tryLogin(one, response, cloud);
  const result = {
    case: one,
    request: request.trimEnd(),
    stdout: run.stdout.toString("utf8").trimEnd(),
    stderr: run.stderr.toString("utf8"),
    status: run.status,
    took: run.wall,
    response,
    login,
    requests,
  };
  return { ...result, breaches: [...findBreaches(result), ...findLeaks(run, cloud)] };
}

interface ObservedRun {
  readonly run: Run;
  readonly requests: readonly RecordedRequest[];
}

/** Runs in an environment; by default in that of the fake clouds, which turns the cache off. */
async function runOnce(
  one: Case,
  cloud: Cloud,
  request: string,
  env = cloud.env(one.on),
): Promise<ObservedRun> {
  const before = cloud.requests.length;
  const run = await runWith(one.config, env, request);
  return { run, requests: cloud.requests.slice(before) };
}

function runTwice(one: Case, cloud: Cloud, request: string): Promise<ObservedRun> {
  return withMemoryFolder(async (folder) => {
    const env = { ...cloud.env(one.on), REGISTRY_CREDENTIAL_PROVIDER_CACHE: folder };
    await runOnce(one, cloud, request, env);
    return runOnce(one, cloud, request, env);
  });
}

/** Runs the program, with a configuration file if the case has one. */
async function runWith(config: object | undefined, env: Record<string, string>, stdin: string): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), "demo-"));
  try {
    const file = join(folder, "config.json");
    if (config !== undefined) writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
    const more = config === undefined ? [] : [`--config=${file}`];
    return await execute({
      path: EXECUTABLE,
      args: ["get-credentials", ...more],
      hostEnvironment: env,
      stdin,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function tryLogin({ image }: Case, response: DecodedResponse | undefined, cloud: Cloud) {
  const [auth] = response?.auth.values() ?? [];
  return auth && (await cloud.login(image, auth.username, auth.password));
}

function findBreaches(result: Omit<Result, "breaches">): readonly string[] {
  const { promise } = result.case;
  switch (promise.kind) {
    case "login":
      return findLoginBreaches(result, promise.username, promise.minutes);
    case "none":
      return [
        ...(result.status === 0 && result.response?.auth.size === 0
          ? []
          : ["an empty response was promised"]),
        ...(result.response?.cacheDuration === 0 ? [] : ["it has a cache duration"]),
        ...(result.requests.length === 0 ? [] : ["a cloud received a request"]),
      ];
    case "failure":
      return [
        ...(result.status === 1 && result.stdout === ""
          ? []
          : ["exit 1 with nothing on stdout was promised"]),
        ...(result.stderr.includes(`[code ${promise.code},`)
          ? []
          : [`the code ${promise.code} was promised`]),
        ...(result.requests.length > 0 === promise.sendsRequest
          ? []
          : [promise.sendsRequest ? "a request to a cloud was promised" : "no request was promised"]),
      ];
  }
}

function findLoginBreaches(
  { case: one, status, response, login, requests }: Omit<Result, "breaches">,
  username: string,
  [least, most]: readonly [number, number],
): readonly string[] {
  const entries = [...(response?.auth ?? [])];
  const minutes = (response?.cacheDuration ?? 0) / 60_000;
  return [
    ...(status === 0 && entries.length === 1 ? [] : ["one login was promised"]),
    ...(entries[0]?.[0] === one.image.split("/")[0] ? [] : ["the key is not the image's host"]),
    ...(entries[0]?.[1].username === username ? [] : [`the user name ${username} was promised`]),
    ...(minutes >= least && minutes <= most ? [] : [`${least} to ${most} minutes were promised`]),
    ...(one.isSecondPull && requests.length > 0 ? ["the second pull sent a request"] : []),
    ...(login?.ok === true ? [] : ["the registry refuses the login"]),
  ];
}

function findLeaks(run: Run, cloud: Cloud): readonly string[] {
  const stderr = run.stderr.toString("utf8");
  return cloud.canaries.some((canary) => stderr.includes(canary)) ? ["stderr contains a secret"] : [];
}
