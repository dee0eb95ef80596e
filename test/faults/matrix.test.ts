import { playCells } from "./play.ts";

playCells(({ isSlow }) => !isSlow);
