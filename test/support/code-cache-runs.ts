/**
 * The runs with which the build makes its code caches: logins at the fake clouds. `npm run build` passes this module to
 * build.mjs, which imports nothing from test/ itself.
 */
import { buildConfiguration } from "../../scripts/bench/configuration.ts";
import { startCloud } from "../cloud/cloud.ts";

const LOGINS = [
  ["aws", "123456789012.dkr.ecr.us-east-1.amazonaws.com/app"],
  ["aws", "public.ecr.aws/team/app"],
  ["google", "europe-west1-docker.pkg.dev/p/r/app"],
  ["azure", "myregistry.azurecr.io/app"],
] as const;
/** One rule of each kind. */
const RULES = 4;

export async function startCodeCacheRuns() {
  const cloud = await startCloud();
  return {
    logins: LOGINS.map(([name, image]) => ({ env: cloud.env(name), image })),
    unsupportedImage: "docker.io/library/busybox",
    config: buildConfiguration(RULES),
    stop: () => cloud.stop(),
  };
}
