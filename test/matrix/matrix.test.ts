import { test } from "node:test";
import { quickRun } from "../faults/run.ts";
import { CELLS } from "./cells.ts";
import { playCell } from "./play.ts";

// In this process, one after the other: Google's library has one way out for the whole process. What needs a process of its
// own is for test/slow/matrix.test.ts.
for (const cell of CELLS.filter(({ stage }) => !stage.ownProcess))
  test(`${cell.identity} → ${cell.target}: ${cell.outcome}: ${cell.ending}`, () =>
    playCell(cell, (call) => quickRun({ ...call, speed: 1, hastyWith: "token" })));
