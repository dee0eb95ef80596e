/** `cache list` and `cache clear`: which files they report, delete and leave. */
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
const CACHE_KEY = "ab".repeat(32);

/** A run that needs the login of this host and gets this response from the cloud. */
function run(world: World, host: string, answer: Login | ProviderError): Promise<Login> {
  const scope = { version: "1", family: "ecr", host, endpoint: "x", rule: undefined, ruleName: "rules[0]" };
  const sealedStore = openSealedStore("/run/x", world);
  return createLoginCache(() => sealedStore, scope, world).getOrFetch({
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

test("lists a login without its credentials", () =>
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
  test(`lists a login of this age as ${state}`, () =>
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

test("lists a failure as long as it applies to other runs", () =>
  withStore(async (store, world) => {
    await failure(run(world, "a.example", REFUSED));
    assert.deepEqual(
      inspectCache(store, world).failures.map(({ code, metadata, request, age }) => [
        code,
        metadata.registry,
        request,
        age,
      ]),
      [["aws-access-denied", "a.example", "POST https://a.example/", 0]],
    );
    await world.sleep(6000);
    const { failures, unreadable } = inspectCache(store, world);
    assert.deepEqual([failures, unreadable], [[], 0]);
  }));

test("counts unreadable files and keeps them", () =>
  withStore(async (store, world) => {
    await run(world, "a.example", login());
    const [name = ""] = [...store.files.keys()].filter((one) => one.endsWith(".login"));
    store.files.set(name, `${store.files.get(name)} `);
    store.files.set(`${CACHE_KEY}.rules`, "of another boot");
    store.files.set("README", "mine");
    const before = new Map(store.files);
    const { logins, rules, unreadable, unrecognised } = inspectCache(store, world);
    assert.deepEqual([logins, rules, unreadable, unrecognised], [[], 0, 2, 1]);
    assert.deepEqual(store.files, before);
  }));

test("without this boot's key, lists nothing and creates no key", () =>
  withStore(async (store, world) => {
    await run(world, "a.example", login());
    for (const name of store.files.keys()) if (name.startsWith("key-")) store.files.delete(name);
    const before = new Map(store.files);
    assert.equal(inspectCache(store, world).unreadable, 1);
    assert.deepEqual(store.files, before);
  }));

test("ignores a file that is deleted during the listing", () =>
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

test("clear deletes all files of the program and no others", () =>
  withStore(async (store, world) => {
    await run(world, "a.example", login());
    await run(world, "a.example", login());
    await failure(run(world, "b.example", REFUSED));
    const ownFiles = [
      `${CACHE_KEY}.rules`,
      `${CACHE_KEY}.login.new-1`,
      `${CACHE_KEY}.lease-0`,
      "key-of-another-boot",
    ];
    for (const name of ownFiles) store.files.set(name, "dead");
    for (const name of ["README", "key", `${CACHE_KEY}.login.bak`]) store.files.set(name, "mine");
    assert.deepEqual(clearCache(store, world), { logins: 1, undeletable: 0 });
    assert.deepEqual([...store.files.keys()], ["README", "key", `${CACHE_KEY}.login.bak`]);
  }));

test("clear deletes the key first, so that no run serves the remaining files", () =>
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

test("clear keeps a lease that is held", () =>
  withStore(async (store, world) => {
    store.createExclusive(`${CACHE_KEY}.lease-0`, `${world.machine.monotonicNow()} ${SELF}`);
    clearCache(store, world);
    assert.deepEqual([...store.files.keys()], [`${CACHE_KEY}.lease-0`]);
  }));

test("clear counts the files that could not be deleted", () =>
  withStore(async (store, world) => {
    await run(world, "a.example", login());
    store.isReadOnly = true;
    const { logins, undeletable } = clearCache(store, world);
    assert.deepEqual([logins, undeletable], [0, 2]);
  }));

test("clear counts a key that could not be deleted, but not a key that a run created since", () =>
  withStore(async (store, world) => {
    openSealedStore("/run/x", world);
    const [key = ""] = store.files.keys();
    store.isReadOnly = true;
    assert.deepEqual(clearCache(store, world), { logins: 0, undeletable: 1 });
    store.remove = (name) => store.files.set(name, "of the next run");
    assert.deepEqual(clearCache(store, world), { logins: 0, undeletable: 0 });
    assert.deepEqual([...store.files.keys()], [key]);
  }));

test("clear deletes a damaged file, but does not count it as a login", () =>
  withStore(async (store, world) => {
    await run(world, "a.example", login());
    store.files.set(`${CACHE_KEY}.login`, "damaged");
    assert.deepEqual(clearCache(store, world), { logins: 1, undeletable: 0 });
    assert.deepEqual([...store.files.keys()], []);
  }));

test("a run that fetches during a clear returns its login and does not store it", () =>
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

test("a copy that is restored after a clear is not served", () =>
  withStore(async (store, world) => {
    await run(world, "a.example", login());
    const copy = [...store.files].filter(([name]) => name.endsWith(".login"));
    clearCache(store, world);
    for (const [name, text] of copy) store.files.set(name, text);
    const other = { ...world, randomKey: () => "a0".repeat(32) };
    const { password } = await run(other, "a.example", { ...login(), password: new Secret("new") });
    assert.equal(password.expose(), "new");
  }));

test("eviction keeps files of other programs, however old they are", () =>
  withStore(async (store, world) => {
    for (const name of ["README", "notes.login", `${CACHE_KEY}.failure`]) store.files.set(name, "old");
    evict(openSealedStore("/run/x", world).store, { ...world, now: () => NOW + 24 * HOUR });
    assert.deepEqual([...store.files.keys()].slice(0, 2), ["README", "notes.login"]);
    assert.equal(store.files.has(`${CACHE_KEY}.failure`), false);
  }));
