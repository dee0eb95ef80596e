import assert from "node:assert/strict";
import { test } from "node:test";
import { RUN_TIMEOUT } from "../../src/core/time.ts";
import { QUOTA } from "./account.ts";
import { peakOfRetries, playFleet } from "./fleet.ts";

test("a thousand nodes that start at once share one quota: all are served within the run, and none hammers", async () => {
  const { served, answers, failed, calls } = await playFleet(1000, 1);
  assert.deepEqual([served.length, failed], [1000, []]);
  assert.ok((served.at(-1) ?? RUN_TIMEOUT) < RUN_TIMEOUT, `the last after ${served.at(-1)} ms`);
  const owners = answers.map((answer) => /"password":"password-of-(\d+)"/.exec(answer)?.[1]);
  assert.deepEqual(owners, [...Array(1000).keys()].map(String));
  assert.ok(peakOfRetries(calls) <= 3 * QUOTA.rate, `${peakOfRetries(calls)} retries in a second`);
});

test("a fleet that fits into the burst is not slowed down", async () => {
  const { served, calls } = await playFleet(QUOTA.burst, 1);
  assert.deepEqual([served.length, calls.length], [QUOTA.burst, QUOTA.burst]);
  assert.ok((served.at(-1) ?? RUN_TIMEOUT) < 100, `the last after ${served.at(-1)} ms`);
});

test("a fleet that is too large for any waiting is served as far as the quota goes, and the others are told why not", async () => {
  const { served, failed, calls } = await playFleet(1500, 1);
  assert.ok(served.length > 1000, `${served.length} served`);
  assert.deepEqual([served.length + failed.length, [...new Set(failed)]], [1500, ["throttled"]]);
  assert.ok(calls.length < 3 * 1500, `${calls.length} calls`);
});

test("the same seed plays the same minute again", async () => {
  const [one, same, other] = [await playFleet(300, 7), await playFleet(300, 7), await playFleet(300, 8)];
  assert.deepEqual(one.calls, same.calls);
  assert.notDeepEqual(one.calls, other.calls);
});
