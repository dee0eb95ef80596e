import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Cloud, startCloud } from "../cloud/cloud.ts";
import { decodeResponse } from "../kubelet/decode-response.ts";
import { encodeRequest } from "../kubelet/encode-request.ts";
import type { Run } from "../kubelet/execute.ts";
import { type Cell, stageOf } from "./cells.ts";
import { IDENTITIES } from "./identities.ts";
import { TARGETS } from "./targets.ts";

const API_VERSION = "credentialprovider.kubelet.k8s.io/v1";

/** One run: the executable, or the program in this process. */
export type RunCell = (call: {
  readonly stdin: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly caFile: string;
}) => Promise<Run>;

/** Plays one cell and holds what came of it against its ending: the login is tried at the registry itself. */
export async function playCell(cell: Cell, run: RunCell): Promise<void> {
  const stage = stageOf(cell);
  const { node, setting } = IDENTITIES[cell.identity];
  const cloud = await startCloud(stage.cloud);
  const folder = await mkdtemp(join(tmpdir(), "matrix-"));
  try {
    const token = cloud.serviceAccountToken(stage.token);
    const file = join(folder, "token");
    await writeFile(file, token, { mode: 0o600 });
    const config = join(folder, "config.json");
    await writeFile(config, JSON.stringify(stage.config).replaceAll("FILE", file), { mode: 0o600 });
    if (stage.fault !== undefined) cloud.fault(...stage.fault);
    const isPod = setting === undefined;
    const stdin = encodeRequest({
      apiVersion: API_VERSION,
      image: stage.image,
      ...(isPod ? { serviceAccountToken: token, serviceAccountAnnotations: stage.annotations } : {}),
    });
    const env = { ...cloud.env(node ?? undefined), ...(node === null ? NO_CLOUD : {}) };
    await assertEnding(
      cell,
      cloud,
      await run({ stdin, args: [`--config=${config}`], env, caFile: cloud.caFile }),
    );
  } finally {
    await cloud.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const NO_CLOUD = { REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: "none" };

async function assertEnding({ target, ending }: Cell, cloud: Cloud, run: Run): Promise<void> {
  const { image, username } = TARGETS[target];
  const stderr = run.stderr.toString();
  if (ending !== "login") {
    const code = /\[code ([a-z0-9-]+), stage [a-z]+\]$/.exec(stderr)?.[1];
    assert.deepEqual([code, run.stdout.toString()], [ending, ""], stderr);
    return;
  }
  assert.equal(run.status, 0, stderr);
  const { auth } = decodeResponse(run.stdout, { apiVersion: API_VERSION });
  const login = auth.get(image.split("/")[0] ?? "");
  assert.equal(login?.username, username);
  const { status, detail } = await cloud.login(image, username, login?.password ?? "");
  assert.equal(status, 200, detail);
}
