/** Which parts of the configuration are cached between runs, for which host, and until when. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { configCache } from "../../src/cache/config-cache.ts";
import type { KnownRegistries } from "../../src/config/lint/known-registries.ts";
import { createPolicyReader, NO_CONFIG_CACHE } from "../../src/config/load.ts";
import type { Policy } from "../../src/config/policy.ts";
import { RegistryHost } from "../../src/core/image-reference.ts";
import { type Milliseconds, SECOND } from "../../src/core/time.ts";
import { ProviderError } from "../../src/errors/provider-error.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { type FakeWorld, inWorld, NOW } from "../support/world.ts";

const PATH = "/etc/c.json";
const AZURE = "/etc/azure-stack.json";
const DIRECTORY = "/run/x";
const ROLE = "arn:aws:iam::123456789012:role";
const CONFIG = {
  apiVersion: "registry-credential-provider/v1",
  kind: "Config",
  rules: ["a", "b"].map((name) => ({
    match: [`${name}.example`],
    identity: "pod",
    aws: { region: "eu-west-1", roleArn: `${ROLE}/${name}` },
  })),
};

const EXAMPLES: KnownRegistries = {
  section: "aws",
  matchImages: ["*.example"],
  isOwn: ({ name }) => name.endsWith(".example"),
  listNames: () => [],
};

/** The files that a run finds, and its image's host. */
interface RunState {
  /** Default: the first host; undefined: the run reads the whole file. */
  readonly host?: string | undefined;
  readonly path?: string;
  readonly fingerprint?: string;
  /** Time since the last change; default: longer than a second. */
  readonly age?: Milliseconds;
  /** The fingerprint of the file of the custom Azure cloud; default: no such file. */
  readonly azure?: string;
  /** Default: usable. */
  readonly directory?: keyof typeof DIRECTORIES;
}

function refuse(): never {
  throw new ProviderError("cache-unusable", { detail: "other users have access to it" });
}

const DIRECTORIES = {
  usable: {},
  unusable: { openStore: refuse, openExistingStore: refuse },
  missing: { openStore: () => assert.fail("it is created"), openExistingStore: () => undefined },
} as const;

class Runs {
  /** How often the file was validated. */
  validations = 0;
  readonly store: MemoryStore;
  readonly #world: FakeWorld;

  constructor(world: FakeWorld, store: MemoryStore) {
    this.#world = world;
    this.store = store;
  }

  read(state: RunState = {}, cache = configCache): Promise<Policy> {
    const {
      host,
      path = PATH,
      fingerprint = "1",
      age = SECOND + 1,
      azure,
      directory = "usable",
    } = { host: "a.example", ...state };
    const changedAt = NOW - age;
    const fingerprints = new Map([
      [path, { text: fingerprint, changedAt }],
      ...(azure === undefined ? [] : [[AZURE, { text: azure, changedAt }] as const]),
    ]);
    const known = async () => {
      this.validations += 1;
      return [EXAMPLES];
    };
    const world = {
      ...this.#world,
      fingerprintFile: (one: string) => fingerprints.get(one),
      ...DIRECTORIES[directory],
    };
    const of = host === undefined ? undefined : RegistryHost.parse(host);
    return createPolicyReader(known, cache)({ configPath: path }, world, of);
  }

  get notes(): readonly string[] {
    return this.#world.notes;
  }

  countRuleFiles(): number {
    return [...this.store.files.keys()].filter((name) => name.endsWith(".rules")).length;
  }
}

function withRuns(use: (runs: Runs) => Promise<void>, config: object = CONFIG): Promise<void> {
  const store = new MemoryStore(() => NOW);
  const text = JSON.stringify(config);
  const env = { REGISTRY_CREDENTIAL_PROVIDER_CACHE: DIRECTORY, AZURE_ENVIRONMENT_FILEPATH: AZURE };
  return inWorld({ store, env, files: { [PATH]: text, "/etc/other.json": text } }, (world) =>
    use(new Runs(world, store)),
  );
}

