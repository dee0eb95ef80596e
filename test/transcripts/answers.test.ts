import { ANSWERS } from "./answers.ts";
import { play } from "./scene.ts";

play(ANSWERS);
