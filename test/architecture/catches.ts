/** Finds error handlers that do not name the errors that they expect: such a handler hides bugs of the program. */
import { type Node, SyntaxKind } from "typescript/unstable/ast";
import * as is from "typescript/unstable/ast/is";
import { LAST_RESORTS, TRANSLATORS } from "./rules.ts";
import { descendants, type SourceModule } from "./source.ts";

/**
 * Finds the catch clauses, and the functions passed to `.catch()`, that never rethrow the error itself. Throwing another error
 * counts as rethrowing only after a test of the error, or if a function makes it that keeps unexpected errors recognisable.
 */
export function blindHandlers(modules: readonly SourceModule[]): readonly string[] {
  const functions = new Map(modules.flatMap(({ nodes }) => nodes.flatMap(namedFunction)));
  return modules.flatMap(({ path, nodes, at }) =>
    nodes.flatMap((node) => {
      const handler = handlerIn(node, functions);
      if (handler === undefined || LAST_RESORTS.includes(`${path} ${nameAround(node)}`)) return [];
      return rethrows(handler) ? [] : [`${at(node)} handles an error without saying which`];
    }),
  );
}

type Functions = ReadonlyMap<string, Node>;

interface Handler {
  /** Undefined where the error has no name. */
  readonly error: string | undefined;
  readonly body: Node | undefined;
}

function handlerIn(node: Node, functions: Functions): Handler | undefined {
  if (is.isCatchClause(node)) return { error: node.variableDeclaration?.name.getText(), body: node.block };
  if (!is.isCallExpression(node) || !is.isPropertyAccessExpression(node.expression)) return undefined;
  const { text } = node.expression.name;
  const given = text === "catch" ? node.arguments[0] : text === "then" ? node.arguments[1] : undefined;
  return given && handlerOf(functions.get(given.getText().replace(/^this\./, "")) ?? given);
}

function handlerOf(node: Node): Handler {
  if (is.isArrowFunction(node) || is.isFunctionExpression(node) || is.isFunctionDeclaration(node))
    return { error: node.parameters[0]?.name.getText(), body: node.body };
  return { error: undefined, body: undefined };
}

function namedFunction(node: Node): readonly (readonly [name: string, node: Node])[] {
  if (is.isFunctionDeclaration(node)) return node.name === undefined ? [] : [[node.name.text, node]];
  if (!is.isVariableDeclaration(node) && !is.isPropertyDeclaration(node)) return [];
  return node.initializer === undefined ? [] : [[node.name.getText(), node.initializer]];
}

function rethrows({ error, body }: Handler): boolean {
  if (error === undefined || body === undefined) return false;
  const throws = descendants(body).filter(is.isThrowStatement);
  if (throws.some(({ expression }) => handsOn(expression, error))) return true;
  return throws.length > 0 && descendants(body).some((node) => isTranslation(node, error));
}

/** `error`, `a ? b : error`, `toProviderError(error, …)`. */
function handsOn(node: Node, error: string): boolean {
  if (is.isIdentifier(node)) return node.text === error;
  if (is.isConditionalExpression(node))
    return handsOn(node.whenTrue, error) || handsOn(node.whenFalse, error);
  return isTranslation(node, error);
}

function isTranslation(node: Node, error: string): boolean {
  if (!is.isCallExpression(node) || !is.isIdentifier(node.expression)) return false;
  return TRANSLATORS.includes(node.expression.text) && node.arguments.some((one) => handsOn(one, error));
}

/** The name of the innermost function or property around the node; empty at the top of a module. */
function nameAround(node: Node): string {
  for (let one = node.parent; one !== undefined; one = one.parent) {
    if (is.isFunctionDeclaration(one) || is.isMethodDeclaration(one)) return one.name?.getText() ?? "";
    if (one.kind === SyntaxKind.SourceFile) return "";
  }
  return "";
}
