import { HOSTILE_PODS } from "./hostile-pods.ts";
import { play } from "./scene.ts";

play(HOSTILE_PODS);
