import { AZURE_IDENTITIES } from "./azure-identities.ts";
import { play } from "./scene.ts";

play(AZURE_IDENTITIES);
