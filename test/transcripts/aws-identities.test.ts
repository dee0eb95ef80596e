import { AWS_IDENTITIES } from "./aws-identities.ts";
import { play } from "./scene.ts";

play(AWS_IDENTITIES);
