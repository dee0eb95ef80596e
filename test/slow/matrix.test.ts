import { test } from "node:test";
import { CELLS } from "../matrix/cells.ts";
import { playCell } from "../matrix/play.ts";
import { runProvider } from "../support/provider.ts";

test("every identity at every target, with the executable", { concurrency: 6 }, async (context) => {
  const played = CELLS.map((cell) =>
    context.test(`${cell.identity} → ${cell.target}: ${cell.outcome}: ${cell.ending}`, () =>
      playCell(cell, runProvider),
    ),
  );
  await Promise.all(played);
});
