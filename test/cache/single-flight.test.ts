import assert from "node:assert/strict";
import { test } from "node:test";
import { HOUR, MINUTE, SECOND } from "../../src/core/time.ts";
import { ProviderError } from "../../src/errors/provider-error.ts";
import { BROKEN, onNode, PASSING, passwordOf, REFUSED } from "../support/virtual-node.ts";
import { failure, NOW } from "../support/world.ts";

test("a login is fetched once and then served by whoever comes", () =>
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

test("of 200 runs at the same moment one fetches, and all have its login", () =>
  onNode(async (node) => {
    node.answers = [node.login("one"), node.login("two")];
    const logins = await Promise.all(Array.from({ length: 200 }, () => node.run()));
    assert.deepEqual([...new Set(logins.map(passwordOf))], ["one"]);
    assert.equal(node.fetches, 1);
  }));

test("a refusal to one of many is the refusal to all, and asked for again after 5 s", () =>
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

test("what may pass is shared by those who waited, and who comes next asks", () =>
  onNode(async (node) => {
    node.answers = [PASSING, node.login("one")];
    const errors = await Promise.all(Array.from({ length: 50 }, () => failure(node.run())));
    assert.deepEqual([node.fetches, new Set(errors.map(({ code }) => code)).size], [1, 1]);
    node.later += 1;
    assert.equal(passwordOf(await node.run()), "one");
  }));

test("what is wrong on the node is nobody else's failure: nobody was asked", () =>
  onNode(async (node) => {
    node.answers = [BROKEN, node.login("one")];
    assert.equal((await failure(node.run())).code, "file-unreadable");
    assert.equal(passwordOf(await node.run()), "one");
  }));

test("how often a login was served is counted from anew once it is renewed", () =>
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

test("a login that is due is renewed by one run, and the others are served it at once", () =>
  onNode(async (node) => {
    node.answers = [node.login("old"), node.login("new", 24 * HOUR)];
    await node.run();
    node.later = 10 * HOUR;
    const logins = await Promise.all(Array.from({ length: 20 }, () => node.run()));
    assert.deepEqual(logins.map(passwordOf).sort(), ["new", ...Array.from({ length: 19 }, () => "old")]);
    assert.equal(node.fetches, 2);
    assert.equal(passwordOf(await node.run()), "new");
  }));

test("while the cloud fails, the login that is there is served for a minute at a time, with a note", () =>
  onNode(async (node) => {
    node.answers = [node.login("old"), PASSING];
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
    // For 5 s nobody asks again, come they later than the failure or not, and then the next one does.
    for (const later of [0, 1, 4 * SECOND]) {
      node.later += later;
      assert.equal(passwordOf(await node.run()), "old");
      assert.equal(node.fetches, 2);
    }
    node.later += 2 * SECOND;
    await node.run();
    assert.equal(node.fetches, 3);
  }));

test("until its last 2 min it is served for a minute at a time", () =>
  onNode(async (node) => {
    node.answers = [node.login("old", HOUR), PASSING];
    await node.run();
    node.later = HOUR - 3 * MINUTE;
    const { maxCacheDuration = 0 } = await node.run();
    assert.ok(maxCacheDuration > 59 * SECOND && maxCacheDuration <= MINUTE);
    node.later = HOUR - 2 * MINUTE + SECOND;
    assert.equal((await failure(node.run())).code, "cloud-unavailable");
  }));

test("a login that is good for 24 h is kept for 12", () =>
  onNode(async (node) => {
    node.answers = [node.login("one", 24 * HOUR), PASSING];
    for (const later of [0, 1, 12 * HOUR - 3 * MINUTE]) {
      node.later = later;
      assert.equal(passwordOf(await node.run()), "one");
    }
    node.later = 12 * HOUR;
    assert.equal((await failure(node.run())).code, "cloud-unavailable");
  }));

test("after its end it is served to nobody", () =>
  onNode(async (node) => {
    node.answers = [node.login("old"), PASSING];
    await node.run();
    node.later = 12 * HOUR;
    assert.equal((await failure(node.run())).code, "cloud-unavailable");
  }));

test("a refusal takes the login away that is there", () =>
  onNode(async (node) => {
    node.answers = [node.login("old"), REFUSED, PASSING];
    await node.run();
    node.later = 10 * HOUR;
    assert.equal((await failure(node.run())).code, "aws-access-denied");
    node.later += 6 * SECOND;
    assert.equal((await failure(node.run())).code, "cloud-unavailable");
  }));

test("who holds a good login waits 5 s for a better one, and no longer", () =>
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

test("where a leader hangs, another asks after 20 s, and no more than one", () =>
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

test("a login of which nobody says when it ends is not kept", () =>
  onNode(async (node) => {
    node.answers = [{ ...node.login("one"), expiresAt: undefined }];
    await node.run();
    await node.run();
    assert.equal(node.fetches, 2);
  }));

test("where nothing is kept, those who waited for the first ask at the same time, not one after the other", () =>
  onNode(async (node) => {
    node.answers = [{ ...node.login("one"), expiresAt: undefined }];
    const began = node.now();
    await Promise.all(Array.from({ length: 50 }, () => node.run()));
    assert.equal(node.fetches, 50);
    const took = node.now() - began;
    assert.ok(took < 10 * node.takes, `${took} ms`);
  }));

test("where 64 leaders died nobody leads until their marks are swept away, and what is fetched is kept all the same", () =>
  onNode(async (node) => {
    node.answers = [node.login("one")];
    await node.run();
    const [login = ""] = [...node.store.files.keys()].filter((name) => name.endsWith(".login"));
    node.store.remove(login);
    for (let turn = 0; turn < 64; turn += 1)
      node.store.createExclusive(login.replace(/login$/, `lease-${turn}`), "of the dead");
    await Promise.all([node.run(), node.run()]);
    assert.equal(node.fetches, 3, "each asks by itself");
    await node.run();
    assert.equal(node.fetches, 3);
    node.later += 3 * MINUTE;
    await node.run({ identity: { account: 1 } });
    assert.deepEqual(
      [...node.store.files.keys()].filter((name) => name.includes(".lease-")),
      [],
    );
  }));

test("refusals that nobody will read again are taken away, though no login is ever fetched", () =>
  onNode(async (node) => {
    node.answers = [REFUSED];
    for (let account = 0; account < 20; account += 1) {
      await failure(node.run({ identity: { account } }));
      node.later += 3 * MINUTE;
    }
    assert.equal([...node.store.files.keys()].filter((name) => name.endsWith(".failure")).length, 1);
  }));

const POD = { namespace: "shop", serviceAccount: "default", uid: "1", expiresAt: NOW + HOUR };

test("a pod's login is kept no longer than its token lasts, though it is good for longer", () =>
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

test("a pod whose token does not say which ServiceAccount of the name it is has no part in the cache", () =>
  onNode(async (node) => {
    node.answers = [node.login("one")];
    for (let run = 0; run < 2; run += 1) await node.run({ pod: { ...POD, uid: undefined } });
    assert.deepEqual([node.fetches, [...node.store.files.keys()]], [2, []]);
  }));

test("who asks as another is served another's login by no way", () =>
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

test("a clock that was set forth past its end has it fetched again, and set back serves the new one", () =>
  onNode(async (node) => {
    node.answers = [node.login("one")];
    await node.run();
    node.setForth = 13 * HOUR;
    node.answers = [node.login("one"), node.login("two")];
    assert.equal(passwordOf(await node.run()), "two");
    node.setForth = 0;
    node.answers = [node.login("one"), node.login("two"), node.login("three")];
    assert.equal(passwordOf(await node.run()), "three");
  }));

test("where nothing can be written, each run asks, with a line that says why", () =>
  onNode(async (node) => {
    node.answers = [node.login("one")];
    node.store.isFull = true;
    await node.run();
    await node.run();
    assert.equal(node.fetches, 2);
    assert.match(node.notes.join(), /the cache is not used: full/);
  }));

test("whatever letter of a file is another, it is not served, and the file is gone", () =>
  onNode(async (node) => {
    node.answers = [node.login("one")];
    await node.run();
    const [name = ""] = [...node.store.files.keys()].filter((one) => one.endsWith(".login"));
    const whole = node.store.files.get(name) ?? "";
    for (let at = 0; at < whole.length; at += 1) {
      for (const spoiled of [whole.slice(0, at), `${whole.slice(0, at)}\u0001${whole.slice(at + 1)}`]) {
        node.store.files.set(name, spoiled);
        const before = node.fetches;
        assert.equal(passwordOf(await node.run()), "one");
        assert.equal(node.fetches, before + 1, `at ${at}`);
        node.store.files.set(name, whole);
      }
    }
  }));

test("one login's file under another's name is not served", () =>
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

test("256 logins are kept, and a crowd of new ones takes no place from one that serves", () =>
  onNode(async (node) => {
    node.answers = [node.login("one")];
    for (let run = 0; run < 2; run += 1) await node.run();
    for (let account = 0; account < 260; account += 1) await node.run({ identity: { account } });
    const kept = [...node.store.files.keys()].filter((name) => name.endsWith(".login"));
    assert.equal(kept.length, 256);
    assert.equal(kept.filter((name) => node.store.files.has(name.replace(/login$/, "hits"))).length, 1);
    const before = node.fetches;
    await node.run();
    await node.run({ identity: { account: 259 } });
    assert.equal(node.fetches, before);
  }));

test("a good login is served while the cloud fails where no lease can be had either", () =>
  onNode(async (node) => {
    node.answers = [node.login("old"), PASSING];
    await node.run();
    node.later = 10 * HOUR;
    node.store.isFull = true;
    assert.equal(passwordOf(await node.run()), "old");
  }));

test("what a run that was passed over comes with is not kept where it was refused meanwhile", () =>
  onNode(async (node) => {
    node.answers = [node.login("granted before"), REFUSED];
    node.takes = 25 * SECOND;
    const slow = node.run();
    await node.wait(21 * SECOND);
    node.takes = 100;
    assert.equal((await failure(node.run())).code, "aws-access-denied");
    assert.equal(passwordOf(await slow), "granted before");
    node.later += 6 * SECOND;
    assert.equal((await failure(node.run())).code, "aws-access-denied");
  }));

test("a login of a short life is that of all who waited for it, and of nobody after", () =>
  onNode(async (node) => {
    node.answers = [node.login("short", 90 * SECOND)];
    const logins = await Promise.all(Array.from({ length: 20 }, () => node.run()));
    assert.deepEqual([node.fetches, new Set(logins.map(passwordOf)).size], [1, 1]);
    node.later += 1;
    await node.run();
    assert.equal(node.fetches, 2);
  }));

test("a lease that cannot be given back costs nobody the login", () =>
  onNode(async (node) => {
    node.answers = [node.login("one")];
    const { readLock } = node.store;
    node.store.readLock = (name) => {
      if (name.includes(".lease-1")) throw new ProviderError("cache-unusable", { detail: "broken" });
      return readLock.call(node.store, name);
    };
    assert.equal(passwordOf(await node.run()), "one");
  }));
