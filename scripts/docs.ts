/**
 * Writes what the documents take from the program: docs/errors.md, the README's table of environment variables, the table
 * of budgets in ARCHITECTURE.md, the keys in docs/configuration.md, and config/schema.json. A test fails where they are out of step.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { OVERALL } from "../src/core/deadline.ts";
import { ENVIRONMENT } from "../src/core/environment.ts";
import { SECOND } from "../src/core/time.ts";
import { LAST_THROTTLED_TRY, LIMITS } from "../src/egress/retry-policy.ts";
import { ERROR_CODES } from "../src/errors/codes.ts";
import { EXAMPLE_REQUEST } from "../src/errors/example-request.ts";
import { CELLS, OUTCOMES } from "../test/matrix/cells.ts";
import { keyTables, schemaFile } from "./configuration-page.ts";

type Kind = (typeof ERROR_CODES)[keyof typeof ERROR_CODES];

interface StageText {
  readonly stage: Kind["stage"];
  readonly title: string;
  readonly says: string;
  readonly exit: 1 | 2;
}

const STAGES: readonly StageText[] = [
  { stage: "request", title: "The request", says: "What came on stdin is no request of a kubelet.", exit: 2 },
  {
    stage: "config",
    title: "Arguments, files and environment",
    says: "What the kubelet's configuration or its environment gave to the program cannot be right.",
    exit: 2,
  },
  {
    stage: "identity",
    title: "Who asks",
    says: "The node's identity could not be had from its cloud.",
    exit: 1,
  },
  {
    stage: "token",
    title: "The cloud's token",
    says: "The identity is there, and the cloud gave it no token for the registry.",
    exit: 1,
  },
  {
    stage: "exchange",
    title: "The exchange at the registry",
    says: "Azure Container Registry did not give a token of its own for the identity's.",
    exit: 1,
  },
  {
    stage: "wire",
    title: "The way there",
    says: "Any service may fail in these ways. The stage in the line is that of the service: `identity`, `token` or `exchange`.",
    exit: 1,
  },
  {
    stage: "cache",
    title: "The cache",
    says: "Only `cache list`, `cache clear` and `cache warm` end so. A run of the kubelet goes on without the cache, and says why beside its answer.",
    exit: 1,
  },
  { stage: "internal", title: "The program itself", says: "It gave up, or is wrong.", exit: 1 },
];

/** docs/errors.md. */
function errorsPage(): string {
  return `# Error codes

Written by \`scripts/docs.ts\` from \`src/errors/codes.ts\`.

Every failure is one line on stderr, which the kubelet puts into its log:

\`\`\`text
registry-credential-provider: no login for "HOST": WHAT FAILED (what was asked and answered). To mend: WHAT TO DO [code CODE, stage STAGE]
\`\`\`

The line contains \`no login for "HOST"\` if the failure occurs after the image's rule and registry are found. A failure before that, such as
one of the request, the arguments or the configuration file, and \`rule-missing\`, names no host.

On exit 1 the registry's cloud could not be asked, or said no: the kubelet pulls without a login, and asks again for the next
try. On exit 2 something must be changed first. On both stdout is empty.

${STAGES.map(section).join("\n\n")}
`;
}

function section({ stage, title, says, exit }: StageText): string {
  const rows = Object.entries(ERROR_CODES)
    .filter(([, kind]) => kind.stage === stage)
    .map(([code, { sentence, hint }]) => tableRow([`\`${code}\``, `${exit}`, sentence, hintText(hint)]));
  return [
    `## ${title}`,
    "",
    stage === "wire" ? says : `Stage \`${stage}\`. ${says}`,
    "",
    tableRow(["code", "exit", "what it means", "what to do"]),
    tableRow(["---", "---", "---", "---"]),
    ...rows,
    ...(stage === "request" ? ["", "A correct request:", "", "```json", EXAMPLE_REQUEST, "```"] : []),
  ].join("\n");
}

function hintText(hint: string): string {
  return hint.includes(EXAMPLE_REQUEST) ? "compare it with the correct request below" : hint;
}

