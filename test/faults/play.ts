import { after, before, describe, test } from "node:test";
import { assertCell, requestFor } from "./check.ts";
import { ENDPOINTS, type Endpoint, type Stand, startEndpoint } from "./endpoints.ts";
import { FAULTS, type FaultRow } from "./matrix.ts";
import { runInProcess } from "./run.ts";

interface Cell {
  readonly row: FaultRow;
  /** The fault is retried until the window ends, and another endpoint of the same kind and cloud covers it too. */
  readonly isSlow: boolean;
}

/** Cells run one after the other, because Google's library has one transport for the whole process. */
export function playCells(isPlayed: (cell: Cell) => boolean): void {
  const seen = new Set<string>();
  for (const endpoint of ENDPOINTS) {
    const sort = `${endpoint.kind} ${endpoint.node.split("-", 1)}`;
    const isAnother = seen.has(sort);
    seen.add(sort);
    const cells = FAULTS.map((row) => ({ row, isSlow: isAnother && row.speed !== undefined }));
    const rows = cells.filter(isPlayed).map(({ row }) => row);
    if (rows.length > 0) playRows(endpoint, rows);
  }
}

function playRows(endpoint: Endpoint, rows: readonly FaultRow[]): void {
  describe(`${endpoint.where} on the way to ${endpoint.image}`, () => {
    let stand: Stand;
    let firstSecrets = 0;
    before(async () => {
      stand = await startEndpoint(endpoint);
      firstSecrets = stand.cloud.canaries.length;
    });
    after(() => stand.stop());

    for (const row of rows)
      test(`answers ${row.name}: the outcome is allowed and the invariants hold`, async () => {
        const { cloud, env, args } = stand;
        cloud.clearFaults();
        cloud.fault(endpoint.where, row.fault);
        const earlier = { requests: cloud.requests.length, firstSecrets, secrets: cloud.canaries.length };
        const stdin = requestFor(endpoint, stand);
        const run = await runInProcess({
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
}
