import assert from "node:assert/strict";
import { test } from "node:test";
import { RUN_TIMEOUT } from "../../src/core/time.ts";
import { QUOTA } from "./account.ts";
import { countPeakRetries, playFleet } from "./fleet.ts";

test("1,000 nodes that start at once and share a quota all get a login before the deadline, with a bounded retry rate", async () => {
  const { served, answers, failed, calls } = await playFleet(1000, 1);
  assert.deepEqual([served.length, failed], [1000, []]);
  assert.ok((served.at(-1) ?? RUN_TIMEOUT) < RUN_TIMEOUT, `the last login after ${served.at(-1)} ms`);
  const owners = answers.map((answer) => /"password":"password-of-(\d+)"/.exec(answer)?.[1]);
  assert.deepEqual(owners, [...Array(1000).keys()].map(String));
  assert.ok(countPeakRetries(calls) <= 3 * QUOTA.rate, `${countPeakRetries(calls)} retries in a second`);
});

test("a fleet within the burst quota is not delayed", async () => {
  const { served, calls } = await playFleet(QUOTA.burst, 1);
  assert.deepEqual([served.length, calls.length], [QUOTA.burst, QUOTA.burst]);
  assert.ok((served.at(-1) ?? RUN_TIMEOUT) < 100, `the last login after ${served.at(-1)} ms`);
});

test("a fleet that is too large for the quota gets as many logins as the quota allows, and the other nodes report throttling", async () => {
  const { served, failed, calls } = await playFleet(1500, 1);
  assert.ok(served.length > 1000, `${served.length} served`);
  assert.deepEqual([served.length + failed.length, [...new Set(failed)]], [1500, ["throttled"]]);
  assert.ok(calls.length < 3 * 1500, `${calls.length} calls`);
});

test("the same seed produces the same requests", async () => {
  const [one, same, other] = [await playFleet(300, 7), await playFleet(300, 7), await playFleet(300, 8)];
  assert.deepEqual(one.calls, same.calls);
  assert.notDeepEqual(one.calls, other.calls);
});
