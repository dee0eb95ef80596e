import type { World } from "../../core/world.ts";
import { type ImdsSession, openImdsSession } from "./imds.ts";
import type { SharedFileSections } from "./shared-file-syntax.ts";
import { readNodeProfiles } from "./shared-files.ts";

/** The node's AWS configuration. Its region and its credentials come from the same sources, each of which is read once per login. */
export interface AwsNode {
  readonly world: World;
  /** Reads the shared files that the environment names. */
  readonly profiles: () => Promise<SharedFileSections>;
  /** Opens a session with the instance metadata service. */
  readonly session: () => Promise<ImdsSession>;
}

/** Creates the AWS configuration of a node. Nothing is read before its first use. */
export function createAwsNode(world: World): AwsNode {
  return {
    world,
    profiles: once(() => readNodeProfiles(world)),
    session: once(() => openImdsSession(world)),
  };
}

function once<T>(get: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= get();
    return result;
  };
}
