/** Questions about one node of the syntax tree. */
import { type Node, SyntaxKind } from "typescript/unstable/ast";
import * as is from "typescript/unstable/ast/is";
import { GLOBALS } from "./rules.ts";

/** In these a word names a member or a type, and reads nothing. */
const ONLY_NAMES: readonly SyntaxKind[] = [
  SyntaxKind.PropertySignature,
  SyntaxKind.MethodSignature,
  SyntaxKind.MethodDeclaration,
  SyntaxKind.PropertyDeclaration,
  SyntaxKind.QualifiedName,
];

/** `process`, `Date.now`: the global that this node reads; undefined for a property or a declaration of that name. */
export function globalOf(node: Node): string | undefined {
  if (is.isPropertyAccessExpression(node)) {
    const name = `${node.expression.getText()}.${node.name.text}`;
    return Object.hasOwn(GLOBALS, name) ? name : undefined;
  }
  if (!is.isIdentifier(node) || !Object.hasOwn(GLOBALS, node.text) || isOnlyAName(node)) return undefined;
  return node.text;
}

function isOnlyAName(node: Node): boolean {
  const parent = node.parent;
  if (is.isPropertyAccessExpression(parent)) return parent.name === node;
  if (is.isPropertyAssignment(parent)) return parent.name === node;
  return ONLY_NAMES.includes(parent.kind);
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

export function isWhole(literal: string): boolean {
  return /^\/\^(?!.*\|(?![^(]*\))).*\$\/[gd]*$/.test(literal) && !/\$\/[a-z]*[ium]/.test(literal);
}
