import { AWS_ENDPOINTS } from "./aws-endpoints.ts";
import { play } from "./scene.ts";

play(AWS_ENDPOINTS);
