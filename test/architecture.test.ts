/** The rules of the architecture: imports, side effects, error handling. A failure names the file and the rule. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { type Node, SyntaxKind } from "typescript/unstable/ast";
import * as is from "typescript/unstable/ast/is";
import { findBlindHandlers } from "./architecture/catches.ts";
import {
  FLOORS,
  GLOBALS,
  HOST_MATCHING,
  LONGEST_FILE,
  LONGEST_README,
  MOST_CORE_FILES,
  MOST_TOP_FILES,
  NOT_FOR_HOSTS,
  OUTSIDE,
  type Places,
  type Room,
  SECRET_USES,
  TABLES,
} from "./architecture/rules.ts";
import { readScripts, readSource, type SourceModule } from "./architecture/source.ts";
import { isCast, isDefaultExport, isFullMatch, referencedGlobal } from "./architecture/syntax.ts";

/** The modules with side effects, and the files that may import them. */
const SINGLE_IMPORTERS: Places = {
  "src/registries/index.ts": ["src/main.ts"],
  "src/egress/transport.ts": ["src/system/real-world.ts"],
  "src/system/real-world.ts": ["src/main.ts"],
  "src/system/subprocess.ts": ["src/system/real-world.ts"],
  "src/system/stdio.ts": ["src/main.ts"],
  "src/main.ts": [],
};

const modules = readSource();

test("every folder and file that a rule names exists", () => {
  const places = [OUTSIDE, GLOBALS].flatMap((rule) => Object.values(rule).flat());
  const named = [
    ...places,
    ...Object.keys(SECRET_USES),
    ...HOST_MATCHING,
    ...TABLES,
    ...Object.keys(SINGLE_IMPORTERS),
  ];
  assertNone(named.filter((place) => !modules.some(({ path }) => isIn(path, place))));
});

test("the source code is found", () => {
  assert.ok(modules.length > 40, `only ${modules.length} modules were found`);
  assert.ok(modules.some(({ path }) => path === "src/main.ts"));
});

test("a room imports only from rooms on lower floors", () => {
  assertNone(modules.flatMap(findUpwardImports));
});

test("every room has files; src/core/ and src/ itself have few", () => {
  const paths = modules.map(({ path }) => path);
  assertNone(
    FLOORS.flat()
      .filter((room) => !paths.some((path) => findRoom(path) === room))
      .map(({ path }) => path),
  );
  const coreFiles = paths.filter((path) => path.startsWith("src/core/"));
  const topFiles = paths.filter((path) => /^src\/[^/]+$/.test(path));
  assert.ok(coreFiles.length <= MOST_CORE_FILES, `${coreFiles.length} files in src/core/`);
  assert.ok(topFiles.length <= MOST_TOP_FILES, `${topFiles.length} files directly under src/`);
});

test(`every folder of src/ has a README.md of at most ${LONGEST_README} lines that names its rule and its entry point`, () => {
  const folders = new Set(
    modules.map(({ path }) => path.replace(/[^/]+$/, "")).filter((folder) => folder !== "src/"),
  );
  assertNone(
    [...folders].sort().flatMap((folder) => {
      const file = new URL(`../${folder}README.md`, import.meta.url);
      const text = existsSync(file) ? readFileSync(file, "utf8") : "";
      return [
        ...(text === "" ? [`${folder}README.md is missing`] : []),
        ...(text.trimEnd().split("\n").length > LONGEST_README ? [`${folder}README.md is too long`] : []),
        ...(/\bentry points?\b/i.test(text) ? [] : [`${folder}README.md names no entry point`]),
        ...(/\brule\b/i.test(text) ? [] : [`${folder}README.md names no rule`]),
      ];
    }),
  );
});

test("docs/develop/performance.md lists each file of src/ with a performance trick", () => {
  const page = readFileSync(new URL("../docs/develop/performance.md", import.meta.url), "utf8");
  assertNone(
    modules
      .map(({ path }) => path)
      .filter((path) => /\bperf:/.test(readFileSync(new URL(`../${path}`, import.meta.url), "utf8")))
      .filter((path) => !page.includes(`\`${path}\``))
      .map((path) => `${path} has a comment with "perf:" and is not listed`),
  );
});

test("only registries/index.ts imports a registry family", () => {
  const families = listImports("src/registries/index.ts").filter((target) =>
    /^src\/registries\/(?!registry\.)/.test(target),
  );
  assert.ok(families.length >= 4, "index.ts imports the families");
  assertNone(
    modules.flatMap(({ path, imports }) =>
      imports
        .filter(({ target }) => families.includes(target) && path !== "src/registries/index.ts")
        .map(({ target }) => `${path} imports ${target}: only src/registries/index.ts may`),
    ),
  );
});

