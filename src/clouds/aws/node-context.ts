import type { World } from "../../core/world.ts";
import { type ImdsSession, openImdsSession } from "./imds.ts";
import type { Sections } from "./shared-file-syntax.ts";
import { readNodeProfiles } from "./shared-files.ts";

/** The node as AWS's own tools find it. Its region and its credentials come from the same places, which are asked once. */
export interface AwsNode {
  readonly world: World;
  /** Of the files that the environment names. */
  readonly profiles: () => Promise<Sections>;
  /** With the instance's metadata service. */
  readonly session: () => Promise<ImdsSession>;
}

const nodes = new WeakMap<World, AwsNode>();

/** Returns the one node of a world, so that a run reads its files and its metadata once. */
export function getAwsNode(world: World): AwsNode {
  const known = nodes.get(world);
  if (known !== undefined) return known;
  const node = {
    world,
    profiles: once(() => readNodeProfiles(world)),
    session: once(() => openImdsSession(world)),
  };
  nodes.set(world, node);
  return node;
}

function once<T>(get: () => Promise<T>): () => Promise<T> {
  let got: Promise<T> | undefined;
  return () => {
    got ??= get();
    return got;
  };
}
