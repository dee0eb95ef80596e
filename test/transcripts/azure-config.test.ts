import { AZURE_CONFIG } from "./azure-config.ts";
import { play } from "./scene.ts";

play(AZURE_CONFIG);
