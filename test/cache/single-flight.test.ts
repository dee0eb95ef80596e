import assert from "node:assert/strict";
import { test } from "node:test";
import { HOUR, MINUTE, SECOND } from "../../src/core/time.ts";
import { ProviderError } from "../../src/errors/provider-error.ts";
import { LOCAL_FAILURE, onNode, passwordOf, REFUSED, TEMPORARY } from "../support/virtual-node.ts";
import { failure, NOW } from "../support/world.ts";

test("fetches a login once, and serves it to later runs", () =>
  onNode(async (node) => {
    node.answers = [node.login("one")];
    assert.equal(passwordOf(await node.run()), "one");
    for (let run = 0; run < 3; run += 1) assert.equal(passwordOf(await node.run()), "one");
    assert.equal(node.fetches, 1);
    assert.equal(
      node.store.files.get([...node.store.files.keys()].find((name) => name.endsWith(".hits")) ?? ""),
      "...",
    );
  }));

test("one of 200 simultaneous runs fetches, and all get its login", () =>
  onNode(async (node) => {
    node.answers = [node.login("one"), node.login("two")];
    const logins = await Promise.all(Array.from({ length: 200 }, () => node.run()));
    assert.deepEqual([...new Set(logins.map(passwordOf))], ["one"]);
    assert.equal(node.fetches, 1);
  }));

test("a refusal applies to all runs, and is requested again after 5 s", () =>
  onNode(async (node) => {
    node.answers = [REFUSED, node.login("one")];
    const errors = await Promise.all(Array.from({ length: 50 }, () => failure(node.run())));
    assert.deepEqual([...new Set(errors.map(({ code }) => code))], ["aws-access-denied"]);
    assert.equal(node.fetches, 1);
    node.later += 4 * SECOND;
    assert.equal((await failure(node.run())).code, "aws-access-denied");
    assert.equal(node.fetches, 1);
    node.later += 2 * SECOND;
    assert.equal(passwordOf(await node.run()), "one");
  }));

test("a temporary failure applies to the runs that waited for it, and the next run fetches", () =>
  onNode(async (node) => {
    node.answers = [TEMPORARY, node.login("one")];
    const errors = await Promise.all(Array.from({ length: 50 }, () => failure(node.run())));
    assert.deepEqual([node.fetches, new Set(errors.map(({ code }) => code)).size], [1, 1]);
    node.later += 1;
    assert.equal(passwordOf(await node.run()), "one");
  }));

test("a local failure does not apply to other runs", () =>
  onNode(async (node) => {
    node.answers = [LOCAL_FAILURE, node.login("one")];
    assert.equal((await failure(node.run())).code, "file-unreadable");
    assert.equal(passwordOf(await node.run()), "one");
  }));

test("a refresh resets the hit counter", () =>
  onNode(async (node) => {
    const hits = () => [...node.store.files].find(([name]) => name.endsWith(".hits"))?.[1];
    node.answers = [node.login("old"), node.login("new", 24 * HOUR)];
    for (let run = 0; run < 3; run += 1) await node.run();
    assert.equal(hits(), "..");
    node.later = 10 * HOUR;
    await node.run();
    assert.equal(hits(), undefined);
    await node.run();
    assert.equal(hits(), ".");
  }));

test("one run refreshes a stale login, and the others are served the stale one immediately", () =>
  onNode(async (node) => {
    node.answers = [node.login("old"), node.login("new", 24 * HOUR)];
    await node.run();
    node.later = 10 * HOUR;
    const logins = await Promise.all(Array.from({ length: 20 }, () => node.run()));
    assert.deepEqual(logins.map(passwordOf).sort(), ["new", ...Array.from({ length: 19 }, () => "old")]);
    assert.equal(node.fetches, 2);
    assert.equal(passwordOf(await node.run()), "new");
  }));

