import { AWS_PARTITION_SCENES } from "./aws-partitions.ts";
import { play } from "./scene.ts";

play(AWS_PARTITION_SCENES);
