import type { World } from "../../world.ts";
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

/** The same node for the same world: its files and its metadata are read once. */
export function nodeOfAws(world: World): NodeOfAws {
  const node = nodes.get(world) ?? makeNode(world);
  nodes.set(world, node);
  return node;
}

function makeNode(world: World): NodeOfAws {
  return { world, profiles: once(() => nodesProfiles(world)), session: once(() => openSession(world)) };
}

function once<T>(get: () => Promise<T>): () => Promise<T> {
  let got: Promise<T> | undefined;
  return () => {
    got ??= get();
    return got;
  };
}
