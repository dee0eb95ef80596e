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
/** A cluster of GKE, for the asset that exchanges tokens at Google. */
const CLUSTER = "https://container.googleapis.com/v1/projects/shop-1/locations/eu/clusters/c";
/** A rule of each kind. */
const RULES = 4;

export async function startCodeCacheRuns() {
  const cloud = await startCloud({ cluster: { issuer: CLUSTER }, google: { clusters: [CLUSTER] } });
  const pod = {
    image: "europe-docker.pkg.dev/p/r/app",
    serviceAccountToken: cloud.serviceAccountToken({ audience: "shop-1.svc.id.goog" }),
    serviceAccountAnnotations: { "iam.gke.io/enable-wi-image-pull": "true" },
  };
  return {
    logins: [
      ...LOGINS.map(([name, image]) => ({ env: cloud.env(name), args: [], request: { image } })),
      {
        env: cloud.env("google"),
        args: [`--identity-provider=${CLUSTER}`, "--project-id=shop-1"],
        request: pod,
      },
    ],
    unsupportedImage: "docker.io/library/busybox",
    config: buildConfiguration(RULES),
    stop: () => cloud.stop(),
  };
}
