import type { World } from "../../core/world.ts";
import { type ImdsSession, openImdsSession } from "./imds.ts";
import type { SharedFileSections } from "./shared-file-syntax.ts";
import { readNodeProfiles } from "./shared-files.ts";

/** The node's AWS configuration. Its region and its credentials come from the same sources, each of which is read once per run. */
export interface AwsNode {
  readonly world: World;
  /** Reads the shared files that the environment names. */
  readonly profiles: () => Promise<SharedFileSections>;
  /** Opens a session with the instance metadata service. */
  readonly session: () => Promise<ImdsSession>;
}

const nodes = new WeakMap<World, AwsNode>();

/** Returns the AWS configuration of a run's node, always the same object. */
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
  let result: Promise<T> | undefined;
  return () => {
    result ??= get();
    return result;
  };
}
