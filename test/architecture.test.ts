/**
 * Who may import whom, and who may touch the world. ARCHITECTURE.md says why; here it is held. A failure names the
 * culprit and the rule.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Node, SyntaxKind } from "typescript/unstable/ast";
import * as is from "typescript/unstable/ast/is";
import { blindHandlers } from "./architecture/catches.ts";
import {
  EXPOSERS,
  FLOORS,
  GLOBALS,
  HOST_MATCHING,
  LONGEST_FILE,
  NOT_OF_HOSTS,
  OPEN,
  OUTSIDE,
  type Places,
  type Room,
  TABLES,
} from "./architecture/rules.ts";
import { readScripts, readSource, type SourceModule } from "./architecture/source.ts";
import { globalOf, isCast, isDefaultExport, isWhole } from "./architecture/syntax.ts";

const modules = readSource();

test("the source is read", () => {
  assert.ok(modules.length > 40, `only ${modules.length} modules were found`);
  assert.ok(modules.some(({ path }) => path === "src/main.ts"));
});

test("imports point to lower floors only", () => {
  none(modules.flatMap(upwardImports));
});

test("every room has files, at most ten in core and three directly under src", () => {
  const paths = modules.map(({ path }) => path);
  none(
    FLOORS.flat()
      .filter((room) => !paths.some((path) => roomOf(path) === room))
      .map(({ path }) => path),
  );
  assert.ok(paths.filter((path) => path.startsWith("src/core/")).length <= 10, "core is no utils folder");
  assert.ok(paths.filter((path) => /^src\/[^/]+$/.test(path)).length <= 3, "files directly under src");
});

test("registries import no other registry", () => {
  const families = importsOf("src/registries/index.ts").filter((target) =>
    /^src\/registries\/(?!registry\.)/.test(target),
  );
  assert.ok(families.length >= 4, "index.ts lists the families");
  none(
    modules.flatMap(({ path, imports }) =>
      imports
        .filter(({ target }) => families.includes(target) && path !== "src/registries/index.ts")
        .map(({ target }) => `${path} imports ${target}: a family is known to index.ts alone`),
    ),
  );
});

test("a cloud's internals are its own", () => {
  none(
    modules.flatMap(({ path, imports }) =>
      imports
        .filter(({ target }) => cloudOf(target) !== undefined && cloudOf(path) !== cloudOf(target))
        .filter(({ target }) => !OPEN.includes(target))
        .map(({ target }) => `${path} imports ${target}: only src/clouds/${cloudOf(target)}* may`),
    ),
  );
});

test("the families are known to main alone, the transport to the real World alone", () => {
  const only: Places = {
    "src/registries/index.ts": ["src/main.ts"],
    "src/egress/transport.ts": ["src/system/real-world.ts"],
    "src/system/real-world.ts": ["src/main.ts"],
    "src/system/subprocess.ts": ["src/system/real-world.ts"],
    "src/system/stdio.ts": ["src/main.ts"],
    "src/main.ts": [],
  };
  none(modules.flatMap((module) => misplaced(module, Object.keys(only), only)));
});

test("packages, built-ins and sockets are imported where they belong", () => {
  none(
    modules.flatMap((module) => {
      const outside = module.imports
        .map(({ target }) => target)
        .filter((target) => !target.startsWith("src/"));
      return misplaced(module, outside, OUTSIDE);
    }),
  );
});

test("proxy.ts takes no socket from node:net", () => {
  const imported = modules
    .filter(({ path }) => path === "src/egress/proxy.ts")
    .flatMap(({ imports }) => imports.filter(({ target }) => target === "node:net"));
  assert.deepEqual(
    imported.flatMap(({ names }) => names),
    ["BlockList", "isIP"],
  );
});

test("the process, the clock, chance and the console are touched at the edge only; fetch nowhere", () => {
  none(
    modules.flatMap(({ path, nodes, at }) =>
      nodes.flatMap((node) => {
        const name = globalOf(node);
        const allowed = name === undefined ? undefined : GLOBALS[name];
        if (allowed === undefined || allowed.includes(path)) return [];
        return [`${at(node)} uses ${name}: ${who(allowed)} may`];
      }),
    ),
  );
});

test("no module imports itself on a way round", () => {
  none(
    modules.flatMap(({ path }) => (reachable(importsOf(path)).has(path) ? [`${path} is in a cycle`] : [])),
  );
});

test("every module is needed by main.ts", () => {
  const needed = reachable(["src/main.ts"]);
  none(modules.filter(({ path }) => !needed.has(path)).map(({ path }) => `${path} is imported by nobody`));
});

test("no default export, no re-export, no enum, no namespace", () => {
  none(
    modules.flatMap(({ path, imports, nodes, at }) => [
      ...imports.filter(({ isReexport }) => isReexport).map(({ target }) => `${path} re-exports ${target}`),
      ...nodes.filter(isDefaultExport).map((node) => `${at(node)} is a default export`),
      ...nodes
        .filter((node) => is.isEnumDeclaration(node) || is.isModuleDeclaration(node))
        .map((node) => `${at(node)} is an enum or a namespace`),
    ]),
  );
});

test("no any, no cast, no exclamation mark, nothing kept from the compiler", () => {
  none(
    modules.flatMap(({ path, nodes, at }) => [
      ...nodes.filter(({ kind }) => kind === SyntaxKind.AnyKeyword).map((node) => `${at(node)} says any`),
      ...nodes.filter(isCast).map((node) => `${at(node)} casts`),
      ...nodes
        .filter(({ kind }) => kind === SyntaxKind.NonNullExpression)
        .map((node) => `${at(node)} says ! without proof`),
      ...(/@ts-|biome-ignore/.test(textOf(path)) ? [`${path} silences a tool`] : []),
    ]),
  );
});

test("what is thrown is a ProviderError", () => {
  none(
    modules.flatMap(({ nodes, at }) =>
      nodes
        .filter((node) => is.isThrowStatement(node) && is.isNewExpression(node.expression))
        .filter((node) => !/^throw new ProviderError\(/.test(node.getText()))
        .map((node) => `${at(node)} throws something else`),
    ),
  );
});

test("every catch names the errors that it expects and rethrows all others, in the source, the scripts and the build", () => {
  const scripts = readScripts();
  for (const path of ["build.mjs", "scripts/build/executable.mjs", "scripts/check-config.ts"])
    assert.ok(
      scripts.some((module) => module.path === path),
      `${path} is not read`,
    );
  none(blindHandlers([...modules, ...scripts]));
});

test("a table that is looked up by text is a Map, because an object inherits keys such as constructor", () => {
  const isTable = (node: Node): boolean =>
    is.isVariableDeclaration(node) &&
    /^(Readonly<)?(Partial<)?Record<string,/.test(node.type?.getText() ?? "") &&
    node.initializer !== undefined &&
    is.isObjectLiteralExpression(node.initializer) &&
    node.initializer.properties.length > 0;
  none(
    modules.flatMap(({ nodes, at }) =>
      nodes.filter(isTable).map((node) => `${at(node)} is an object with any text for a key`),
    ),
  );
});

test("a path, a host or a command enters a message only through show-value.ts", () => {
  const isShownRaw = (node: Node): boolean =>
    is.isTemplateSpan(node) &&
    /^(path|file|directory|folder|host|command|program|arn|email|region)$/.test(node.expression.getText()) &&
    // Words or a colon with a blank: a URL or a name has none.
    / [a-z]{2,} |: /.test(node.parent.getText().replace(/\$\{[^}]*\}/g, ""));
  none(
    modules.flatMap(({ nodes, at }) =>
      nodes.filter(isShownRaw).map((node) => `${at(node)} shows a value as it is`),
    ),
  );
});

test("a secret leaves its type in few places", () => {
  none(
    modules.flatMap(({ path, nodes, at }) =>
      nodes
        .filter((node) => is.isPropertyAccessExpression(node) && node.name.text === "expose")
        .filter(() => !EXPOSERS.includes(path))
        .map((node) => `${at(node)} exposes a secret: ${who(EXPOSERS)} may`),
    ),
  );
});

test("hosts are matched whole: ^…$, letter by letter", () => {
  none(
    modules
      .filter(({ path }) => HOST_MATCHING.test(path))
      .flatMap(({ nodes, at }) =>
        nodes
          .filter(is.isRegularExpressionLiteral)
          .filter(({ text }) => !NOT_OF_HOSTS.includes(text) && !isWhole(text))
          .map((node) => `${at(node)} ${node.text} is not ^…$, or has flags`),
      ),
  );
});

test("a file is short enough to be read at once", () => {
  none(
    modules
      .filter(({ path, lines }) => lines > LONGEST_FILE && !TABLES.includes(path))
      .map(({ path, lines }) => `${path} has ${lines} lines; ${LONGEST_FILE} is the limit`),
  );
});

function none(breaches: readonly string[]): void {
  assert.deepEqual(breaches, []);
}

function upwardImports({ path, imports }: SourceModule): readonly string[] {
  const own = roomOf(path);
  if (own === undefined) return [`${path} belongs to no room`];
  return imports
    .map(({ target }) => target)
    .filter((target) => target.startsWith("src/"))
    .filter((target) => {
      const other = roomOf(target);
      return other !== own && (other === undefined || floorOf(other) >= floorOf(own));
    })
    .map((target) => `${path} imports ${target}: ${own.path} may import only from lower floors`);
}

function roomOf(path: string): Room | undefined {
  const matches = FLOORS.flat().filter((room) => isIn(path, room.path));
  return matches.sort((one, other) => other.path.length - one.path.length)[0];
}

function floorOf(room: Room): number {
  return FLOORS.findIndex((floor) => floor.includes(room));
}

function misplaced({ path, imports }: SourceModule, targets: readonly string[], places: Places) {
  return imports
    .filter(({ target }) => targets.includes(target))
    .filter(({ target }) => !(places[target] ?? []).some((place) => isIn(path, place)))
    .map(({ target }) => `${path} imports ${target}: ${who(places[target] ?? [])} may`);
}

function isIn(path: string, place: string): boolean {
  return place.endsWith("/") ? path.startsWith(place) : path === place;
}

function cloudOf(path: string): string | undefined {
  return /^src\/clouds\/(aws|azure|google)\//.exec(path)?.[1];
}

function importsOf(path: string): readonly string[] {
  const module = modules.find((one) => one.path === path);
  return module?.imports.map(({ target }) => target) ?? [];
}

/** All that is reached from these by imports. */
function reachable(start: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const queue = [...start];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    queue.push(...importsOf(path));
  }
  return seen;
}

function textOf(path: string): string {
  return modules.find((one) => one.path === path)?.nodes[0]?.getText() ?? "";
}

function who(names: readonly string[]): string {
  return names.length === 0 ? "nobody" : `only ${names.join(", ")}`;
}
