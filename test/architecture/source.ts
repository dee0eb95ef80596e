/** The program's source as TypeScript's own parser sees it, cut down to what the rules of the house speak of. */
import { fileURLToPath } from "node:url";
import { type Node, SyntaxKind } from "typescript/unstable/ast";
import * as is from "typescript/unstable/ast/is";
import { API } from "typescript/unstable/sync";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface Import {
  /** A file of ours from the root on (`src/core/time.ts`), a package (`@azure/identity`) or a built-in (`node:net`). */
  readonly target: string;
  readonly names: readonly string[];
  readonly isReexport: boolean;
}

export interface SourceModule {
  /** From the root on: `src/main.ts`. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  readonly nodes: readonly Node[];
  /** `src/main.ts:12` */
  at(node: Node): string;
}

/** Every module of the program. */
export const readSource = (): readonly SourceModule[] => readModules("tsconfig.json", /^src\//);

/** The build and the scripts, in TypeScript and in JavaScript. */
export const readScripts = (): readonly SourceModule[] => [
  ...readModules("tsconfig.json", /^scripts\//),
  ...readModules("test/architecture/tsconfig.json", /^build\.mjs$|^scripts\/.*\.[cm]js$/),
];

function readModules(config: string, paths: RegExp): readonly SourceModule[] {
  const api = new API({ cwd: ROOT });
  try {
    const [project] = api.updateSnapshot({ openProjects: [ROOT + config] }).getProjects();
    const names = project?.program.getSourceFileNames() ?? [];
    const own = names.filter((name) => name.startsWith(ROOT) && paths.test(name.slice(ROOT.length)));
    return own.map((name) => read(project, name));
  } finally {
    api.close();
  }
}

type Project = ReturnType<ReturnType<API["updateSnapshot"]>["getProjects"]>[number];

function read(project: Project | undefined, name: string): SourceModule {
  const file = project?.program.getSourceFile(name);
  if (file === undefined) throw new Error(`${name} cannot be parsed`);
  const path = name.slice(ROOT.length);
  const nodes = descendants(file);
  const lineOf = (position: number) => file.text.slice(0, position).split("\n").length;
  return {
    path,
    lines: file.text.trimEnd().split("\n").length,
    imports: nodes.flatMap((node) => importOf(node, path)),
    nodes,
    at: (node) => `${path}:${lineOf(node.getStart(file))}`,
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

/** `import … from`, `import()`, `import("…").Type` and `export … from` alike: a type draws an arrow too. */
function importOf(node: Node, from: string): readonly Import[] {
  if (is.isImportDeclaration(node)) {
    const names = namesOf(node.importClause?.namedBindings);
    return [{ target: targetOf(node.moduleSpecifier, from), names, isReexport: false }];
  }
  if (is.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    return [{ target: targetOf(node.moduleSpecifier, from), names: [], isReexport: true }];
  }
  if (is.isCallExpression(node) && node.expression.kind === SyntaxKind.ImportKeyword) {
    return [{ target: targetOf(node.arguments[0], from), names: [], isReexport: false }];
  }
  if (is.isImportTypeNode(node) && is.isLiteralTypeNode(node.argument)) {
    return [{ target: targetOf(node.argument.literal, from), names: [], isReexport: false }];
  }
  return [];
}

function namesOf(bindings: Node | undefined): readonly string[] {
  if (bindings === undefined || !is.isNamedImports(bindings)) return ["*"];
  return bindings.elements.map((element) => (element.propertyName ?? element.name).text);
}

function targetOf(specifier: Node | undefined, from: string): string {
  if (specifier === undefined || !is.isStringLiteral(specifier)) return "(computed)";
  if (specifier.text.startsWith(".")) {
    return new URL(specifier.text, `file:///${from}`).pathname.slice(1);
  }
  return packageOf(specifier.text);
}

function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
