import { ENVIRONMENT } from "../core/environment.ts";
import { DEFAULT_CONFIG_PATH } from "../core/run-options.ts";
import { EXAMPLE_REQUEST } from "../errors/example-request.ts";

/** Shown where a person starts the program without a request. */
export const SHORT_USAGE = `registry-credential-provider is run by the kubelet: it reads a request on stdin. To try it by hand:

  echo '${EXAMPLE_REQUEST}' | registry-credential-provider

--help says more.`;

/** `--help`. */
export function renderHelp(): string {
  return `${SHORT_USAGE.replace("\n\n--help says more.", "")}

Usage: registry-credential-provider [--config=FILE] [get-credentials] [AZURE_JSON]
       registry-credential-provider cache list|clear|warm [IMAGE...] [--config=FILE] [AZURE_JSON]

Answers the kubelet's CredentialProviderRequest for images of Amazon ECR and ECR Public, Google Artifact Registry and
GCR, and Azure Container Registry: with the node's identity, or the pod's where the request carries its token. Rules of
the configuration file say otherwise, and give logins to other registries. Any other image is answered with no login.

Arguments:
  --config=FILE         the configuration file, YAML or JSON; default ${DEFAULT_CONFIG_PATH}
                        if it is there (docs/reference/configuration.md)
  AZURE_JSON            absolute path of the node's azure.json: its identity fields choose the managed identity or the service
                        principal for Azure Container Registry
  cache list            what the cache holds: registries, identities, times; no secret
  cache clear           drops all that it holds, its key too
  cache warm IMAGE...   fetches logins ahead, as the node, and says of each image what came of it. The other arguments and
                        the environment must be the kubelet's: else it is another identity's login, which no pull is
                        given (docs/operate/cache.md)
  --help, -h            this text; only as the sole argument or after cache
  --version             the version; only as the sole argument or after cache

Arguments of other providers that are accepted, so that their configurations need no change:
  get-credentials, --v=N, --logtostderr, --authFlow=gcr, --identity-provider=URL with --project-id=ID (GKE's own pool)

Exit status: 0 answered (a login, or none because the image is not ours), 1 the login could not be had, 2 the request,
the arguments, the environment or the configuration file is wrong. On 1 and 2 stdout is empty and stderr has one line
that says why. Of the cache's commands 1 means that there is no cache, or none that can be used; of cache clear also
that something could not be taken away, and of cache warm that an image could not be made ready, or is nobody's: stdout
has a line for each.

Environment (docs/reference/environment.md says what each does):
${FAMILIES.map(namesOf).join("\n")}
`;
}

const FAMILIES = ["all clouds", "AWS", "Google", "Azure"] as const;
/** Letters. */
const WIDTH = 100;

/** One family's, from a line of its own on. */
function namesOf(family: (typeof FAMILIES)[number]): string {
  const names = Object.entries(ENVIRONMENT).filter(([, variable]) => variable.for === family);
  const lines = [`  ${family}:`];
  for (const [name] of names) {
    const line = `${lines.at(-1)} ${name}`;
    if (line.length <= WIDTH) lines[lines.length - 1] = line;
    else lines.push(`    ${name}`);
  }
  return lines.join("\n");
}
