import assert from "node:assert/strict";
import { HOUR } from "../../src/core/time.ts";
import type { ErrorCode } from "../../src/errors/provider-error.ts";
import type { Cloud } from "../cloud/cloud.ts";
import { encodeRequest } from "../kubelet/encode-request.ts";
import type { Run } from "../kubelet/execute.ts";
import { assertInvariants } from "../kubelet/invariants.ts";
import { answeredBy, canariesOf, contactsOf } from "../support/secrets.ts";
import type { Endpoint, Stand } from "./endpoints.ts";
import type { Ending, FaultRow } from "./matrix.ts";

export const API_VERSION = "credentialprovider.kubelet.k8s.io/v1";

export const requestFor = ({ image }: Endpoint, { token }: Stand): string =>
  encodeRequest({ apiVersion: API_VERSION, image, serviceAccountToken: token });

/**
 * The requests and tokens of the cloud before this cell. Later runs cannot know the secrets of earlier ones.
 */
export interface Before {
  readonly requests: number;
  readonly firstSecrets: number;
  readonly secrets: number;
}

const NOTHING: Before = { requests: 0, firstSecrets: 0, secrets: 0 };

/** Checks one finished cell against the invariants and the outcomes that its fault allows. */
export async function assertCell(
  endpoint: Endpoint,
  row: FaultRow,
  cloud: Cloud,
  run: Run,
  before: Before = NOTHING,
): Promise<void> {
  const { image, kind, where, hosts, username, also = [], harmless = [] } = endpoint;
  const host = image.split("/")[0] ?? "";
  const ending = classifyRun(run);
  const canaries = canariesOf(cloud).filter(
    (_, index) => index < before.firstSecrets || index >= before.secrets,
  );
  const password = ending === "login" ? decodePassword(run, host) : undefined;
  assertInvariants(run, {
    apiVersion: API_VERSION,
    image,
    isSupported: true,
    outcome: ending === "login" || ending === "anonymous" ? ending : "failure",
    canaries,
    loginCanaries: answeredBy(password, canaries),
    contacted: contactsOf(cloud, before.requests),
    allowedHosts: [...METADATA, ...hosts],
    now: Date.now(),
    expiresAt: Date.now() + 12 * HOUR,
  });
  const line = `${where}, ${row.name}: ${run.stderr}`;
  const allowed = harmless.includes(row.name) ? ["login"] : [...row[kind], ...also];
  assert.ok(allowed.includes(ending), `unexpected outcome ${ending}: ${line}`);
  if (ending === "anonymous") assert.equal(host, "public.ecr.aws", line);
  // Only the registry knows which login belongs to which image.
  if (password === undefined || row.fault.kind === "swapped") return;
  const { status, detail } = await cloud.login(image, username, password);
  assert.equal(status, 200, `${line} ${detail}`);
}

const METADATA = ["imds", "container", "gce", "azure-imds", "azure-arc"];

function classifyRun({ status, stdout, stderr }: Run): Ending {
  if (status === 0) return stdout.includes('"password"') ? "login" : "anonymous";
  const code = /\[code ([a-z0-9-]+), stage [a-z]+\]$/.exec(stderr.toString())?.[1];
  return isErrorCode(code) ? code : "internal";
}

const isErrorCode = (code: string | undefined): code is ErrorCode => code !== undefined;

function decodePassword({ stdout }: Run, host: string): string {
  const answer: unknown = JSON.parse(stdout.toString());
  const found = [answer, "auth", host, "password"].reduce((value: unknown, key) =>
    typeof value === "object" && value !== null
      ? Object.entries(value).find(([name]) => name === key)?.[1]
      : undefined,
  );
  return String(found);
}
