import type { Scene } from "./scene.ts";

export const AWS_IDENTITIES: readonly Scene[] = [];
