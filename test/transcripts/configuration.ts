import type { Scene } from "./scene.ts";

export const CONFIGURATION: readonly Scene[] = [];
