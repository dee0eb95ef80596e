import type { Scene } from "./scene.ts";

export const GOOGLE_IDENTITIES: readonly Scene[] = [];
