import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Milliseconds } from "../../src/core/time.ts";
import { getErrorDefinitions } from "../../src/errors/codes.ts";
import type { ErrorCode } from "../../src/errors/provider-error.ts";
import { isJsonObject } from "../../src/formats/json.ts";
import { type Cloud, type CloudOptions, type EnvName, type Fault, startCloud } from "../cloud/cloud.ts";
import type { SubjectToken } from "../cloud/oidc.ts";
import { encodeRaw } from "../kubelet/encode-request.ts";
import type { Run } from "../kubelet/execute.ts";
import { assertInvariants } from "../kubelet/invariants.ts";
import { runProvider } from "../support/provider.ts";
import { answeredBy, canariesOf, contactsOf } from "../support/secrets.ts";

/** The environment of one scene. */
export interface Place {
  readonly cloud: Cloud;
  /** Returns the path of a file of the scene. */
  file(name: string): string;
}

export type FaultAt = readonly [where: string, fault: Fault, times?: number];

/** One run of the real executable against a fake cloud, with everything that is visible from outside. */
export interface Scene {
  /** A sentence about the case and its result. */
  readonly name: string;
  readonly image: string;
  readonly version?: "v1" | "v1beta1" | "v1alpha1";
  /** Replaces the request that the kubelet would write. */
  readonly stdin?: string | Uint8Array;
  /** Puts the token of the ServiceAccount `shop/default`, for this audience, into the request. */
  readonly token?: boolean | SubjectToken;
  readonly annotations?:
    | Readonly<Record<string, string>>
    | ((place: Place) => Readonly<Record<string, string>>);
  /** The text of a configuration file, which `--config` names. */
  readonly config?: string | ((place: Place) => string);
  readonly args?: readonly string[] | ((place: Place) => readonly string[]);
  /** The cloud of the node; `null`: a node in no cloud, without metadata. Default: the image's cloud. */
  readonly node?: EnvName | null;
  /** The metadata address refuses connections. */
  readonly refused?: boolean;
  /** Added to the node's own variables; an empty value removes one of those. */
  readonly env?: Readonly<Record<string, string>> | ((place: Place) => Readonly<Record<string, string>>);
  readonly files?: Readonly<Record<string, string>> | ((place: Place) => Readonly<Record<string, string>>);
  /** The modes of files that differ from 0600, or 0755 for a script. */
  readonly modes?: Readonly<Record<string, number>>;
  readonly cloud?: CloudOptions;
  readonly faults?: readonly FaultAt[];
  readonly expect: Expected;
  /** An image of the registry at which the login is tested, if it is not the image's own registry. */
  readonly loginAt?: string;
  /** The only requests that may be sent, as `service/step`, in order and without repetitions. */
  readonly requests?: readonly string[];
  /** The minimum and maximum number of requests for a `service/step`. */
  readonly times?: Readonly<Record<string, readonly [least: number, most: number]>>;
  /** The sessions that STS started, in order, as CloudTrail shows them. Default: not checked. */
  readonly sessions?: readonly string[];
  /** The TLS hosts that may be reached. Default: the hosts of the image's own registry. */
  readonly hosts?: readonly string[];
  /** The maximum duration of the run. Default: 46 s, which the program guarantees. */
  readonly within?: Milliseconds;
}

export type Expected =
  | {
      readonly login: string;
      readonly life: Milliseconds;
      /** The `cacheKeyType` of the response. Default: not checked. */
      readonly for?: "Image" | "Registry";
    }
  | { readonly none: true }
  | { readonly anonymous: true }
  | Failing;

export interface Failing {
  readonly fails: ErrorCode;
  readonly exit: 1 | 2;
  /** Another accepted code, if two time limits end at the same moment. */
  readonly or?: ErrorCode;
  /** The hint, if it is not that of the code. */
  readonly hint?: RegExp;
  /** Texts in the error line. */
  readonly says?: readonly (string | RegExp)[];
  /** The whole error line, with placeholders for the addresses of this run's cloud: `{imds}`, `{gce}`, `{azure-imds}`, `{container}`. */
  readonly line?: string;
}

/** Runs the scenes concurrently, because they mostly wait. */
export function play(scenes: readonly Scene[]): void {
  test("transcripts", { concurrency: 8 }, (context) => playAll(context, scenes));
}

export async function playAll(context: TestContext, scenes: readonly Scene[]): Promise<void> {
  await Promise.all(scenes.map((scene) => context.test(scene.name, () => playScene(scene))));
}

function playScene(scene: Scene): Promise<void> {
  return withPlace(scene, async (place, call) => {
    const run = await runProvider(call);
    const password = await checkLogin(scene, place, run);
    withStderr(run, () => assertScene(scene, place, run, password));
  });
}

