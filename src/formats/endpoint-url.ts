import type { EnvironmentName } from "../core/environment.ts";
import type { Environment } from "../core/world.ts";
import type { ProviderError } from "../errors/provider-error.ts";
import { refuseVariable } from "./choices.ts";

/** Whether the endpoint of a service may have a path, below which the service is requested. */
type PathUse = "with-path" | "without-path";

/** Hosts without a dot and a port that are accepted: the one in the hosts file of Google's images, and that of a local substitute. */
const SHORT_NAMES = ["metadata", "localhost"];
/** A single word as the host, without a port. It may be a misplaced secret, which would be looked up in the DNS. */
const SINGLE_WORD_HOST = /^https?:\/\/([^.:/?#@[\]]+)(?:\/|$)/i;

/**
 * Parses an operator's endpoint. Parts that would have no effect are refused: a user name, a password, a query, a fragment, and
 * a path where the service does not use one.
 *
 * @param refuse returns the error for a problem; it does not show the value
 */
export function parseEndpointUrl(
  text: string,
  path: PathUse,
  refuse: (problem: string) => ProviderError,
): URL {
  const url = /^https?:\/\/[!-~]+$/i.test(text) ? URL.parse(text) : null;
  if (url === null) throw refuse("must be an http:// or https:// URL");
  if (url.username !== "" || url.password !== "") throw refuse("must not contain a user name or password");
  if (url.href !== url.origin + url.pathname) throw refuse("must not contain a query or a fragment");
  if (SINGLE_WORD_HOST.test(text) && !SHORT_NAMES.includes(url.hostname))
    throw refuse("must contain a host with a domain or a port, not a single word");
  if (path === "without-path" && url.pathname !== "/") throw refuse("must not contain a path");
  return url;
}

/** Reads a variable that names an endpoint. Throws `environment-invalid`. */
export function readEndpointUrl(env: Environment, name: EnvironmentName, path: PathUse): URL | undefined {
  const text = env[name];
  return text ? parseEndpointUrl(text, path, (problem) => refuseVariable(name, problem)) : undefined;
}
