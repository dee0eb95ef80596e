/** What of the configuration is remembered from run to run, of which host, and until when. */
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
const PLACE = "/run/x";
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

/** What one run finds. */
interface Seen {
  /** Default: the first; undefined: the file is read as a whole. */
  readonly host?: string | undefined;
  readonly path?: string;
  readonly stamp?: string;
  /** Default: long since changed. */
  readonly age?: Milliseconds;
  /** The stamp of the custom cloud's file; default: there is no such file. */
  readonly azure?: string;
  /** Default: usable. */
  readonly folder?: keyof typeof FOLDERS;
}

function refuse(): never {
  throw new ProviderError("cache-unusable", { detail: "other users have access to it" });
}

const FOLDERS = {
  usable: {},
  unusable: { openStore: refuse, openExistingStore: refuse },
  "not there": { openStore: () => assert.fail("it is made"), openExistingStore: () => undefined },
} as const;

class Runs {
  /** How often the file was judged. */
  judged = 0;
  readonly store: MemoryStore;
  readonly #world: FakeWorld;

  constructor(world: FakeWorld, store: MemoryStore) {
    this.#world = world;
    this.store = store;
  }

  read(seen: Seen = {}, memory = configCache): Promise<Policy> {
    const {
      host,
      path = PATH,
      stamp = "1",
      age = SECOND + 1,
      azure,
      folder = "usable",
    } = { host: "a.example", ...seen };
    const changedAt = NOW - age;
    const stamps = new Map([
      [path, { text: stamp, changedAt }],
      ...(azure === undefined ? [] : [[AZURE, { text: azure, changedAt }] as const]),
    ]);
    const known = async () => {
      this.judged += 1;
      return [EXAMPLES];
    };
    const world = { ...this.#world, fingerprintFile: (one: string) => stamps.get(one), ...FOLDERS[folder] };
    const of = host === undefined ? undefined : RegistryHost.parse(host);
    return createPolicyReader(known, memory)({ configPath: path }, world, of);
  }

  get notes(): readonly string[] {
    return this.#world.notes;
  }

  kept(): number {
    return [...this.store.files.keys()].filter((name) => name.endsWith(".rules")).length;
  }
}

function withRuns(use: (runs: Runs) => Promise<void>, config: object = CONFIG): Promise<void> {
  const store = new MemoryStore(() => NOW);
  const text = JSON.stringify(config);
  const env = { REGISTRY_CREDENTIAL_PROVIDER_CACHE: PLACE, AZURE_ENVIRONMENT_FILEPATH: AZURE };
  return inWorld({ store, env, files: { [PATH]: text, "/etc/other.json": text } }, (world) =>
    use(new Runs(world, store)),
  );
}

const OTHERS: readonly (readonly [what: string, one: Seen, other: Seen])[] = [
  ["one host and another", {}, { host: "b.example" }],
  ["a host and one that no rule is for", {}, { host: "c.example" }],
  ["a host and the whole file", {}, { host: undefined }],
  ["one file and another", {}, { path: "/etc/other.json" }],
  ["a file and its next content", {}, { stamp: "2" }],
  ["one custom cloud's file and its next content", { azure: "1" }, { azure: "2" }],
  ["no custom cloud's file and one", {}, { azure: "1" }],
];
for (const [what, one, other] of OTHERS)
  test(`${what} share no judgement: each is judged once`, () =>
    withRuns(async (runs) => {
      const fresh = [await runs.read(one, NO_CONFIG_CACHE), await runs.read(other, NO_CONFIG_CACHE)];
      runs.judged = 0;
      for (const judged of [2, 2]) {
        assert.deepEqual([await runs.read(one), await runs.read(other)], fresh);
        assert.equal(runs.judged, judged);
      }
      assert.equal(runs.kept(), 2);
    }));

test("a host's part has its own rules, and none of another's", () =>
  withRuns(async (runs) => {
    for (const host of ["a", "b", "a", "b"]) {
      const { rules } = await runs.read({ host: `${host}.example` });
      assert.deepEqual(
        rules.map(({ rule }) => rule.aws?.roleArn),
        [`${ROLE}/${host}`],
      );
    }
    assert.equal(runs.judged, 2);
  }));

const LATELY: readonly (readonly [name: string, age: Milliseconds])[] = [
  ["just now", 0],
  ["a second ago", SECOND],
  ["in what is the future now", -SECOND],
];
for (const [name, age] of LATELY)
  test(`a file that was changed ${name} is judged each time, though its stamp is known, and not kept`, () =>
    withRuns(async (runs) => {
      for (const judged of [1, 2]) {
        await runs.read({ age });
        assert.deepEqual([runs.judged, runs.kept()], [judged, 0]);
      }
      await runs.read();
      await runs.read();
      assert.deepEqual([runs.judged, runs.kept()], [3, 1]);
      await runs.read({ age });
      assert.equal(runs.judged, 4);
    }));

for (const cache of ["off", { directory: "/run/y" }])
  for (const folder of ["usable", "unusable", "not there"] as const)
    test(`a file that says of the cache ${JSON.stringify(cache)} is judged each time, and of the usual folder, ${folder}, there is no trace and no line`, () =>
      withRuns(
        async (runs) => {
          for (const judged of [1, 2]) {
            assert.deepEqual((await runs.read({ folder })).cache, cache);
            assert.deepEqual([runs.judged, [...runs.store.files], runs.notes], [judged, [], []]);
          }
        },
        { ...CONFIG, cache },
      ));

test("of 258 hosts, chosen by whoever creates pods, 256 are remembered", () =>
  withRuns(async (runs) => {
    for (let host = 0; host < 258; host += 1) await runs.read({ host: `${host}.example` });
    assert.equal(runs.kept(), 256);
  }));

test("where the folder cannot be used the file is judged each time, and a line says why", () =>
  withRuns(async (runs) => {
    for (const judged of [1, 2]) {
      await runs.read({ folder: "unusable" });
      assert.equal(runs.judged, judged);
    }
    assert.deepEqual(
      runs.notes,
      Array.from({ length: 2 }, () => "the cache is not used: other users have access to it"),
    );
  }));

test("what is spoilt, or of another name, is judged anew", () =>
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
    assert.equal(runs.judged, 4);
  }));
