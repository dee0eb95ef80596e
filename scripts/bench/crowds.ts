/** The scenes with concurrent pulls. */
import type { Cloud, CloudName } from "../../test/cloud/cloud.ts";

export interface Pull {
  readonly image: string;
  readonly cloud: CloudName;
}

export interface CrowdScene {
  readonly name: string;
  readonly pulls: readonly Pull[];
  /** The number of registries, which is the number of logins that have to be fetched. */
  readonly keys: number;
  /** The response time of the metadata services (near) and of all services behind TLS (far), in milliseconds. */
  readonly delays?: { readonly near: number; readonly far: number };
}

/** Images of one registry: one login. */
export function oneKey(runs: number): CrowdScene {
  const pulls = spreadPulls([ecr(0)], runs);
  return { name: `${runs} of one registry`, pulls, keys: 1 };
}

/** An ECR login is valid for a region, an ACR login for a registry. None of these is valid for two, so a mixed-up login is detected. */
export function manyKeys(runs: number, keys: number): CrowdScene {
  const registries = Array.from({ length: keys }, (_, index) => (index % 2 === 0 ? ecr(index) : acr(index)));
  return { name: `${runs} of ${keys} registries`, pulls: spreadPulls(registries, runs), keys };
}

/** A node after boot, with images of three clouds. */
export function nodeBoot(): CrowdScene {
  const google = ["europe-west1-docker.pkg.dev", "us-docker.pkg.dev", "asia-docker.pkg.dev", "eu.gcr.io"];
  const registries = [0, 1, 2, 3].flatMap((index) => [
    ecr(index),
    acr(index),
    { host: google[index] ?? "gcr.io", cloud: "google" as const },
  ]);
  const pulls = spreadPulls(registries, 60);
  return { name: "node boot", pulls, keys: registries.length, delays: { near: 2, far: 40 } };
}

export function injectDelays(cloud: Cloud, { delays }: CrowdScene): void {
  cloud.clearFaults();
  if (delays === undefined) return;
  for (const service of ["imds", "gce", "azure-imds"])
    cloud.fault(service, { kind: "delay", ms: delays.near });
  for (const service of ["ecr", "acr"]) cloud.fault(service, { kind: "delay", ms: delays.far });
}

interface Registry {
  readonly host: string;
  readonly cloud: CloudName;
}

function ecr(index: number): Registry {
  return { host: `${100_000_000_000 + index}.dkr.ecr.us-east-${index + 1}.amazonaws.com`, cloud: "aws" };
}

function acr(index: number): Registry {
  return { host: `team${index}.azurecr.io`, cloud: "azure" };
}

/** Returns pulls of different images, from the registries in turn. */
function spreadPulls(registries: readonly Registry[], runs: number): Pull[] {
  return Array.from({ length: runs }, (_, run) => {
    const { host, cloud } = registries[run % registries.length] ?? ecr(0);
    return { image: `${host}/team/app-${run}`, cloud };
  });
}
