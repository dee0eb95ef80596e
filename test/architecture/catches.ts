/** Finds error handlers that do not name the errors they expect: such a handler hides bugs of the program. */
import type { Node } from "typescript/unstable/ast";
import * as is from "typescript/unstable/ast/is";
import { LAST_RESORTS } from "./rules.ts";
import { descendants, type SourceModule } from "./source.ts";

/**
 * Finds the catch clauses, and the functions passed to `.catch()`, that never rethrow the error itself. Throwing a different
 * error counts only if the handler tests the error first, or if a translator creates it: a function that returns an
 * unexpected error unchanged, or as the error code `internal`.
 */
export function findBlindHandlers(modules: readonly SourceModule[]): readonly string[] {
  const functions = new Map(modules.flatMap(({ nodes }) => nodes.flatMap(listNamedFunctions)));
  const translators = findTranslators(functions);
  return modules.flatMap(({ path, nodes, at }) => {
    const localFunctions = new Map(nodes.flatMap(listNamedFunctions));
    const findFunction = (name: string) => localFunctions.get(name) ?? functions.get(name);
    return nodes.flatMap((node) => {
      const handler = findHandler(node, findFunction);
      if (handler === undefined || rethrows(handler, translators)) return [];
      if (LAST_RESORTS.includes(path) && isReported(handler, translators)) return [];
      return [`${at(node)} handles an error without naming the errors it expects`];
    });
  });
}

type Functions = ReadonlyMap<string, Node>;

interface Handler {
  /** Undefined if the handler does not name its parameter. */
  readonly error: string | undefined;
  readonly body: Node | undefined;
}

function findHandler(node: Node, findFunction: (name: string) => Node | undefined): Handler | undefined {
  if (is.isCatchClause(node)) return { error: node.variableDeclaration?.name.getText(), body: node.block };
  if (!is.isCallExpression(node) || !is.isPropertyAccessExpression(node.expression)) return undefined;
  const { text } = node.expression.name;
  const handler = text === "catch" ? node.arguments[0] : text === "then" ? node.arguments[1] : undefined;
  if (handler === undefined || isPromiseReject(handler)) return undefined;
  return asHandler(findFunction(handler.getText().replace(/^this\./, "")) ?? handler);
}

function asHandler(node: Node): Handler {
  if (is.isArrowFunction(node) || is.isFunctionExpression(node) || is.isFunctionDeclaration(node))
    return { error: node.parameters[0]?.name.getText(), body: node.body };
  return { error: undefined, body: undefined };
}

/** Reports whether the node is the variable `reject` of an enclosing function's `Promise.withResolvers()`. */
function isPromiseReject(node: Node): boolean {
  let outer = node.parent;
  while (outer !== undefined && !is.isFunctionDeclaration(outer)) outer = outer.parent;
  if (outer === undefined || node.getText() !== "reject") return false;
  return descendants(outer).some(
    (one) =>
      is.isVariableDeclaration(one) &&
      /^\{.*\breject\b.*\}$/.test(one.name.getText()) &&
      /^Promise\.withResolvers\b/.test(one.initializer?.getText() ?? ""),
  );
}

function listNamedFunctions(node: Node): readonly (readonly [name: string, node: Node])[] {
  if (is.isFunctionDeclaration(node)) return node.name === undefined ? [] : [[node.name.text, node]];
  if (!is.isVariableDeclaration(node) && !is.isPropertyDeclaration(node)) return [];
  return node.initializer === undefined ? [] : [[node.name.getText(), node.initializer]];
}

/** Returns the names of the functions that return their first parameter, of type `unknown`, unchanged or translated. */
function findTranslators(functions: Functions): ReadonlySet<string> {
  const found = new Set<string>();
  const isTranslator = (node: Node): boolean => {
    const { error, body } = asHandler(node);
    if (error === undefined || body === undefined || !takesUnknown(node)) return false;
    if (!is.isBlock(body)) return passesOn(body, error, found);
    return descendants(body).some(
      (one) =>
        is.isReturnStatement(one) && one.expression !== undefined && passesOn(one.expression, error, found),
    );
  };
  for (let before = -1; before < found.size; ) {
    before = found.size;
    for (const [name, node] of functions) if (isTranslator(node)) found.add(name);
  }
  return found;
}

function takesUnknown(node: Node): boolean {
  if (!is.isArrowFunction(node) && !is.isFunctionDeclaration(node)) return false;
  return node.parameters[0]?.type?.getText() === "unknown";
}

function rethrows({ error, body }: Handler, translators: ReadonlySet<string>): boolean {
  if (error === undefined || body === undefined) return false;
  const throws = descendants(body).filter(is.isThrowStatement);
  if (throws.some(({ expression }) => passesOn(expression, error, translators))) return true;
  return throws.length > 0 && isReported({ error, body }, translators);
}

/** Reports whether the handler passes the error to a translator. */
function isReported({ error, body }: Handler, translators: ReadonlySet<string>): boolean {
  if (error === undefined || body === undefined) return false;
  return descendants(body).some((node) => isTranslation(node, error, translators));
}

/** Reports whether the expression is the error or a translation of it: `error`, `a ? b : error`, `toProviderError(error).with(…)`. */
function passesOn(node: Node, error: string, translators: ReadonlySet<string>): boolean {
  if (is.isIdentifier(node)) return node.text === error;
  if (is.isConditionalExpression(node))
    return passesOn(node.whenTrue, error, translators) || passesOn(node.whenFalse, error, translators);
  return isTranslation(node, error, translators);
}

function isTranslation(node: Node, error: string, translators: ReadonlySet<string>): boolean {
  if (!is.isCallExpression(node)) return false;
  if (is.isPropertyAccessExpression(node.expression))
    return isTranslation(node.expression.expression, error, translators);
  return (
    is.isIdentifier(node.expression) &&
    translators.has(node.expression.text) &&
    node.arguments.some((one) => passesOn(one, error, translators))
  );
}
