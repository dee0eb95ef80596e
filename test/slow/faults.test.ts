/** Faults that are waited out, at every endpoint that `npm test` leaves out. */
import { playCells } from "../faults/play.ts";

playCells(({ isSlow }) => isSlow);
