import { quoted } from "../last-words.ts";
import type { Pattern } from "./pattern.ts";
import type { Territories } from "./territories.ts";

/** Second-level domains of countries below which anyone can register a name: `co.uk`, `com.br`. */
const SECOND_LEVEL = /^(ac|co|com|edu|go|gob|gouv|gov|gv|id|ind|ltd|ne|net|nom|or|org|plc|web)\.[a-z]{2}$/;

/** Domains of services that give each customer a name directly below. */
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

/** Domains of services that give each customer a name below, with more labels between them, such as a region. */
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
 * Checks the pattern of a `static` login. The login is sent to every host that the pattern matches, so a pattern must not match
 * hosts that anyone can register: their owner would receive the login from any pod that names the host.
 *
 * @returns the problem, undefined if there is none
 */
export function findSecretHostFault(pattern: Pattern, territories: Territories): string | undefined {
  const { text, labels } = pattern;
  const wildcard = labels.findLastIndex((label) => label.includes("*"));
  if (wildcard < 0) return undefined;
  const fixed = labels.slice(wildcard + 1);
  const shown = `${quoted(text)} would send the login to`;
  if (fixed.length < 2)
    return `${shown} hosts that anyone can register: write out at least the last two labels, without a *`;
  const domain = fixed.join(".");
  if (/^[0-9]+$/.test(fixed.at(-1) ?? "")) return `${shown} several addresses: name each`;
  if (isShared(domain))
    return `${shown} hosts that anyone can register: every customer gets a name under ${domain}; name each host`;
  const [cloud] = findOpenClouds(pattern, territories);
  return (
    cloud &&
    `${shown} registries that anyone can create in ${cloud}: name each host, or give the rule ${cloud} in place of static`
  );
}

function isShared(domain: string): boolean {
  return (
    SECOND_LEVEL.test(domain) ||
    SHARED_DOMAINS.has(domain) ||
    SHARED_SUFFIXES.some((suffix) => domain === suffix || domain.endsWith(`.${suffix}`))
  );
}

/** Returns the clouds in which the pattern matches registries of any customer: the customer's label is the first. */
function findOpenClouds(pattern: Pattern, territories: Territories): readonly string[] {
  const names = [pattern, ...territories.otherPatterns({ ...pattern, port: "" }, "all")];
  return names.flatMap(({ labels, ...rest }) =>
    labels[0]?.includes("*") ? territories.met({ ...rest, labels, port: "" }) : [],
  );
}
