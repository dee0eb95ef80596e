/** docs/errors.md, from src/errors/codes.ts. */
import { ERROR_CODES } from "../../src/errors/codes.ts";
import { EXAMPLE_REQUEST } from "../../src/errors/example-request.ts";
import { type GeneratedFile, renderTableRow } from "./generated-file.ts";

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
    stage: "remote",
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

export const ERRORS_PAGE: GeneratedFile = { path: "docs/errors.md", render: renderErrorsPage };

function renderErrorsPage(): string {
  return `# Error codes

Generated from \`src/errors/codes.ts\` by \`npm run generate\`.

Every failure is one line on stderr, which the kubelet puts into its log:

\`\`\`text
registry-credential-provider: no login for "HOST": WHAT FAILED (what was asked and answered). Hint: WHAT TO DO [code CODE, stage STAGE]
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
    .map(([code, { sentence, hint }]) =>
      renderTableRow([`\`${code}\``, `${exit}`, sentence, hintText(hint)]),
    );
  return [
    `## ${title}`,
    "",
    stage === "remote" ? says : `Stage \`${stage}\`. ${says}`,
    "",
    renderTableRow(["code", "exit", "what it means", "what to do"]),
    renderTableRow(["---", "---", "---", "---"]),
    ...rows,
    ...(stage === "request" ? ["", "A correct request:", "", "```json", EXAMPLE_REQUEST, "```"] : []),
  ].join("\n");
}

function hintText(hint: string): string {
  return hint.includes(EXAMPLE_REQUEST) ? "compare it with the correct request below" : hint;
}
