import { quoted } from "../last-words.ts";
import type { Pattern } from "./pattern.ts";
import type { Territories } from "./territories.ts";

/** Second-level domains of countries under which names are registered: `co.uk`, `com.br`. */
const SECOND_LEVEL = /^(ac|co|com|edu|go|gob|gouv|gov|gv|id|ind|ltd|ne|net|nom|or|org|plc|web)\.[a-z]{2}$/;

/** Services that give a name directly below their domain to every customer. */
const SHARED_DOMAINS: ReadonlySet<string> = new Set([
  "azureedge.net",
  "azurefd.net",
  "azurewebsites.net",
  "cloudfront.net",
  "duckdns.org",
  "firebaseapp.com",
  "fly.dev",
  "github.io",
  "gitlab.io",
  "herokuapp.com",
  "jfrog.io",
  "netlify.app",
  "ngrok-free.app",
  "ngrok-free.dev",
  "ngrok.app",
  "ngrok.dev",
  "ngrok.io",
  "onrender.com",
  "pages.dev",
  "trafficmanager.net",
  "trycloudflare.com",
  "vercel.app",
  "web.app",
  "workers.dev",
]);

/** The same where more labels, such as a region, stand between the customer's and the domain. */
const SHARED_SUFFIXES = [
  "aliyuncs.com",
  "amazonaws.com",
  "amazonaws.com.cn",
  "api.aws",
  "appspot.com",
  "azurecontainer.io",
  "cloudapp.azure.com",
  "nip.io",
  "on.aws",
  "run.app",
  "sslip.io",
  "windows.net",
];

/**
 * A login from a file is sent to every host that the pattern matches. A pattern that matches hosts of anyone would show it
 * to whoever gets such a host and a pod that names it.
 *
 * @returns what is wrong, undefined where nothing is
 */
export function secretHostFault(pattern: Pattern, territories: Territories): string | undefined {
  const { text, labels } = pattern;
  const wildcard = labels.findLastIndex((label) => label.includes("*"));
  if (wildcard < 0) return undefined;
  const fixed = labels.slice(wildcard + 1);
  const shown = `${quoted(text)} would send the login to`;
  if (fixed.length < 2)
    return `${shown} hosts of anyone: write out at least the last two labels, without a *`;
  const domain = fixed.join(".");
  if (/^[0-9]+$/.test(fixed.at(-1) ?? "")) return `${shown} several addresses: name each`;
  if (isShared(domain))
    return `${shown} hosts of anyone: every customer gets a name under ${domain}; name each host`;
  const [cloud] = cloudsWithin(pattern, territories);
  return (
    cloud &&
    `${shown} registries of anyone in ${cloud}: name each host, or give the rule ${cloud} in place of static`
  );
}

function isShared(domain: string): boolean {
  return (
    SECOND_LEVEL.test(domain) ||
    SHARED_DOMAINS.has(domain) ||
    SHARED_SUFFIXES.some((suffix) => domain === suffix || domain.endsWith(`.${suffix}`))
  );
}

/** The clouds of whose customers the pattern leaves open: a customer's label comes first. */
function cloudsWithin(pattern: Pattern, territories: Territories): readonly string[] {
  const names = [pattern, ...territories.otherPatterns({ ...pattern, port: "" }, "all")];
  return names.flatMap(({ labels, ...rest }) =>
    labels[0]?.includes("*") ? territories.met({ ...rest, labels, port: "" }) : [],
  );
}
