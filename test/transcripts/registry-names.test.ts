import { REGISTRY_NAMES } from "./registry-names.ts";
import { play } from "./scene.ts";

play(REGISTRY_NAMES);
