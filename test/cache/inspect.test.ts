/** What is told of the folder, what is taken away from it, and what is left alone. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { clearCache } from "../../src/cache/clear.ts";
import { evict } from "../../src/cache/eviction.ts";
import { inspectCache } from "../../src/cache/inspect.ts";
import { createLoginCache } from "../../src/cache/login-cache.ts";
import { openSealedStore } from "../../src/cache/sealed-store.ts";
import type { Login } from "../../src/core/login.ts";
import { Secret } from "../../src/core/secret.ts";
import { HOUR, MINUTE } from "../../src/core/time.ts";
import type { World } from "../../src/core/world.ts";
import { ProviderError } from "../../src/errors/provider-error.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { failure, inWorld, NOW, SELF } from "../support/world.ts";

const SECRET = "canary-password";
const REFUSED = new ProviderError("aws-access-denied", { request: "POST https://a.example/", status: 400 });
const DIGEST = "ab".repeat(32);

/** One run that wants the login of this host, and is answered so. */
function run(world: World, host: string, answer: Login | ProviderError): Promise<Login> {
  const scope = { version: "1", family: "ecr", host, endpoint: "x", rule: undefined, ruleName: "rules[0]" };
  const vault = openSealedStore("/run/x", world);
  return createLoginCache(() => vault, scope, world).getOrFetch({
    identity: { pod: undefined },
    files: [],
    isCacheable: true,
    fetch: async () => {
      if (answer instanceof ProviderError) throw answer;
      return answer;
    },
  });
}

const login = (life = 12 * HOUR): Login => ({
  username: "AWS",
  password: new Secret(SECRET),
  expiresAt: NOW + life,
});

function withStore(use: (store: MemoryStore, world: World) => Promise<void>): Promise<void> {
  const store = new MemoryStore(() => NOW);
  return inWorld({ store }, (world) => use(store, world));
}

test("of a login all is told but what it lets in with", () =>
  withStore(async (store, world) => {
    await run(world, "a.example", login());
    for (let hit = 0; hit < 3; hit += 1) await run(world, "a.example", login());
    const { logins, ...others } = inspectCache(store, world);
    assert.deepEqual(logins, [
      {
        metadata: { registry: "a.example", identity: "the node by rules[0]" },
        state: "fresh",
        age: 0,
        remaining: 12 * HOUR,
        cachedUntil: NOW + 12 * HOUR,
        hits: 3,
      },
    ]);
    assert.deepEqual(others, { failures: [], rules: 0, unreadable: 0, unrecognised: 0 });
  }));

for (const [state, age] of [
  ["fresh", 5 * HOUR],
  ["stale", 10 * HOUR],
  ["expiring", 12 * HOUR - MINUTE],
  ["expired", 12 * HOUR],
] as const)
  test(`a login of this age is told to be ${state}`, () =>
    withStore(async (store, world) => {
      await run(world, "a.example", login());
      const { machine } = world;
      const later = {
        ...world,
        now: () => world.now() + age,
        machine: { ...machine, monotonicNow: () => machine.monotonicNow() + age },
      };
      const [found] = inspectCache(store, later).logins;
      assert.deepEqual([found?.state, found?.age, found?.remaining], [state, age, 12 * HOUR - age]);
    }));

test("a failure is told for as long as it is the answer to others", () =>
  withStore(async (store, world) => {
    await failure(run(world, "a.example", REFUSED));
    assert.deepEqual(
      inspectCache(store, world).failures.map(({ code, metadata, asked, age }) => [
        code,
        metadata.registry,
        asked,
        age,
      ]),
      [["aws-access-denied", "a.example", "POST https://a.example/", 0]],
    );
    await world.sleep(6000);
    const { failures, unreadable } = inspectCache(store, world);
    assert.deepEqual([failures, unreadable], [[], 0]);
  }));

test("what cannot be read is counted, and stays", () =>
  withStore(async (store, world) => {
    await run(world, "a.example", login());
    const [name = ""] = [...store.files.keys()].filter((one) => one.endsWith(".login"));
    store.files.set(name, `${store.files.get(name)} `);
    store.files.set(`${DIGEST}.rules`, "of another start");
    store.files.set("README", "mine");
    const before = new Map(store.files);
    const { logins, rules, unreadable, unrecognised } = inspectCache(store, world);
    assert.deepEqual([logins, rules, unreadable, unrecognised], [[], 0, 2, 1]);
    assert.deepEqual(store.files, before);
  }));

test("without this start's key nothing can be read, and none is made", () =>
  withStore(async (store, world) => {
    await run(world, "a.example", login());
    for (const name of store.files.keys()) if (name.startsWith("key-")) store.files.delete(name);
    const before = new Map(store.files);
    assert.equal(inspectCache(store, world).unreadable, 1);
    assert.deepEqual(store.files, before);
  }));