/** Of environment variables, for the README. */
function environmentTable(): string {
  const rows = Object.entries(ENVIRONMENT).map(([name, { for: cloud, meaning }]) =>
    tableRow([`\`${name}\``, cloud, meaning]),
  );
  return [tableRow(["name", "for", "meaning"]), tableRow(["---", "---", "---"]), ...rows].join("\n");
}

/** Of times and sizes, for ARCHITECTURE.md. */
function budgetsTable(): string {
  const { metadata, token } = LIMITS;
  const seconds = (time: number) => `${time / SECOND} s`;
  const row = (what: string, one: string, other: string) => tableRow([what, one, other]);
  return [
    row("", "metadata on the node", "token endpoints and registries"),
    row("---", "---", "---"),
    row("to connect", seconds(metadata.connectTimeout), seconds(token.connectTimeout)),
    row("one try", seconds(metadata.tryTimeout), seconds(token.tryTimeout)),
    row("all tries", seconds(metadata.total), seconds(token.total)),
    row(
      "a refused connection is tried again for",
      seconds(metadata.refusedPatience),
      seconds(token.refusedPatience),
    ),
    row(
      "a failing service is tried again for",
      seconds(metadata.failedPatience),
      seconds(token.failedPatience),
    ),
    row(
      "a throttled call is tried again for",
      seconds(metadata.total),
      `up to ${seconds(LAST_THROTTLED_TRY)} of the run`,
    ),
    row("an answer may hold", `${metadata.bodyLimit / 1024} KiB`, `${token.bodyLimit / 1024} KiB`),
    row("the whole run", seconds(OVERALL), seconds(OVERALL)),
  ].join("\n");
}

/** Of every identity at every target, for docs/identities.md. */
function matrixTable(): string {
  const rows = new Map<string, Map<string, string>>();
  for (const { target, identity, outcome, ending } of CELLS) {
    const name = [target, identity].join(" | ");
    const row = rows.get(name) ?? new Map<string, string>();
    rows.set(name, row.set(outcome, ending === "login" ? "a login" : `\`${ending}\``));
  }
  const cellsOf = (row: ReadonlyMap<string, string>) => OUTCOMES.map((outcome) => row.get(outcome) ?? "–");
  const head = ["to pull from", "as", ...OUTCOMES];
  const body = [...rows].sort(([one], [other]) => targetsFirst(one, other));
  return [
    tableRow(head),
    tableRow(head.map(() => "---")),
    ...body.map(([name, row]) => tableRow([...name.split(" | "), ...cellsOf(row)])),
  ].join("\n");
}

/** Rows of one target together, otherwise as they are. */
function targetsFirst(one: string, other: string): number {
  const order = [...new Set(CELLS.map(({ target }) => target))];
  const place = (name: string) => order.indexOf(name.split(" | ")[0] ?? "");
  return place(one) - place(other);
}

interface Page {
  readonly path: string;
  /** The whole text as it must be, from what is there now. */
  readonly made: (text: string) => string;
}

/** Every document that is written here, whole or in part. */
export const PAGES: readonly Page[] = [
  { path: "docs/errors.md", made: errorsPage },
  { path: "docs/configuration.md", made: (text) => between("keys", keyTables(tableRow), text) },
  { path: "config/schema.json", made: schemaFile },
  { path: "README.md", made: (text) => between("environment", environmentTable(), text) },
  { path: "docs/identities.md", made: (text) => between("matrix", matrixTable(), text) },
  { path: "ARCHITECTURE.md", made: (text) => between("budgets", budgetsTable(), text) },
];

/** Puts the table between the two comments with this name. */
function between(name: string, table: string, text: string): string {
  const markers = [`<!-- ${name}, by scripts/docs.ts -->`, `<!-- end of ${name} -->`] as const;
  const [start, end] = [text.indexOf(markers[0]), text.indexOf(markers[1])];
  if (start < 0 || end < start) throw new Error(`the comments of ${name} are not there`);
  return `${text.slice(0, start)}${markers[0]}\n\n${table}\n\n${text.slice(end)}`;
}

function tableRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

if (import.meta.main) {
  for (const { path, made } of PAGES) {
    const file = new URL(`../${path}`, import.meta.url);
    writeFileSync(file, made(existsSync(file) ? readFileSync(file, "utf8") : ""));
  }
}
