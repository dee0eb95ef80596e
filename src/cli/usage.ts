import { ENVIRONMENT } from "../core/environment.ts";
import { DEFAULT_CONFIG_PATH } from "../core/run-options.ts";
import { EXAMPLE_REQUEST } from "../errors/example-request.ts";

/** Shown if the program is started on a terminal without a request. */
export const SHORT_USAGE = `registry-credential-provider is run by the kubelet: it reads a request on stdin. To try it by hand:

  echo '${EXAMPLE_REQUEST}' | registry-credential-provider

--help says more.`;

/** `--help`. */
export function renderHelp(): string {
  return `${SHORT_USAGE.replace("\n\n--help says more.", "")}

Usage: registry-credential-provider [--config=FILE] [get-credentials] [AZURE_JSON]
       registry-credential-provider cache list|clear|warm [IMAGE...] [--config=FILE] [AZURE_JSON]

Responds to the kubelet's CredentialProviderRequest for images of Amazon ECR and ECR Public, Google Artifact Registry
and gcr.io, and Azure Container Registry: with the node's identity, or the pod's if the request has its token. Rules of
the configuration file change this, and add logins for other registries. Any other image gets an empty response.

Arguments:
  --config=FILE         the configuration file, YAML or JSON; default ${DEFAULT_CONFIG_PATH}
                        if it exists (docs/reference/configuration.md)
  AZURE_JSON            absolute path of the node's azure.json: its identity fields select the managed identity or the service
                        principal for Azure Container Registry
  cache list            shows the cached logins: registries, identities, times; no secret
  cache clear           deletes all cached logins, and the cache's key
  cache warm IMAGE...   fetches logins ahead, as the node, and prints the result for each image. The other arguments and
                        the environment must be those of the kubelet: otherwise no pull gets these logins
                        (docs/operate/cache-warm.md)
  --help, -h            this text; only as the sole argument or after cache
  --version             the version; only as the sole argument or after cache

Arguments of other providers that are accepted, so that their configurations need no change:
  get-credentials, --v=N, --logtostderr, --authFlow=gcr, --identity-provider=URL with --project-id=ID (GKE's own pool)

Exit status: 0 a response (a login, or none because the image needs none), 1 no login could be obtained, 2 the request,
the arguments, the environment or the configuration file must be changed. On 1 and 2 stdout is empty and stderr has one
line that says why. For the cache commands 1 means that there is no usable cache; for cache clear also that something
could not be deleted, and for cache warm that an image has no login: stdout has a line for each.

Environment (docs/reference/environment.md says what each does):
${FAMILIES.map(listVariables).join("\n")}
`;
}

const FAMILIES = ["all clouds", "AWS", "Google", "Azure"] as const;
/** Characters per line. */
const WIDTH = 100;

/** Returns the lines with the variables of a family. */
function listVariables(family: (typeof FAMILIES)[number]): string {
  const names = Object.entries(ENVIRONMENT).filter(([, variable]) => variable.for === family);
  const lines = [`  ${family}:`];
  for (const [name] of names) {
    const line = `${lines.at(-1)} ${name}`;
    if (line.length <= WIDTH) lines[lines.length - 1] = line;
    else lines.push(`    ${name}`);
  }
  return lines.join("\n");
}