test("what vanishes while it is looked at was never there", () =>
  withStore(async (store, world) => {
    await run(world, "a.example", login());
    await run(world, "b.example", login());
    store.peek = (name) => {
      const text = store.files.get(name);
      store.files.clear();
      return text;
    };
    const { logins, unreadable } = inspectCache(store, world);
    assert.deepEqual([logins.length, unreadable], [1, 0]);
  }));

test("clear takes all that is ours, and nothing else", () =>
  withStore(async (store, world) => {
    await run(world, "a.example", login());
    await run(world, "a.example", login());
    await failure(run(world, "b.example", REFUSED));
    const ours = [`${DIGEST}.rules`, `${DIGEST}.login.new-1`, `${DIGEST}.lease-0`, "key-of-another-start"];
    for (const name of ours) store.files.set(name, "dead");
    for (const name of ["README", "key", `${DIGEST}.login.bak`]) store.files.set(name, "mine");
    assert.deepEqual(clearCache(store, world), { logins: 1, undeletable: 0 });
    assert.deepEqual([...store.files.keys()], ["README", "key", `${DIGEST}.login.bak`]);
  }));

test("clear takes the key first: what is still there meanwhile is served to nobody", () =>
  withStore(async (store, world) => {
    await run(world, "a.example", login());
    const [[key, text] = ["", ""]] = [...store.files].filter(([name]) => name.startsWith("key-"));
    store.files.delete(key);
    store.files.set(key, text);
    const removed: string[] = [];
    store.remove = (name) => void removed.push(name);
    clearCache(store, world);
    assert.deepEqual([removed.length, removed[0]], [2, key]);
  }));

test("clear leaves a run its lease while it fetches", () =>
  withStore(async (store, world) => {
    store.createExclusive(`${DIGEST}.lease-0`, `${world.machine.monotonicNow()} ${SELF}`);
    clearCache(store, world);
    assert.deepEqual([...store.files.keys()], [`${DIGEST}.lease-0`]);
  }));

test("what could not be taken away is counted", () =>
  withStore(async (store, world) => {
    await run(world, "a.example", login());
    store.isReadOnly = true;
    const { logins, undeletable } = clearCache(store, world);
    assert.deepEqual([logins, undeletable], [0, 2]);
  }));

test("a key that could not be taken away is counted, one that a run made meanwhile is not", () =>
  withStore(async (store, world) => {
    openSealedStore("/run/x", world);
    const [key = ""] = store.files.keys();
    store.isReadOnly = true;
    assert.deepEqual(clearCache(store, world), { logins: 0, undeletable: 1 });
    store.remove = (name) => store.files.set(name, "of the next run");
    assert.deepEqual(clearCache(store, world), { logins: 0, undeletable: 0 });
    assert.deepEqual([...store.files.keys()], [key]);
  }));

test("what is spoilt is taken away, and no login that was dropped", () =>
  withStore(async (store, world) => {
    await run(world, "a.example", login());
    store.files.set(`${DIGEST}.login`, "spoilt");
    assert.deepEqual(clearCache(store, world), { logins: 1, undeletable: 0 });
    assert.deepEqual([...store.files.keys()], []);
  }));

test("a run that was under way when the cache was cleared has its login, and leaves none there", () =>
  withStore(async (store, world) => {
    const slow = createLoginCache(
      () => openSealedStore("/run/x", world),
      { version: "1", family: "ecr", host: "a.example", endpoint: "x", rule: undefined, ruleName: undefined },
      world,
    ).getOrFetch({
      identity: { pod: undefined },
      files: [],
      isCacheable: true,
      fetch: async () => {
        clearCache(store, world);
        return login();
      },
    });
    assert.equal((await slow).password.expose(), SECRET);
    assert.deepEqual([...store.files.keys()], []);
    await run(world, "a.example", login());
    assert.equal(inspectCache(store, world).logins.length, 1);
  }));

test("an old copy that is put back after a clear is served to nobody", () =>
  withStore(async (store, world) => {
    await run(world, "a.example", login());
    const copy = [...store.files].filter(([name]) => name.endsWith(".login"));
    clearCache(store, world);
    for (const [name, text] of copy) store.files.set(name, text);
    const other = { ...world, randomKey: () => "a0".repeat(32) };
    const { password } = await run(other, "a.example", { ...login(), password: new Secret("new") });
    assert.equal(password.expose(), "new");
  }));

test("no sweep takes what is somebody else's, however old it is", () =>
  withStore(async (store, world) => {
    for (const name of ["README", "notes.login", `${DIGEST}.failure`]) store.files.set(name, "old");
    evict(openSealedStore("/run/x", world).store, { ...world, now: () => NOW + 24 * HOUR });
    assert.deepEqual([...store.files.keys()].slice(0, 2), ["README", "notes.login"]);
    assert.equal(store.files.has(`${DIGEST}.failure`), false);
  }));
