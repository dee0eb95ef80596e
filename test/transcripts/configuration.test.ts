import { CONFIGURATION } from "./configuration.ts";
import { play } from "./scene.ts";

play(CONFIGURATION);
