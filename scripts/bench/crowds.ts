/** Who pulls what at the same time. */
import type { Cloud, CloudName } from "../../test/cloud/cloud.ts";

export interface Pull {
  readonly image: string;
  readonly cloud: CloudName;
}

export interface CrowdScene {
  readonly name: string;
  readonly pulls: readonly Pull[];
  /** Registries among them: as many chains of questions as there have to be. */
  readonly keys: number;
  /** What the node's metadata service and everything behind TLS takes to answer, in milliseconds. */
  readonly delays?: { readonly near: number; readonly far: number };
}

/** Images of one registry: the node asks once. */
export function oneKey(runs: number): CrowdScene {
  const pulls = pullsOf([ecr(0)], runs);
  return { name: `${runs} of one registry`, pulls, keys: 1 };
}

/** ECR's logins are good for a region, ACR's for a registry: of these none is good for another, so that each that is crossed shows. */
export function manyKeys(runs: number, keys: number): CrowdScene {
  const registries = Array.from({ length: keys }, (_, index) => (index % 2 === 0 ? ecr(index) : acr(index)));
  return { name: `${runs} of ${keys} registries`, pulls: pullsOf(registries, runs), keys };
}

/** A node that has just booted, as if it were on three clouds at once. */
export function nodeBoot(): CrowdScene {
  const google = ["europe-west1-docker.pkg.dev", "us-docker.pkg.dev", "asia-docker.pkg.dev", "eu.gcr.io"];
  const registries = [0, 1, 2, 3].flatMap((index) => [
    ecr(index),
    acr(index),
    { host: google[index] ?? "gcr.io", cloud: "google" as const },
  ]);
  const pulls = pullsOf(registries, 60);
  return { name: "node boot", pulls, keys: registries.length, delays: { near: 2, far: 40 } };
}

export function delay(cloud: Cloud, { delays }: CrowdScene): void {
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

/** One after the other of the registries in turn, each image another. */
function pullsOf(registries: readonly Registry[], runs: number): Pull[] {
  return Array.from({ length: runs }, (_, run) => {
    const { host, cloud } = registries[run % registries.length] ?? ecr(0);
    return { image: `${host}/team/app-${run}`, cloud };
  });
}