test("other rooms import exactly the entry points that the README of a cloud lists", () => {
  const clouds = FLOORS.flat().filter(({ path }) => /^src\/clouds\/(aws|azure|google)\/$/.test(path));
  assert.equal(clouds.length, 3);
  for (const cloud of clouds) {
    const imported = modules
      .filter(({ path }) => findRoom(path) !== cloud)
      .flatMap(({ imports }) =>
        imports.map(({ target }) => target).filter((target) => isIn(target, cloud.path)),
      );
    assert.deepEqual([...new Set(imported)].sort(), readEntryPoints(cloud.path), `${cloud.path}README.md`);
  }
});

test("the modules with side effects are imported by the composition root only", () => {
  assertNone(
    modules.flatMap((module) =>
      findMisplacedImports(module, Object.keys(SINGLE_IMPORTERS), SINGLE_IMPORTERS),
    ),
  );
});

test("packages and modules of Node.js are imported only in their rooms", () => {
  assertNone(
    modules.flatMap((module) => {
      const outside = module.imports
        .map(({ target }) => target)
        .filter((target) => !target.startsWith("src/"));
      return findMisplacedImports(module, outside, OUTSIDE);
    }),
  );
});

test("proxy.ts imports only address parsers from node:net", () => {
  const imported = modules
    .filter(({ path }) => path === "src/egress/proxy.ts")
    .flatMap(({ imports }) => imports.filter(({ target }) => target === "node:net"));
  assert.deepEqual(
    imported.flatMap(({ names }) => names),
    ["BlockList", "isIP"],
  );
});

test("globals with access to the outside world are used only in their rooms", () => {
  assertNone(
    modules.flatMap(({ path, nodes, at }) =>
      nodes.flatMap((node) => {
        const name = referencedGlobal(node);
        const allowed = name === undefined ? undefined : GLOBALS[name];
        if (allowed === undefined || allowed.some((place) => isIn(path, place))) return [];
        return [`${at(node)} uses ${name}: ${only(allowed)} may`];
      }),
    ),
  );
});

test("no module is in an import cycle", () => {
  assertNone(
    modules.flatMap(({ path }) =>
      findReachable(listImports(path)).has(path) ? [`${path} is in a cycle`] : [],
    ),
  );
});

test("every module is reachable from main.ts", () => {
  const needed = findReachable(["src/main.ts"]);
  assertNone(modules.filter(({ path }) => !needed.has(path)).map(({ path }) => `${path} is not imported`));
});

test("no default export, no re-export, no enum, no namespace", () => {
  assertNone(
    modules.flatMap(({ path, imports, nodes, at }) => [
      ...imports.filter(({ isReexport }) => isReexport).map(({ target }) => `${path} re-exports ${target}`),
      ...nodes.filter(isDefaultExport).map((node) => `${at(node)} is a default export`),
      ...nodes
        .filter((node) => is.isEnumDeclaration(node) || is.isModuleDeclaration(node))
        .map((node) => `${at(node)} is an enum or a namespace`),
    ]),
  );
});

test("no any, no cast, no non-null assertion, no suppressed diagnostics", () => {
  assertNone(
    modules.flatMap(({ path, nodes, at }) => [
      ...nodes.filter(({ kind }) => kind === SyntaxKind.AnyKeyword).map((node) => `${at(node)} uses any`),
      ...nodes.filter(isCast).map((node) => `${at(node)} casts`),
      ...nodes
        .filter(({ kind }) => kind === SyntaxKind.NonNullExpression)
        .map((node) => `${at(node)} uses !`),
      ...(/@ts-|biome-ignore/.test(readText(path)) ? [`${path} suppresses a diagnostic`] : []),
    ]),
  );
});

test("only a ProviderError is constructed and thrown", () => {
  assertNone(
    modules.flatMap(({ nodes, at }) =>
      nodes
        .filter((node) => is.isThrowStatement(node) && is.isNewExpression(node.expression))
        .filter((node) => !/^throw new ProviderError\(/.test(node.getText()))
        .map((node) => `${at(node)} throws a different error`),
    ),
  );
});

test("every catch in src, scripts and the build names the errors it expects and rethrows all others", () => {
  const scripts = readScripts();
  for (const path of ["build.mjs", "scripts/build/executable.mjs", "scripts/check-config.ts"])
    assert.ok(
      scripts.some((module) => module.path === path),
      `${path} is not checked`,
    );
  assertNone(findBlindHandlers([...modules, ...scripts]));
});

test("a table that is looked up by text is a Map, because an object inherits keys such as constructor", () => {
  const isTable = (node: Node): boolean =>
    is.isVariableDeclaration(node) &&
    /^(Readonly<)?(Partial<)?Record<string,/.test(node.type?.getText() ?? "") &&
    node.initializer !== undefined &&
    is.isObjectLiteralExpression(node.initializer) &&
    node.initializer.properties.length > 0;
  assertNone(
    modules.flatMap(({ nodes, at }) =>
      nodes.filter(isTable).map((node) => `${at(node)} is an object with arbitrary keys`),
    ),
  );
});

test("a path, a host or a command enters a message only through show-value.ts", () => {
  const isShownRaw = (node: Node): boolean =>
    is.isTemplateSpan(node) &&
    /^(path|file|directory|folder|host|command|program|arn|email|region)$/.test(node.expression.getText()) &&
    // Words or a colon with a blank: a URL or a name has none.
    / [a-z]{2,} |: /.test(node.parent.getText().replace(/\$\{[^}]*\}/g, ""));
  assertNone(
    modules.flatMap(({ nodes, at }) =>
      nodes.filter(isShownRaw).map((node) => `${at(node)} shows a value as it is`),
    ),
  );
});