test("serves a stale login for a minute at a time, with a note, while the cloud fails", () =>
  onNode(async (node) => {
    node.answers = [node.login("old"), TEMPORARY];
    await node.run();
    node.later = 10 * HOUR;
    const served = await node.run();
    assert.deepEqual(
      [passwordOf(served), served.maxCacheDuration, served.expiresAt],
      ["old", MINUTE, NOW + 12 * HOUR],
    );
    assert.match(
      node.notes.join(),
      /could not refresh the login; serving the cached one, valid for 7199 s: the service is unavailable/,
    );
    // No run makes a request within 5 s of the failure.
    for (const later of [0, 1, 4 * SECOND]) {
      node.later += later;
      assert.equal(passwordOf(await node.run()), "old");
      assert.equal(node.fetches, 2);
    }
    node.later += 2 * SECOND;
    await node.run();
    assert.equal(node.fetches, 3);
  }));

test("serves a stale login until its last 2 min", () =>
  onNode(async (node) => {
    node.answers = [node.login("old", HOUR), TEMPORARY];
    await node.run();
    node.later = HOUR - 3 * MINUTE;
    const { maxCacheDuration = 0 } = await node.run();
    assert.ok(maxCacheDuration > 59 * SECOND && maxCacheDuration <= MINUTE);
    node.later = HOUR - 2 * MINUTE + SECOND;
    assert.equal((await failure(node.run())).code, "cloud-unavailable");
  }));

test("caches a login that is valid for 24 h for 12 h", () =>
  onNode(async (node) => {
    node.answers = [node.login("one", 24 * HOUR), TEMPORARY];
    for (const later of [0, 1, 12 * HOUR - 3 * MINUTE]) {
      node.later = later;
      assert.equal(passwordOf(await node.run()), "one");
    }
    node.later = 12 * HOUR;
    assert.equal((await failure(node.run())).code, "cloud-unavailable");
  }));

test("does not serve an expired login", () =>
  onNode(async (node) => {
    node.answers = [node.login("old"), TEMPORARY];
    await node.run();
    node.later = 12 * HOUR;
    assert.equal((await failure(node.run())).code, "cloud-unavailable");
  }));

test("a refusal deletes the stale login", () =>
  onNode(async (node) => {
    node.answers = [node.login("old"), REFUSED, TEMPORARY];
    await node.run();
    node.later = 10 * HOUR;
    assert.equal((await failure(node.run())).code, "aws-access-denied");
    node.later += 6 * SECOND;
    assert.equal((await failure(node.run())).code, "cloud-unavailable");
  }));

test("a refresh takes at most 5 s, then the stale login is served", () =>
  onNode(async (node) => {
    node.answers = [node.login("old"), node.login("new")];
    await node.run();
    node.later = 10 * HOUR;
    node.takes = 30 * SECOND;
    const before = node.now();
    const served = await node.run();
    assert.deepEqual([passwordOf(served), node.now() - before], ["old", 5 * SECOND]);
    assert.match(node.notes.join(), /timed out waiting for the response/);
  }));

test("exactly one follower fetches if the leader hangs for 20 s", () =>
  onNode(async (node) => {
    node.answers = [node.login("one")];
    node.takes = 44 * SECOND;
    const began = node.now();
    const stopped = node.run();
    await node.wait(SECOND);
    node.takes = 100;
    const logins = await Promise.all(Array.from({ length: 20 }, () => node.run()));
    assert.deepEqual([...new Set(logins.map(passwordOf))], ["one"]);
    assert.ok(node.now() - began < 21 * SECOND, `${node.now() - began}`);
    assert.equal(node.fetches, 2);
    await stopped;
  }));

test("does not cache a login without a known expiry", () =>
  onNode(async (node) => {
    node.answers = [{ ...node.login("one"), expiresAt: undefined }];
    await node.run();
    await node.run();
    assert.equal(node.fetches, 2);
  }));

