/** Faults that are waited out, at every endpoint that `npm test` skips. */
import { playCells } from "../faults/play.ts";

playCells(({ isSlow }) => isSlow);
