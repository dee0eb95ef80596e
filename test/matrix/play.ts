import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Cloud, startCloud } from "../cloud/cloud.ts";
import { decodeResponse } from "../kubelet/decode-response.ts";
import { encodeRequest } from "../kubelet/encode-request.ts";
import type { Run } from "../kubelet/execute.ts";
import type { Cell, Stage } from "./cells.ts";

const API_VERSION = "credentialprovider.kubelet.k8s.io/v1";

/** Runs the executable, or the program in this process. */
export type RunCell = (call: {
  readonly stdin: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly caFile: string;
}) => Promise<Run>;

/** Runs a cell and compares the result with its expectation. A login is tried at the registry. */
export async function playCell({ stage, ending }: Cell, run: RunCell): Promise<void> {
  const cloud = await startCloud(stage.cloud);
  const folder = await mkdtemp(join(tmpdir(), "matrix-"));
  try {
    const config = await writeFiles(stage, cloud, folder);
    if (stage.fault !== undefined) cloud.fault(...stage.fault);
    const env = { ...cloud.env(stage.node ?? undefined), ...(stage.node === null ? NO_CLOUD : {}) };
    const call = {
      stdin: buildRequest(stage, cloud),
      args: [`--config=${config}`],
      env,
      caFile: cloud.caFile,
    };
    await assertEnding(stage, ending, cloud, await run(call));
  } finally {
    await cloud.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const NO_CLOUD = { REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: "none" };
/** Outcomes that the request and the rule decide before any service is requested. */
const DECIDED_WITHOUT_REQUESTS: readonly string[] = [
  "pod-token-wrong-audience",
  "pod-token-expired",
  "subject-token-file-invalid",
  "service-account-not-allowed",
  "repository-not-allowed",
  "annotation-not-allowed",
];

/** Writes the files of a cell. Returns the path of the configuration. */
async function writeFiles({ image, rule, files }: Stage, cloud: Cloud, folder: string): Promise<string> {
  for (const [name, text] of Object.entries(files?.(cloud) ?? {}))
    await writeFile(join(folder, name), text, { mode: 0o600 });
  const rules = [{ match: [image.split("/")[0]], ...rule }];
  const config = { apiVersion: "registry-credential-provider/v1", kind: "Config", rules };
  const path = join(folder, "config.json");
  await writeFile(path, JSON.stringify(config).replaceAll("DIR/", `${folder}/`), { mode: 0o600 });
  return path;
}

function buildRequest({ image, pod }: Stage, cloud: Cloud): string {
  if (pod === undefined) return encodeRequest({ apiVersion: API_VERSION, image });
  return encodeRequest({
    apiVersion: API_VERSION,
    image,
    serviceAccountToken: cloud.serviceAccountToken(pod.token),
    serviceAccountAnnotations: pod.annotations ?? {},
  });
}

async function assertEnding(
  { image, username }: Stage,
  ending: Cell["ending"],
  cloud: Cloud,
  run: Run,
): Promise<void> {
  const stderr = run.stderr.toString();
  if (ending !== "login") {
    const code = /\[code ([a-z0-9-]+), stage [a-z]+\]$/.exec(stderr)?.[1];
    assert.deepEqual([code, run.stdout.toString()], [ending, ""], stderr);
    if (DECIDED_WITHOUT_REQUESTS.includes(ending))
      assert.equal(cloud.requests.length, 0, "a service was contacted");
    return;
  }
  assert.equal(run.status, 0, stderr);
  const { auth } = decodeResponse(run.stdout, { apiVersion: API_VERSION });
  const login = auth.get(image.split("/")[0] ?? "");
  assert.equal(login?.username, username);
  const { status, detail } = await cloud.login(image, username, login?.password ?? "");
  assert.equal(status, 200, detail);
}
