import type { Scene } from "./scene.ts";

export const AZURE_IDENTITIES: readonly Scene[] = [];
