import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { startCloud } from "../cloud/cloud.ts";
import { CANARIES } from "../secrets/canary.ts";
import { createWriter } from "../secrets/files.ts";
import { play, playAll } from "../secrets/play.ts";
import { PLACES } from "../secrets/walk.ts";

for (const canary of CANARIES)
  test(`${canary.shape} is never shown or looked up`, async (context) => {
    const cloud = await startCloud();
    const folder = await mkdtemp(join(tmpdir(), "secrets-"));
    context.after(async () => {
      await cloud.stop();
      await rm(folder, { recursive: true });
    });
    const write = createWriter(folder);
    await playAll(
      PLACES,
      ({ name }) => name,
      (place) => play(place.play(canary, cloud, write), canary),
    );
  });
