import type { Scene } from "./scene.ts";

export const STATIC_LOGINS: readonly Scene[] = [];
