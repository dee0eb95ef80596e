import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { HOUR, type Milliseconds } from "../../src/core/time.ts";
import { isJsonObject } from "../../src/formats/json.ts";
import { type Cloud, type CloudOptions, type EnvName, startCloud } from "../cloud/cloud.ts";
import { encodeRequest } from "../kubelet/encode-request.ts";
import { execute, type Run } from "../kubelet/execute.ts";
import { assertInvariants } from "../kubelet/invariants.ts";
import { EXECUTABLE } from "./executable.ts";
import { withMemoryFolder } from "./memory-folder.ts";
import { answeredBy, canariesOf, contactsOf } from "./secrets.ts";

export const ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app";
export const API_VERSION = "credentialprovider.kubelet.k8s.io/v1";

/** The services that the tests of the cache use. */
const HOSTS = [
  ...["imds", "container", "gce", "azure-imds", "myregistry.azurecr.io", "login.microsoftonline.com"],
  ...["us-east-1", "eu-west-1"].flatMap((region) => [
    `api.ecr.${region}.amazonaws.com`,
    `sts.${region}.amazonaws.com`,
  ]),
];

export interface Pull {
  /** Default: an image of ECR. */
  readonly image?: string;
  /** Default: a node of AWS. */
  readonly node?: EnvName;
  readonly token?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Additional variables; an empty value removes a variable of the node or the cache. */
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** The command that starts the executable; it gets its path and arguments. */
  readonly by?: readonly [string, ...string[]];
  readonly uid?: number;
  /** Default: the build in `dist/`. */
  readonly executable?: string;
}

/** The outcome of a pull: a login that the registry accepts, or a failure. */
export interface PullResult {
  readonly run: Run;
  /** The line on stderr. */
  readonly line: string;
  readonly password: string | undefined;
  readonly cacheDuration: Milliseconds | undefined;
}

/** A node on which the real executable runs with a cache. Each run is checked against the invariants of all runs. */
export class CachedNode {
  readonly cloud: Cloud;
  /** A directory of this test. */
  readonly folder: string;
  /** The cache directory, which the first run creates. */
  readonly cache: string;

  private constructor(cloud: Cloud, folder: string) {
    this.cloud = cloud;
    this.folder = folder;
    this.cache = join(folder, "cache");
  }

  static use<T>(use: (node: CachedNode) => Promise<T>, options: CloudOptions = {}): Promise<T> {
    return withMemoryFolder(async (folder) => {
      const cloud = await startCloud(options);
      try {
        return await use(new CachedNode(cloud, folder));
      } finally {
        await cloud.stop();
      }
    });
  }

  async pull(pull: Pull = {}): Promise<PullResult> {
    return this.checkRun(await execute(this.buildExecution(pull)), pull);
  }

  async checkRun(run: Run, { image = ECR }: Pull = {}): Promise<PullResult> {
    const [username, password] = parseLogin(run);
    const canaries = canariesOf(this.cloud);
    const response = assertInvariants(run, {
      apiVersion: API_VERSION,
      image,
      isSupported: true,
      canaries,
      loginCanaries: answeredBy(password, canaries),
      contacted: contactsOf(this.cloud),
      allowedHosts: HOSTS,
      now: Date.now(),
      expiresAt: Date.now() + 12 * HOUR,
    });
    const line = run.stderr.toString();
    if (username !== undefined && password !== undefined) {
      const checked = await this.cloud.login(image, username, password);
      assert.equal(checked.status, 200, `${checked.detail}; ${line}`);
    }
    return { run, line, password, cacheDuration: response?.cacheDuration };
  }

  pulls(count: number, pull: Pull = {}): Promise<readonly PullResult[]> {
    return Promise.all(Array.from({ length: count }, () => this.pull(pull)));
  }

  buildExecution({
    image = ECR,
    node = "aws",
    token,
    annotations,
    args = [],
    by,
    uid,
    executable = EXECUTABLE,
    ...pull
  }: Pull) {
    const [resolvePath, ...rest] = [...(by ?? []), executable, ...args];
    const env = { ...this.cloud.env(node), REGISTRY_CREDENTIAL_PROVIDER_CACHE: this.cache, ...pull.env };
    const set = Object.entries(env).filter(([, value]) => value !== "");
    return {
      path: resolvePath ?? "",
      args: rest,
      hostEnvironment: { PATH: "/usr/bin:/bin:/usr/sbin:/sbin" },
      environment: set.map(([name, value]) => ({ name, value })),
      stdin: encodeRequest({
        apiVersion: API_VERSION,
        image,
        ...(token === undefined ? {} : { serviceAccountToken: token }),
        ...(annotations === undefined ? {} : { serviceAccountAnnotations: annotations }),
      }),
      ...(uid === undefined ? {} : { uid }),
    };
  }

  /** @param where a service, or `service/step` */
  countCalls(where: string): number {
    return this.cloud.requests.filter(({ service, step }) =>
      where.includes("/") ? where === `${service}/${step}` : where === service,
    ).length;
  }

  /** Counts all requests except those to the registry, which the test itself makes. */
  countRequests(): number {
    return this.cloud.requests.length - this.countCalls("registry");
  }

  /** @param ending of the names to return */
  listFiles(ending = ""): readonly string[] {
    return readdirSync(this.cache).filter((name) => name.endsWith(ending));
  }

  path(name: string): string {
    return join(this.cache, name);
  }

  /** Returns the path of the only login in the cache. */
  findLoginFile(): string {
    const [name, ...more] = this.listFiles(".login");
    assert.ok(name !== undefined && more.length === 0, `${1 + more.length} logins are kept`);
    return this.path(name);
  }
}

export function parseLogin(run: Run): readonly [username?: string, password?: string] {
  if (run.status !== 0) return [];
  const response: unknown = JSON.parse(run.stdout.toString());
  const auth = isJsonObject(response) && isJsonObject(response["auth"]) ? response["auth"] : {};
  const [login] = Object.values(auth);
  assert.ok(isJsonObject(login), run.stdout.toString());
  return [String(login["username"]), String(login["password"])];
}

/** Runs two pulls, the second of which requests no service. */
export async function assertSecondPullCached(node: CachedNode, pull: Pull): Promise<void> {
  const first = await node.pull(pull);
  const asked = node.countRequests();
  const second = await node.pull(pull);
  assert.deepEqual([first.line, second.line], ["", ""]);
  assert.ok(first.password);
  assert.equal(second.password, first.password);
  assert.equal(node.countRequests(), asked, "the second asked");
}