test("followers of a leader whose login is not cacheable fetch at the same time, not one after the other", () =>
  onNode(async (node) => {
    node.answers = [{ ...node.login("one"), expiresAt: undefined }];
    const began = node.now();
    await Promise.all(Array.from({ length: 50 }, () => node.run()));
    assert.equal(node.fetches, 50);
    const took = node.now() - began;
    assert.ok(took < 10 * node.takes, `${took} ms`);
  }));

test("after 64 dead leaders every run fetches, and its login is cached, until the leases are deleted", () =>
  onNode(async (node) => {
    node.answers = [node.login("one")];
    await node.run();
    const [login = ""] = [...node.store.files.keys()].filter((name) => name.endsWith(".login"));
    node.store.remove(login);
    for (let turn = 0; turn < 64; turn += 1)
      node.store.createExclusive(login.replace(/login$/, `lease-${turn}`), "of a dead process");
    await Promise.all([node.run(), node.run()]);
    assert.equal(node.fetches, 3, "each run fetches");
    await node.run();
    assert.equal(node.fetches, 3);
    node.later += 3 * MINUTE;
    await node.run({ identity: { account: 1 } });
    assert.deepEqual(
      [...node.store.files.keys()].filter((name) => name.includes(".lease-")),
      [],
    );
  }));

test("deletes expired refusals, even if no login is ever fetched", () =>
  onNode(async (node) => {
    node.answers = [REFUSED];
    for (let account = 0; account < 20; account += 1) {
      await failure(node.run({ identity: { account } }));
      node.later += 3 * MINUTE;
    }
    assert.equal([...node.store.files.keys()].filter((name) => name.endsWith(".failure")).length, 1);
  }));

const POD = { namespace: "shop", serviceAccount: "default", uid: "1", expiresAt: NOW + HOUR };

test("caches a pod's login until its token expires, although the login is valid for longer", () =>
  onNode(async (node) => {
    node.answers = [node.login("one")];
    const { expiresAt } = await node.run({ pod: POD });
    assert.equal(expiresAt, NOW + 12 * HOUR);
    assert.equal((await node.run({ pod: POD })).expiresAt, NOW + 12 * HOUR);
    assert.equal(node.fetches, 1);
    node.later = HOUR;
    node.answers = [node.login("two")];
    assert.equal(passwordOf(await node.run({ pod: { ...POD, expiresAt: NOW + 2 * HOUR } })), "two");
  }));

test("does not cache the login of a pod whose token has no ServiceAccount UID", () =>
  onNode(async (node) => {
    node.answers = [node.login("one")];
    for (let run = 0; run < 2; run += 1) await node.run({ pod: { ...POD, uid: undefined } });
    assert.deepEqual([node.fetches, [...node.store.files.keys()]], [2, []]);
  }));

test("does not serve a login to another identity", () =>
  onNode(async (node) => {
    node.answers = [node.login("one"), node.login("two")];
    const both = await Promise.all([
      node.run({ identity: { role: "a" } }),
      node.run({ identity: { role: "b" } }),
    ]);
    assert.deepEqual(both.map(passwordOf).sort(), ["one", "two"]);
    assert.equal(passwordOf(await node.run({ identity: { role: "a" } })), passwordOf(both[0]));
    assert.equal(passwordOf(await node.run({ identity: { role: "b" } })), passwordOf(both[1]));
  }));

test("fetches again after a clock is set past the expiry, and after it is set back", () =>
  onNode(async (node) => {
    node.answers = [node.login("one")];
    await node.run();
    node.wallClockShift = 13 * HOUR;
    node.answers = [node.login("one"), node.login("two")];
    assert.equal(passwordOf(await node.run()), "two");
    node.wallClockShift = 0;
    node.answers = [node.login("one"), node.login("two"), node.login("three")];
    assert.equal(passwordOf(await node.run()), "three");
  }));

test("every run fetches, with a note, if the cache cannot be written", () =>
  onNode(async (node) => {
    node.answers = [node.login("one")];
    node.store.isFull = true;
    await node.run();
    await node.run();
    assert.equal(node.fetches, 2);
    assert.match(node.notes.join(), /the cache is not used: full/);
  }));

