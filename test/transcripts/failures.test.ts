import { FAILURES } from "./failures.ts";
import { play } from "./scene.ts";

play(FAILURES);
