import { GOOGLE_IDENTITIES } from "./google-identities.ts";
import { play } from "./scene.ts";

play(GOOGLE_IDENTITIES);