test("the text of a secret is read in a known number of places", () => {
  const uses = modules.flatMap(({ path, nodes }) =>
    nodes
      .filter((node) => is.isPropertyAccessExpression(node) && node.name.text === "expose")
      .map(() => Object.keys(SECRET_USES).find((place) => isIn(path, place)) ?? path),
  );
  const counts = Object.groupBy(uses, (place) => place);
  assert.deepEqual(
    Object.fromEntries(Object.entries(counts).map(([place, found]) => [place, found?.length])),
    SECRET_USES,
  );
});

test("regular expressions for hosts match the whole host, case-sensitively", () => {
  assertNone(
    modules
      .filter(({ path }) => HOST_MATCHING.some((place) => isIn(path, place)))
      .flatMap(({ nodes, at }) =>
        nodes
          .filter(is.isRegularExpressionLiteral)
          .filter(({ text }) => !NOT_FOR_HOSTS.includes(text) && !isFullMatch(text))
          .map((node) => `${at(node)} ${node.text} is not ^…$, or has flags`),
      ),
  );
});

test(`no file has more than ${LONGEST_FILE} lines, except tables`, () => {
  assertNone(
    modules
      .filter(({ path, lines }) => lines > LONGEST_FILE && !TABLES.includes(path))
      .map(({ path, lines }) => `${path} has ${lines} lines; ${LONGEST_FILE} is the limit`),
  );
});

function assertNone(breaches: readonly string[]): void {
  assert.deepEqual(breaches, []);
}

function findUpwardImports({ path, imports }: SourceModule): readonly string[] {
  const own = findRoom(path);
  if (own === undefined) return [`${path} is in no room`];
  return imports
    .map(({ target }) => target)
    .filter((target) => target.startsWith("src/"))
    .filter((target) => {
      const other = findRoom(target);
      return other !== own && (other === undefined || floorNumber(other) >= floorNumber(own));
    })
    .map((target) => `${path} imports ${target}: ${own.path} may import only from lower floors`);
}

function findRoom(path: string): Room | undefined {
  const matches = FLOORS.flat().filter((room) => isIn(path, room.path));
  return matches.sort((one, other) => other.path.length - one.path.length)[0];
}

function floorNumber(room: Room): number {
  return FLOORS.findIndex((floor) => floor.includes(room));
}

function findMisplacedImports({ path, imports }: SourceModule, targets: readonly string[], places: Places) {
  return imports
    .filter(({ target }) => targets.includes(target))
    .filter(({ target }) => !(places[target] ?? []).some((place) => isIn(path, place)))
    .map(({ target }) => `${path} imports ${target}: ${only(places[target] ?? [])} may`);
}

function isIn(path: string, place: string): boolean {
  return place.endsWith("/") ? path.startsWith(place) : path === place;
}

/** Returns the files in the item "Entry points" of a folder's README. */
function readEntryPoints(folder: string): readonly string[] {
  const readme = readFileSync(new URL(`../${folder}README.md`, import.meta.url), "utf8");
  const [, item = ""] = /^- \*\*Entry points?:\*\*(.*?)(?=\n- |\n\n|$(?![\s\S]))/ms.exec(readme) ?? [];
  return [...item.matchAll(/`([\w-]+\.ts)`/g)].map(([, file = ""]) => folder + file).sort();
}

function listImports(path: string): readonly string[] {
  const module = modules.find((one) => one.path === path);
  return module?.imports.map(({ target }) => target) ?? [];
}

/** Returns the modules that these import, directly or indirectly. */
function findReachable(start: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const queue = [...start];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    queue.push(...listImports(path));
  }
  return seen;
}

function readText(path: string): string {
  return modules.find((one) => one.path === path)?.nodes[0]?.getText() ?? "";
}

function only(names: readonly string[]): string {
  return names.length === 0 ? "no file" : `only ${names.join(", ")}`;
}
