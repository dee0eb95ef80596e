import { ENVIRONMENT } from "../core/environment.ts";
import { DEFAULT_CONFIG_PATH } from "../core/run-options.ts";
import { EXAMPLE_REQUEST } from "../errors/example-request.ts";
import { COMMANDS, type Command } from "./commands.ts";

const INTRODUCTION = `registry-credential-provider is run by the kubelet: it reads a request on stdin. To try it by hand:

  echo '${EXAMPLE_REQUEST}' | registry-credential-provider`;

/** Printed if the program is started on a terminal without a request. */
export const SHORT_USAGE = `${INTRODUCTION}

Use --help for more information.`;

/** Returns the text of `--help`. */
export function renderHelp(): string {
  return `${INTRODUCTION}

Usage: registry-credential-provider [--config=FILE] [get-credentials] [AZURE_JSON]
${COMMANDS.map((command) => `       registry-credential-provider ${formatCommand(command)} [--config=FILE] [AZURE_JSON]`).join("\n")}

Responds to the kubelet's CredentialProviderRequest for images of Amazon ECR and ECR Public, Google Artifact Registry
and gcr.io, and Azure Container Registry: with the node's identity, or the pod's if the request has its token. Rules of
the configuration file change this, and add logins for other registries. Any other image gets an empty response.

Arguments:
${describe("--config=FILE", [
  `the configuration file, YAML or JSON; default ${DEFAULT_CONFIG_PATH}`,
  "if it exists (docs/reference/configuration.md)",
])}
${describe("AZURE_JSON", [
  "absolute path of the node's azure.json: its identity fields select the managed identity or the service",
  "principal for Azure Container Registry",
])}
${COMMANDS.map((command) => describe(formatCommand(command), command.help)).join("\n")}
${describe("--help, -h", ["prints this text; only as the sole argument or after cache"])}
${describe("--version", ["prints the version; only as the sole argument or after cache"])}

Arguments of other providers that are accepted, so that their configurations need no change:
  get-credentials, --v=N, --logtostderr, --authFlow=gcr, --identity-provider=URL with --project-id=ID (GKE's own pool)

Exit status: 0 a response (a login, or none because the image needs none), 1 no login could be obtained, 2 the request,
the arguments, the environment or the configuration file must be changed. On 1 and 2 stdout is empty and stderr has one
line that says why. For the cache commands 1 means that there is no usable cache; for cache clear also that something
could not be deleted, and for cache warm that an image has no login: stdout has a line for each.

Environment (see docs/reference/environment.md):
${FAMILIES.map(renderVariables).join("\n")}
`;
}

function formatCommand({ name, takesImages }: Command): string {
  return takesImages ? `${name} IMAGE...` : name;
}

/** Formats an argument and its description in two columns. */
function describe(argument: string, lines: readonly string[]): string {
  return lines.map((line, index) => `  ${(index === 0 ? argument : "").padEnd(22)}${line}`).join("\n");
}

const FAMILIES = ["all clouds", "AWS", "Google", "Azure"] as const;
/** The maximum line length of the list of variables. */
const MAX_LINE_LENGTH = 100;

function renderVariables(family: (typeof FAMILIES)[number]): string {
  const names = Object.entries(ENVIRONMENT).filter(([, variable]) => variable.for === family);
  const lines = [`  ${family}:`];
  for (const [name] of names) {
    const line = `${lines.at(-1)} ${name}`;
    if (line.length <= MAX_LINE_LENGTH) lines[lines.length - 1] = line;
    else lines.push(`    ${name}`);
  }
  return lines.join("\n");
}
