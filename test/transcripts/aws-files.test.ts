import { AWS_FILES } from "./aws-files.ts";
import { play } from "./scene.ts";

play(AWS_FILES);
