import { test } from "node:test";
import { runInProcess } from "../faults/run.ts";
import { CELLS } from "./cells.ts";
import { playCell } from "./play.ts";

// These cells run in this process. Cells that need a process of their own run in test/slow/matrix.test.ts.
for (const cell of CELLS.filter(({ stage }) => !stage.ownProcess))
  test(`${cell.identity} → ${cell.target}: ${cell.outcome}: ${cell.ending}`, () =>
    playCell(cell, (call) => runInProcess({ ...call, speed: 1, hastyWith: "token" })));
