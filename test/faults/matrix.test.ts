import { after, before, describe, test } from "node:test";
import { assertCell, requestFor } from "./check.ts";
import { ENDPOINTS, type Stand, standFor } from "./endpoints.ts";
import { FAULTS } from "./matrix.ts";
import { quickRun } from "./run.ts";

// One cell after the other: Google's library has one way out for the whole process.
for (const endpoint of ENDPOINTS)
  describe(`${endpoint.where} on the way to ${endpoint.image}`, () => {
    let stand: Stand;
    let firstSecrets = 0;
    before(async () => {
      stand = await standFor(endpoint);
      firstSecrets = stand.cloud.canaries.length;
    });
    after(() => stand.stop());

    for (const row of FAULTS)
      test(`answers ${row.name}: nothing is lost, leaked or believed`, async () => {
        const { cloud, env, args } = stand;
        cloud.clearFaults();
        cloud.fault(endpoint.where, row.fault);
        const earlier = { requests: cloud.requests.length, firstSecrets, secrets: cloud.canaries.length };
        const stdin = requestFor(endpoint, stand);
        const run = await quickRun({
          stdin,
          args,
          env,
          caFile: cloud.caFile,
          speed: row.speed ?? 1,
          hastyWith: endpoint.kind,
        });
        await assertCell(endpoint, row, cloud, run, earlier);
      });
  });
