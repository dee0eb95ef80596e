import { play } from "./scene.ts";
import { VARIABLES } from "./variables.ts";

play(VARIABLES);
