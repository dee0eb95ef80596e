import { play } from "./scene.ts";
import { STATIC_LOGINS } from "./static-logins.ts";

play(STATIC_LOGINS);
