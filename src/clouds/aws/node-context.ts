import type { World } from "../../core/world.ts";
import { openSession, type Session } from "./imds.ts";
import type { Sections } from "./shared-file-syntax.ts";
import { nodesProfiles } from "./shared-files.ts";

/** The node as AWS's own tools find it. Its region and its credentials come from the same places, which are asked once. */
export interface NodeOfAws {
  readonly world: World;
  /** Of the files that the environment names. */
  readonly profiles: () => Promise<Sections>;
  /** With the instance's metadata service. */
  readonly session: () => Promise<Session>;
}

const nodes = new WeakMap<World, NodeOfAws>();

/** Returns the one node of a world, so that a run reads its files and its metadata once. */
export function nodeOfAws(world: World): NodeOfAws {
  const known = nodes.get(world);
  if (known !== undefined) return known;
  const node = { world, profiles: once(() => nodesProfiles(world)), session: once(() => openSession(world)) };
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
