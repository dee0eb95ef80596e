import assert from "node:assert/strict";
import { test } from "node:test";
import { startCloud } from "../cloud/cloud.ts";
import { requestFor, run } from "../executable/start.ts";
import { PKG_DEV } from "./answers.ts";
import { REJECTED_CONTENTS } from "./rejected-contents.ts";
import { play } from "./scene.ts";

play(REJECTED_CONTENTS);

test("a token that expires soon is returned if no later one can be fetched", async () => {
  const cloud = await startCloud();
  try {
    let attempts = 0;
    const change = (body: string) => {
      attempts += 1;
      return attempts === 1 ? JSON.stringify({ ...JSON.parse(body), expires_in: 30 }) : "{}";
    };
    cloud.fault("gce/token", { kind: "change", change }, 2);
    const { status, stdout } = await run({ env: cloud.env("google"), stdin: requestFor(PKG_DEV) });
    assert.deepEqual([status, attempts], [0, 2]);
    assert.match(stdout, /"password":"./);
  } finally {
    await cloud.stop();
  }
});