/** Sets up the environment of a scene and removes it afterwards. */
export async function withPlace<T>(
  scene: Scene,
  use: (place: Place, call: SceneCall) => Promise<T>,
): Promise<T> {
  const cloud = await startCloud(scene.cloud);
  const folder = await mkdtemp(join(tmpdir(), "scene-"));
  try {
    const place: Place = { cloud, file: (name) => join(folder, name) };
    await writeFiles(scene, place);
    for (const [where, fault, times] of scene.faults ?? []) cloud.fault(where, fault, times);
    return await use(place, createCall(scene, place));
  } finally {
    await cloud.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Adds the program's stderr to the message of a failed assertion. */
function withStderr(run: Run, assertAll: () => void): void {
  try {
    assertAll();
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\nstderr: ${run.stderr}`, {
      cause: error,
    });
  }
}

async function writeFiles(scene: Scene, place: Place): Promise<void> {
  const own = typeof scene.files === "function" ? scene.files(place) : (scene.files ?? {});
  const config = typeof scene.config === "function" ? scene.config(place) : scene.config;
  const files = config === undefined ? own : { ...own, [CONFIG]: config };
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(place.file(name)), { recursive: true, mode: 0o755 });
    await writeFile(place.file(name), content);
    // The umask would reduce a mode that is passed to writeFile.
    await chmod(place.file(name), scene.modes?.[name] ?? (name.endsWith(".sh") ? 0o755 : 0o600));
  }
}

interface SceneCall {
  readonly stdin: string | Uint8Array;
  readonly env: Readonly<Record<string, string>>;
  readonly args: readonly string[];
}

function createCall(scene: Scene, place: Place): SceneCall {
  const { image, version = "v1", node = findNodeCloud(image), refused = false } = scene;
  const own = typeof scene.env === "function" ? scene.env(place) : (scene.env ?? {});
  const env = { ...createEnv(node, refused, place.cloud), ...own };
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const token = createToken(scene, place);
  const serviceAccountAnnotations =
    typeof scene.annotations === "function" ? scene.annotations(place) : (scene.annotations ?? {});
  const apiVersion = `credentialprovider.kubelet.k8s.io/${version}`;
  const stdin =
    scene.stdin ?? encodeRaw({ apiVersion, image, serviceAccountToken: token, serviceAccountAnnotations });
  const given = typeof scene.args === "function" ? scene.args(place) : (scene.args ?? []);
  const args = scene.config === undefined ? given : [...given, `--config=${place.file(CONFIG)}`];
  return { stdin, env: set, args };
}

/** The configuration file's name in a scene. */
const CONFIG = "config.yaml";

function createToken({ token }: Scene, { cloud }: Place): string {
  if (token === undefined || token === false) return "";
  return cloud.serviceAccountToken(token === true ? { audience: "x" } : token);
}

/** A node in no cloud still uses the fake cloud's proxy, which records every request. */
export function createEnv(
  node: EnvName | null,
  refused: boolean,
  cloud: Cloud,
): Readonly<Record<string, string>> {
  if (node !== null) return cloud.env(node, { refused });
  const { HTTPS_PROXY = "", NODE_EXTRA_CA_CERTS = "" } = cloud.env();
  const own = {
    HOME: "/nonexistent",
    REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: "none",
    REGISTRY_CREDENTIAL_PROVIDER_CACHE: "off",
  };
  return { HTTPS_PROXY, NODE_EXTRA_CA_CERTS, ...own };
}

export function findNodeCloud(image: string): EnvName | null {
  const host = getHost(image).toLowerCase();
  if (/\.azurecr\./.test(host)) return "azure";
  if (/gcr\.io$|pkg\.dev$|\.goog$/.test(host)) return "google";
  return /amazonaws|ecr|on\.aws/.test(host) ? "aws" : null;
}

const getHost = (image: string): string => image.split("/")[0] ?? "";

/** Tests the login at the registry, and returns its password. */
async function checkLogin({ expect, image, loginAt = image }: Scene, { cloud }: Place, run: Run) {
  if (!("login" in expect) || run.status !== 0) return undefined;
  const response: unknown = JSON.parse(run.stdout.toString());
  const auth = isJsonObject(response) && isJsonObject(response["auth"]) ? response["auth"] : {};
  const found = auth[getHost(image)];
  assert.ok(isJsonObject(found), "the key is the image's host, as the image spells it");
  const username = String(found["username"]);
  const password = String(found["password"]);
  const checked = await cloud.login(loginAt.toLowerCase(), username, password);
  assert.deepEqual([username, checked.status], [expect.login, 200], checked.detail);
  return password;
}

function assertScene(scene: Scene, { cloud }: Place, run: Run, password: string | undefined): void {
  const { image, version = "v1", expect } = scene;
  const canaries = canariesOf(cloud);
  const services = new Set((scene.requests ?? []).map((step) => step.split("/")[0] ?? ""));
  const response = assertInvariants(run, {
    apiVersion: `credentialprovider.kubelet.k8s.io/${version}`,
    image,
    isSupported: isSupported(expect),
    ...("none" in expect ? {} : { outcome: getOutcome(expect) }),
    canaries,
    loginCanaries: answeredBy(password, canaries),
    contacted: contactsOf(cloud),
    allowedHosts: [...services, ...(scene.hosts ?? getAllowedHosts(image))],
    now: Date.now(),
    expiresAt: "login" in expect ? Date.now() + expect.life : undefined,
    ...(scene.within === undefined ? {} : { deadline: scene.within }),
  });
  assertRequests(scene, cloud);
  if (scene.sessions !== undefined)
    assert.deepEqual(cloud.awsSessions, scene.sessions, "the sessions in CloudTrail");
  if ("fails" in expect) assertFailure(expect, scene, cloud, run);
  else
    assert.equal(
      run.stderr.toString(),
      "anonymous" in expect ? run.stderr.toString() : "",
      "stderr is empty",
    );
  if ("login" in expect) assert.ok((response?.cacheDuration ?? 0) > 0, "the kubelet caches the login");
  if ("login" in expect && expect.for !== undefined) assert.equal(response?.cacheKeyType, expect.for);
}

/** A request that is refused before its image is parsed belongs to no registry. */
const isSupported = (expect: Expected): boolean => !("none" in expect);

function getOutcome(expect: Exclude<Expected, { none: true }>): "login" | "anonymous" | "failure" {
  if ("login" in expect) return "login";
  return "anonymous" in expect ? "anonymous" : "failure";
}

/** Returns the hosts that a login for the image may reach by default. */
function getAllowedHosts(image: string): readonly string[] {
  const host = getHost(image).toLowerCase();
  const region = /\.(?:dkr\.ecr|dkr-ecr)\.([a-z0-9-]+)\.amazonaws\.com$/.exec(host)?.[1];
  if (region !== undefined) return [`api.ecr.${region}.amazonaws.com`];
  if (host === "public.ecr.aws") return ["api.ecr-public.us-east-1.amazonaws.com"];
  return /\.azurecr\./.test(host) ? [host] : [];
}

function assertRequests({ requests = [], times = {}, hosts, image }: Scene, cloud: Cloud): void {
  const steps = cloud.requests
    .filter(({ service }) => service !== "registry")
    .map(({ service, step }) => `${service}/${step}`);
  assert.deepEqual([...new Set(steps)], requests, "the requests");
  for (const [step, [least, most]] of Object.entries(times)) {
    const count = steps.filter((one) => one === step).length;
    assert.ok(
      count >= least && count <= most,
      `${step} was requested ${count} times, not ${least} to ${most}`,
    );
  }
  const names = cloud.connects.map((target) => target.replace(/:443$/, ""));
  for (const name of names)
    assert.ok((hosts ?? getAllowedHosts(image)).includes(name), `unexpected connection to ${name}`);
}

const LINE =
  /^registry-credential-provider: (?:no login for ("[^"]*"): )?(.*)\. Hint: (.*) \[code ([a-z0-9-]+), stage ([a-z]+)\]$/;

function assertFailure(expect: Failing, { image }: Scene, cloud: Cloud, run: Run): void {
  const line = run.stderr.toString();
  const [, host, sentence = "", hint = "", code] = LINE.exec(line) ?? [];
  const fails = code === expect.or && expect.or !== undefined ? expect.or : expect.fails;
  assert.deepEqual([code, run.status], [fails, expect.exit], line);
  const kind = getErrorDefinitions()[fails];
  assert.ok(sentence.startsWith(kind.sentence), line);
  if (expect.hint === undefined) assert.equal(hint, kind.hint);
  else assert.match(hint, expect.hint);
  if (host !== undefined) assert.equal(host, JSON.stringify(getHost(image)));
  for (const part of expect.says ?? []) {
    if (typeof part === "string")
      assert.ok(line.includes(replaceAddresses(part, cloud)), `${part} is not in: ${line}`);
    else assert.match(line, part);
  }
  if (expect.line !== undefined) assert.equal(line, replaceAddresses(expect.line, cloud));
}

/** Replaces the placeholders of addresses, which differ in each run. */
function replaceAddresses(text: string, { addresses }: Cloud): string {
  return Object.entries(addresses).reduce(
    (all, [name, address]) => all.replaceAll(`{${name}}`, address),
    text,
  );
}
