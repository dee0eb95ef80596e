/** Predicates on one node of the syntax tree. */
import { type Node, SyntaxKind } from "typescript/unstable/ast";
import * as is from "typescript/unstable/ast/is";
import { GLOBALS } from "./rules.ts";

/** In these nodes, an identifier names a member or a type. */
const DECLARATIONS: readonly SyntaxKind[] = [
  SyntaxKind.PropertySignature,
  SyntaxKind.MethodSignature,
  SyntaxKind.MethodDeclaration,
  SyntaxKind.PropertyDeclaration,
  SyntaxKind.QualifiedName,
];

/** Returns the global that the node reads, such as `process` or `Date.now`; undefined for a member or declaration of that name. */
export function referencedGlobal(node: Node): string | undefined {
  if (is.isPropertyAccessExpression(node)) {
    const name = `${node.expression.getText()}.${node.name.text}`;
    return Object.hasOwn(GLOBALS, name) ? name : undefined;
  }
  if (!is.isIdentifier(node) || !Object.hasOwn(GLOBALS, node.text) || isName(node)) return undefined;
  return node.text;
}

function isName(node: Node): boolean {
  const parent = node.parent;
  if (is.isPropertyAccessExpression(parent)) return parent.name === node;
  if (is.isPropertyAssignment(parent)) return parent.name === node;
  return DECLARATIONS.includes(parent.kind);
}

export function isDefaultExport(node: Node): boolean {
  return is.isExportAssignment(node) || node.kind === SyntaxKind.DefaultKeyword
    ? !is.isDefaultClause(node.parent)
    : false;
}

export function isCast(node: Node): boolean {
  if (is.isTypeAssertion(node)) return true;
  return is.isAsExpression(node) && node.type.getText() !== "const";
}

/** Reports whether the literal matches whole strings only, case-sensitively: `^…$` without the flags i and m. */
export function isFullMatch(literal: string): boolean {
  return /^\/\^(?!.*\|(?![^(]*\))).*\$\/[gd]*$/.test(literal) && !/\$\/[a-z]*[ium]/.test(literal);
}
