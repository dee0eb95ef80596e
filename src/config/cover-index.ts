import { fits, type Pattern } from "./pattern.ts";

/** Finds those of many patterns that cover another, label by label, without comparing it with each. */
export class CoverIndex<T> {
  readonly #root: Node<T> = newNode();

  add(pattern: Pattern, value: T): void {
    let node = this.#root;
    for (const label of pattern.labels) node = taken(label.includes("*") ? node.globs : node.exact, label);
    node = taken(node.exact, portStep(pattern));
    for (const segment of pattern.path) node = taken(node.exact, segment);
    node.values.push(value);
  }

  /** Values of the patterns that cover this one. */
  of(pattern: Pattern): readonly T[] {
    let hosts: readonly Node<T>[] = [this.#root];
    for (const label of pattern.labels) hosts = hosts.flatMap((node) => childrenFor(node, label));
    return hosts.flatMap((node) => alongPath(node.exact.get(portStep(pattern)), pattern.path));
  }
}

interface Node<T> {
  readonly exact: Map<string, Node<T>>;
  readonly globs: Map<string, Node<T>>;
  readonly values: T[];
}

function newNode<T>(): Node<T> {
  return { exact: new Map(), globs: new Map(), values: [] };
}

/** No label begins with a colon: so hosts of more labels are not found on the way. */
function portStep({ port }: Pattern): string {
  return `:${port}`;
}

function taken<T>(children: Map<string, Node<T>>, step: string): Node<T> {
  const found = children.get(step) ?? newNode<T>();
  children.set(step, found);
  return found;
}

function childrenFor<T>({ exact, globs }: Node<T>, label: string): readonly Node<T>[] {
  const same = exact.get(label);
  const found = same === undefined ? [] : [same];
  for (const [glob, node] of globs) if (fits(glob, label)) found.push(node);
  return found;
}

/** A shorter path covers a longer one. */
function alongPath<T>(start: Node<T> | undefined, path: readonly string[]): readonly T[] {
  const found: T[] = [];
  let node = start;
  for (let depth = 0; node !== undefined; depth += 1) {
    found.push(...node.values);
    const segment = path[depth];
    node = segment === undefined ? undefined : node.exact.get(segment);
  }
  return found;
}
