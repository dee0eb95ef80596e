import { REFUSED_RULES } from "./refused-rules.ts";
import { play } from "./scene.ts";

play(REFUSED_RULES);