test("does not serve a file with any changed byte, and deletes it", () =>
  onNode(async (node) => {
    node.answers = [node.login("one")];
    await node.run();
    const [name = ""] = [...node.store.files.keys()].filter((one) => one.endsWith(".login"));
    const original = node.store.files.get(name) ?? "";
    for (let at = 0; at < original.length; at += 1) {
      for (const damaged of [
        original.slice(0, at),
        `${original.slice(0, at)}\u0001${original.slice(at + 1)}`,
      ]) {
        node.store.files.set(name, damaged);
        const before = node.fetches;
        assert.equal(passwordOf(await node.run()), "one");
        assert.equal(node.fetches, before + 1, `at ${at}`);
        node.store.files.set(name, original);
      }
    }
  }));

test("does not serve a file under the name of another login", () =>
  onNode(async (node) => {
    node.answers = [node.login("one"), node.login("two")];
    await node.run({ identity: { role: "a" } });
    const [first = ""] = [...node.store.files.keys()].filter((one) => one.endsWith(".login"));
    await node.run({ identity: { role: "b" } });
    const [second = ""] = [...node.store.files.keys()].filter(
      (one) => one.endsWith(".login") && one !== first,
    );
    node.store.files.set(second, node.store.files.get(first) ?? "");
    node.answers = [node.login("one"), node.login("two"), node.login("three")];
    assert.equal(passwordOf(await node.run({ identity: { role: "b" } })), "three");
  }));

test("caches 256 logins, and new ones do not evict one that was served", () =>
  onNode(async (node) => {
    node.answers = [node.login("one")];
    for (let run = 0; run < 2; run += 1) await node.run();
    for (let account = 0; account < 260; account += 1) await node.run({ identity: { account } });
    const cached = [...node.store.files.keys()].filter((name) => name.endsWith(".login"));
    assert.equal(cached.length, 256);
    assert.equal(cached.filter((name) => node.store.files.has(name.replace(/login$/, "hits"))).length, 1);
    const before = node.fetches;
    await node.run();
    await node.run({ identity: { account: 259 } });
    assert.equal(node.fetches, before);
  }));

test("serves a stale login while the cloud fails and no lease can be acquired", () =>
  onNode(async (node) => {
    node.answers = [node.login("old"), TEMPORARY];
    await node.run();
    node.later = 10 * HOUR;
    node.store.isFull = true;
    assert.equal(passwordOf(await node.run()), "old");
  }));

test("does not cache the login of a hanging leader if its successor was refused", () =>
  onNode(async (node) => {
    node.answers = [node.login("granted earlier"), REFUSED];
    node.takes = 25 * SECOND;
    const slow = node.run();
    await node.wait(21 * SECOND);
    node.takes = 100;
    assert.equal((await failure(node.run())).code, "aws-access-denied");
    assert.equal(passwordOf(await slow), "granted earlier");
    node.later += 6 * SECOND;
    assert.equal((await failure(node.run())).code, "aws-access-denied");
  }));

test("serves a login with a short lifetime to the runs that waited for it, but not to later ones", () =>
  onNode(async (node) => {
    node.answers = [node.login("short", 90 * SECOND)];
    const logins = await Promise.all(Array.from({ length: 20 }, () => node.run()));
    assert.deepEqual([node.fetches, new Set(logins.map(passwordOf)).size], [1, 1]);
    node.later += 1;
    await node.run();
    assert.equal(node.fetches, 2);
  }));

test("a lease that cannot be released does not fail the run", () =>
  onNode(async (node) => {
    node.answers = [node.login("one")];
    const { readLock } = node.store;
    node.store.readLock = (name) => {
      if (name.includes(".lease-1")) throw new ProviderError("cache-unusable", { detail: "broken" });
      return readLock.call(node.store, name);
    };
    assert.equal(passwordOf(await node.run()), "one");
  }));
