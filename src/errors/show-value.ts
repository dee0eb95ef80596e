/**
 * Decides which of the operator's values a message shows. A value from the environment, the arguments or a file may be a
 * misplaced secret, so it is shown only if it has exactly the expected shape and no part of it looks random.
 */

/** Replaces a value that is not shown. */
export const NOT_SHOWN = "(value not shown)";

const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const HOST = `(?:${LABEL}(?:\\.${LABEL}){0,15}|\\[[0-9a-f:.]{2,45}\\])(?::[0-9]{1,5})?`;
const GUID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}";
const PATH = "(?:[A-Za-z]:)?(?:[\\\\/][\\w.@:,~-]{1,128}){1,32}[\\\\/]?|/";
const NAME = "[A-Za-z0-9](?:[\\w.@-]{0,126}[A-Za-z0-9])?";

interface ShapeRule {
  /** Anchored, and fast for texts of the given length. */
  readonly pattern: RegExp;
  /** The maximum length in characters. */
  readonly longest: number;
}

function shape(pattern: string, longest: number): ShapeRule {
  return { pattern: new RegExp(`^(?:${pattern})$`), longest };
}

const SHAPES = {
  /** An absolute path. */
  path: shape(PATH, 512),
  /** A host name or IPv6 address, with or without a port. */
  host: shape(HOST, 259),
  /** An HTTP URL without user information and query. */
  url: shape(`https?://${HOST}(?:/[\\w.~:@-]{0,128}){0,16}`, 512),
  /** A pattern in a rule's `match`: a host with or without `*` and a path. */
  pattern: shape("[a-z0-9*](?:[a-z0-9*._:/-]{0,254}[a-z0-9*])?", 256),
  /** The name of a profile, a key, a file or a program. */
  name: shape(NAME, 128),
  /** A key of a file, as the vendors spell them. */
  key: shape("[A-Za-z][A-Za-z0-9_-]{0,63}", 64),
  /** The name of a flag or a command. */
  word: shape("(?:--?)?[A-Za-z][A-Za-z_-]{0,40}", 42),
  /** The path of a program, or its name if it is found in `PATH`. */
  program: shape(`${PATH}|${NAME}`, 512),
  region: shape("[a-z]{2,8}(?:-[a-z]{2,12}){1,3}-[0-9]{1,2}", 48),
  arn: shape(
    "arn:aws(?:-[a-z]{1,10}){0,3}:(?:iam|sts)::[0-9]{12}:[a-z-]{4,20}(?:/[\\w=,.@-]{1,128}){1,8}",
    640,
  ),
  guid: shape(GUID, 36),
  /** The label of a PEM block. */
  pemLabel: shape("(?:[A-Z0-9]{1,11} ){0,3}[A-Z0-9]{1,11}", 40),
  /** The id or domain of a Microsoft Entra tenant. */
  tenant: shape(`${GUID}|${LABEL}(?:\\.${LABEL}){1,8}`, 253),
  /** The audience of a token: an id, a URI or a domain. */
  audience: shape("[\\w.:/~-]{1,512}", 512),
  /** An id of Azure Resource Manager. */
  resourceId: shape(
    `/subscriptions/${GUID}/resource[gG]roups/[\\w.()-]{1,90}/providers/[A-Za-z.]{1,60}/[A-Za-z]{1,40}/[\\w-]{1,128}`,
    512,
  ),
  serviceAccount: shape("[a-z0-9-]{1,100}@[a-z0-9.-]{1,200}\\.gserviceaccount\\.com", 330),
} as const satisfies Readonly<Record<string, ShapeRule>>;

export type ValueShape = keyof typeof SHAPES;

/** Returns the value if it may be shown, and `(value not shown)` otherwise. */
export function showValue(shapeName: ValueShape, value: string | undefined): string {
  return value !== undefined && canShow(shapeName, value) ? value : NOT_SHOWN;
}

/** Returns the value in quotes if it may be shown, and `(value not shown)` otherwise. */
export function quoteValue(shapeName: ValueShape, value: string | undefined): string {
  return value !== undefined && canShow(shapeName, value) ? JSON.stringify(value) : NOT_SHOWN;
}

/** Reports whether a value has the shape, and no part of it looks like a secret. */
export function canShow(shapeName: ValueShape, value: string): boolean {
  const { pattern, longest } = SHAPES[shapeName];
  return value.length <= longest && pattern.test(value) && !hasOpaquePart(value);
}

/** Random ids that are not secrets: GUIDs, EC2's ids, and the suffix of CloudFormation's names. */
const HARMLESS = new RegExp(
  `\\b(?:${GUID}|(?:vpce|vpc|eni|i)-[0-9a-f]{8,17}|(?<=[A-Za-z]-)[A-Z0-9]{12,13}(?![\\w-]))\\b`,
  "g",
);
/** The minimum length of a part that can be opaque; a shorter one counts as a word. */
const SHORTEST_OPAQUE = 10;
/** Words, with or without a number before, within or after them: `prod2024`, `k8scluster`, `workloadIdentityPools`, `123456789012`. */
const PLAIN_WORD =
  /^(?:[0-9]{1,21}|[a-z]{1,20}[0-9]{1,2}[a-z]{3,20}|[0-9]{0,8}[a-z]{0,30}(?:[A-Z][a-z]{2,30}|Id|AD|CA|API){0,8}[A-Z]{0,4}[0-9]{0,8}|[A-Z]{1,24}[0-9]{0,4})$/;

/** Reports whether a part of the value looks random, such as base64, hexadecimal digits or a token. */
function hasOpaquePart(value: string): boolean {
  const parts = value.replace(HARMLESS, "").split(/[^A-Za-z0-9]+/);
  return parts.some((part) => part.length >= SHORTEST_OPAQUE && !PLAIN_WORD.test(part));
}
