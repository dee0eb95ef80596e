import { test } from "node:test";
import { runProvider } from "../support/provider.ts";
import { assertCell, requestFor } from "./check.ts";
import { type Endpoint, MANAGED_IDENTITY, startEndpoint } from "./endpoints.ts";
import { FAULTS, type FaultRow } from "./matrix.ts";

/** A fault that is retried until the window ends takes 15 s in a real run: those are in test/slow. */
const WAITED_OUT = [
  "404",
  "408",
  "410",
  "429",
  "500",
  "502",
  "503",
  "504",
  "a refused connection",
  "a reset in the middle",
  "an end in the middle",
  "silence",
  "a byte now and then",
];

// The Arc agents of the clouds share one folder for their keys, so their cells run one after the other.
for (const endpoint of MANAGED_IDENTITY)
  test(endpoint.where, { concurrency: endpoint.node === "azure-arc" ? 1 : 8 }, async (context) => {
    const rows = FAULTS.filter(({ name }) => !WAITED_OUT.includes(name));
    const cells = rows.map((row) =>
      context.test(`answers ${row.name}: the outcome is allowed and the invariants hold`, () =>
        runCell(endpoint, row),
      ),
    );
    await Promise.all(cells);
  });

async function runCell(endpoint: Endpoint, row: FaultRow): Promise<void> {
  const stand = await startEndpoint(endpoint);
  const { cloud, env, args, stop } = stand;
  try {
    cloud.fault(endpoint.where, row.fault);
    await assertCell(
      endpoint,
      row,
      cloud,
      await runProvider({ stdin: requestFor(endpoint, stand), args, env }),
    );
  } finally {
    await stop();
  }
}