const DIFFERENT: readonly (readonly [what: string, one: RunState, other: RunState])[] = [
  ["two hosts", {}, { host: "b.example" }],
  ["a host with a rule and one without", {}, { host: "c.example" }],
  ["a host and the whole file", {}, { host: undefined }],
  ["two files", {}, { path: "/etc/other.json" }],
  ["two contents of a file", {}, { fingerprint: "2" }],
  ["two contents of the file of a custom Azure cloud", { azure: "1" }, { azure: "2" }],
  ["a missing and an existing file of a custom Azure cloud", {}, { azure: "1" }],
];
for (const [what, one, other] of DIFFERENT)
  test(`validates each of them anew: ${what}`, () =>
    withRuns(async (runs) => {
      const fresh = [await runs.read(one, NO_CONFIG_CACHE), await runs.read(other, NO_CONFIG_CACHE)];
      runs.validations = 0;
      for (const validations of [2, 2]) {
        assert.deepEqual([await runs.read(one), await runs.read(other)], fresh);
        assert.equal(runs.validations, validations);
      }
      assert.equal(runs.countRuleFiles(), 2);
    }));

test("the cached configuration of a host has the rules of that host only", () =>
  withRuns(async (runs) => {
    for (const host of ["a", "b", "a", "b"]) {
      const { rules } = await runs.read({ host: `${host}.example` });
      assert.deepEqual(
        rules.map(({ rule }) => rule.aws?.roleArn),
        [`${ROLE}/${host}`],
      );
    }
    assert.equal(runs.validations, 2);
  }));

const RECENT: readonly (readonly [name: string, age: Milliseconds])[] = [
  ["just now", 0],
  ["a second ago", SECOND],
  ["in the future", -SECOND],
];
for (const [name, age] of RECENT)
  test(`a file that was changed ${name} is validated each time and not cached, even with a known fingerprint`, () =>
    withRuns(async (runs) => {
      for (const validations of [1, 2]) {
        await runs.read({ age });
        assert.deepEqual([runs.validations, runs.countRuleFiles()], [validations, 0]);
      }
      await runs.read();
      await runs.read();
      assert.deepEqual([runs.validations, runs.countRuleFiles()], [3, 1]);
      await runs.read({ age });
      assert.equal(runs.validations, 4);
    }));

for (const cache of ["off", { directory: "/run/y" }])
  for (const directory of ["usable", "unusable", "missing"] as const)
    test(`a file with cache: ${JSON.stringify(cache)} is validated each time, and leaves no file and no note about the ${directory} default directory`, () =>
      withRuns(
        async (runs) => {
          for (const validations of [1, 2]) {
            assert.deepEqual((await runs.read({ directory })).cache, cache);
            assert.deepEqual([runs.validations, [...runs.store.files], runs.notes], [validations, [], []]);
          }
        },
        { ...CONFIG, cache },
      ));

test("caches the configuration of at most 256 hosts, because pod authors choose the hosts", () =>
  withRuns(async (runs) => {
    for (let host = 0; host < 258; host += 1) await runs.read({ host: `${host}.example` });
    assert.equal(runs.countRuleFiles(), 256);
  }));

test("validates the file each time and writes a note if the directory is unusable", () =>
  withRuns(async (runs) => {
    for (const validations of [1, 2]) {
      await runs.read({ directory: "unusable" });
      assert.equal(runs.validations, validations);
    }
    assert.deepEqual(
      runs.notes,
      Array.from({ length: 2 }, () => "the cache is not used: other users have access to it"),
    );
  }));

test("validates the file again if the cached copy is damaged or has the wrong name", () =>
  withRuns(async (runs) => {
    await runs.read();
    const [[own, text] = ["", ""]] = [...runs.store.files].filter(([name]) => name.endsWith(".rules"));
    await runs.read({ host: "b.example" });
    for (const name of [...runs.store.files.keys()].filter((one) => one.endsWith(".rules") && one !== own))
      runs.store.files.set(name, text);
    runs.store.files.set(own, `${text} `);
    for (const host of ["a", "b"])
      assert.equal(
        (await runs.read({ host: `${host}.example` })).rules[0]?.rule.aws?.roleArn,
        `${ROLE}/${host}`,
      );
    assert.equal(runs.validations, 4);
  }));
