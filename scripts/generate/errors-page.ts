/** docs/reference/errors.md, from src/errors/codes.ts. */
import { getErrorDefinitions } from "../../src/errors/codes.ts";
import { EXAMPLE_REQUEST } from "../../src/errors/example-request.ts";
import type { ErrorCode } from "../../src/errors/provider-error.ts";
import { type GeneratedFile, renderTable } from "./generated-file.ts";

type ErrorDefinition = ReturnType<typeof getErrorDefinitions>[ErrorCode];

interface Section {
  readonly stage: ErrorDefinition["stage"];
  readonly title: string;
  readonly introduction: string;
  readonly exitStatus: 1 | 2;
}

const SECTIONS: readonly Section[] = [
  {
    stage: "request",
    title: "Request",
    introduction: "The request on stdin is not valid. A kubelet never sends such a request.",
    exitStatus: 2,
  },
  {
    stage: "config",
    title: "Arguments, files and environment",
    introduction:
      "The provider's arguments, its configuration file, a file that it names, or the environment must be corrected.",
    exitStatus: 2,
  },
  {
    stage: "identity",
    title: "Identity",
    introduction: "The rule does not allow the pod, or the cloud does not provide the identity to pull with.",
    exitStatus: 1,
  },
  {
    stage: "token",
    title: "Registry token",
    introduction: "The identity is known, but the cloud issues no registry token for it.",
    exitStatus: 1,
  },
  {
    stage: "exchange",
    title: "Token exchange with ACR",
    introduction: "Azure Container Registry does not exchange the identity's token for one of its own.",
    exitStatus: 1,
  },
  {
    stage: "remote",
    title: "Network and services",
    introduction:
      "Any request can fail in these ways. The stage in the error line is that of the request: `identity`, `token` or `exchange`.",
    exitStatus: 1,
  },
  {
    stage: "cache",
    title: "Cache",
    introduction:
      "Only `cache list`, `cache clear` and `cache warm` fail with these codes. A pull continues without the cache, and the reason is written to stderr.",
    exitStatus: 1,
  },
  {
    stage: "internal",
    title: "The program itself",
    introduction: "The run exceeded its deadline, its output was closed, or the program has a bug.",
    exitStatus: 1,
  },
];

export const ERRORS_PAGE: GeneratedFile = { path: "docs/reference/errors.md", render: renderErrorsPage };

function renderErrorsPage(): string {
  return `# Error codes

Generated from \`src/errors/codes.ts\` by \`npm run generate\`.

A failed run writes one line to stderr, which the kubelet writes to its log, and nothing to stdout:

\`\`\`text
registry-credential-provider: no login for "HOST": SENTENCE: DETAIL (FACTS). Hint: HINT [code CODE, stage STAGE]
\`\`\`

| part | contents |
| --- | --- |
| \`no login for "HOST"\` | the image's registry. Errors that occur before the registry and the rule are known, such as those of the request, the arguments and the configuration file, do not have it |
| SENTENCE, HINT | the texts in the tables below. Some errors have a more specific hint |
| DETAIL | the particular case: a path, a key or a value |
| FACTS | the request, the HTTP status, the number of attempts, the service's error code and request ID, the identity and the rule, as far as they are known |
| CODE | one of the codes below |
| STAGE | the step that failed |

| exit status | meaning | what the kubelet does |
| --- | --- | --- |
| 1 | the cloud denied the request or could not be reached, or the rule does not allow the pull | pulls without a login, and runs the provider again for the next attempt |
| 2 | the request, the arguments, a file or the environment must be corrected | the same; each run fails until it is corrected |

${SECTIONS.map(renderSection).join("\n\n")}
`;
}

function renderSection({ stage, title, introduction, exitStatus }: Section): string {
  const rows = Object.entries(getErrorDefinitions())
    .filter(([, definition]) => definition.stage === stage)
    .map(([code, { sentence, hint }]) => [
      `\`${code}\``,
      sentence,
      hint.includes(EXAMPLE_REQUEST) ? "send a request like the example below" : hint,
    ]);
  const example = stage === "request" ? ["", "A valid request:", "", "```json", EXAMPLE_REQUEST, "```"] : [];
  return [
    `## ${title}`,
    "",
    `${stage === "remote" ? "Exit" : `Stage \`${stage}\`, exit`} status ${exitStatus}. ${introduction}`,
    "",
    renderTable(["code", "sentence", "hint"], rows),
    ...example,
  ].join("\n");
}
