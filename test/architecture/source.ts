/** Parses the source code with the TypeScript compiler. */
import { fileURLToPath } from "node:url";
import { type Node, SyntaxKind } from "typescript/unstable/ast";
import * as is from "typescript/unstable/ast/is";
import { API } from "typescript/unstable/sync";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface Import {
  /** A file relative to the repository (`src/core/time.ts`), a package (`@azure/identity`) or a built-in (`node:net`). */
  readonly target: string;
  readonly names: readonly string[];
  readonly isReexport: boolean;
}

export interface SourceModule {
  /** Relative to the repository: `src/main.ts`. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  readonly nodes: readonly Node[];
  /** Returns the location of a node: `src/main.ts:12`. */
  at(node: Node): string;
}

/** Returns every module of the program. */
export const readSource = (): readonly SourceModule[] => parseModules("tsconfig.json", /^src\//);

/** Returns the modules of the build and the scripts, in TypeScript and JavaScript. */
export const readScripts = (): readonly SourceModule[] => [
  ...parseModules("tsconfig.json", /^scripts\//),
  ...parseModules("test/architecture/tsconfig.json", /^build\.mjs$|^scripts\/.*\.[cm]js$/),
];

function parseModules(config: string, paths: RegExp): readonly SourceModule[] {
  const api = new API({ cwd: ROOT });
  try {
    const [project] = api.updateSnapshot({ openProjects: [ROOT + config] }).getProjects();
    const names = project?.program.getSourceFileNames() ?? [];
    const own = names.filter((name) => name.startsWith(ROOT) && paths.test(name.slice(ROOT.length)));
    return own.map((name) => parseModule(project, name));
  } finally {
    api.close();
  }
}

type Project = ReturnType<ReturnType<API["updateSnapshot"]>["getProjects"]>[number];

function parseModule(project: Project | undefined, name: string): SourceModule {
  const file = project?.program.getSourceFile(name);
  if (file === undefined) throw new Error(`${name} cannot be parsed`);
  const path = name.slice(ROOT.length);
  const nodes = descendants(file);
  const lineNumber = (position: number) => file.text.slice(0, position).split("\n").length;
  return {
    path,
    lines: file.text.trimEnd().split("\n").length,
    imports: nodes.flatMap((node) => findImports(node, path)),
    nodes,
    at: (node) => `${path}:${lineNumber(node.getStart(file))}`,
  };
}

export function descendants(root: Node): readonly Node[] {
  const found: Node[] = [];
  const visit = (node: Node) => {
    found.push(node);
    node.forEachChild((child) => {
      visit(child);
    });
  };
  visit(root);
  return found;
}

/** Handles `import … from`, `import()`, `import("…").Type` and `export … from`; imports of types count too. */
function findImports(node: Node, from: string): readonly Import[] {
  if (is.isImportDeclaration(node)) {
    const names = importedNames(node.importClause?.namedBindings);
    return [{ target: resolveSpecifier(node.moduleSpecifier, from), names, isReexport: false }];
  }
  if (is.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    return [{ target: resolveSpecifier(node.moduleSpecifier, from), names: [], isReexport: true }];
  }
  if (is.isCallExpression(node) && node.expression.kind === SyntaxKind.ImportKeyword) {
    return [{ target: resolveSpecifier(node.arguments[0], from), names: [], isReexport: false }];
  }
  if (is.isImportTypeNode(node) && is.isLiteralTypeNode(node.argument)) {
    return [{ target: resolveSpecifier(node.argument.literal, from), names: [], isReexport: false }];
  }
  return [];
}

function importedNames(bindings: Node | undefined): readonly string[] {
  if (bindings === undefined || !is.isNamedImports(bindings)) return ["*"];
  return bindings.elements.map((element) => (element.propertyName ?? element.name).text);
}

function resolveSpecifier(specifier: Node | undefined, from: string): string {
  if (specifier === undefined || !is.isStringLiteral(specifier)) return "(computed)";
  if (specifier.text.startsWith(".")) {
    return new URL(specifier.text, `file:///${from}`).pathname.slice(1);
  }
  return packageName(specifier.text);
}

function packageName(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
