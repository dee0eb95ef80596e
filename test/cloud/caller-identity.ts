/**
 * A signed request for GetCallerIdentity as a subject token (AIP-4117, "Determining the subject token in AWS"): URI-encoded JSON of
 * the URL, the method and the headers. Whoever is shown one sends it on to AWS, and so it is checked here as STS would: the
 * regional endpoint and nothing else in the URL, the signature, its time, the caller's key. The header
 * `x-goog-cloud-target-resource` says whom it is for; Google looks whether that is the provider that was asked.
 */
import { awsEndpoint } from "./aws-hosts.ts";
import type { Asked } from "./exchange.ts";
import type { Iam } from "./iam.ts";
import { verifySigV4 } from "./sigv4.ts";

export interface Caller {
  /** `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`. */
  readonly arn: string;
  readonly account: string;
  readonly role: string;
  readonly session: string;
  /** What `x-goog-cloud-target-resource` says; empty where it is missing. */
  readonly resource: string;
  /** Whether the signature covers that header. */
  readonly resourceSigned: boolean;
}

/** Who signed it; otherwise why it is worth nothing. */
export function callerOf(token: string, now: number, iam: Iam): Caller | { readonly refusal: string } {
  const asked = parse(token, now);
  if (typeof asked === "string") return { refusal: asked };
  const endpoint = awsEndpoint(asked.host);
  if (endpoint?.service !== "sts" || endpoint.global) return { refusal: "not a regional endpoint of STS" };
  const verdict = verifySigV4(asked, { region: endpoint.region, service: "sts" }, (id) => iam.key(id));
  if ("refusal" in verdict) return { refusal: verdict.refusal.message };
  const { key } = verdict;
  if (key.partition !== endpoint.partition) return { refusal: "credentials of another partition" };
  const [, signed = ""] = /SignedHeaders=([^,]*)/.exec(asked.headers["authorization"] ?? "") ?? [];
  return {
    arn: iam.assumed(key),
    account: iam.account(key.role),
    role: key.role,
    session: key.session,
    resource: asked.headers[RESOURCE] ?? "",
    resourceSigned: signed.split(";").includes(RESOURCE),
  };
}

const RESOURCE = "x-goog-cloud-target-resource";
const QUERY = "Action=GetCallerIdentity&Version=2011-06-15";

/** The request, or what is wrong with it. */
function parse(token: string, now: number): Asked | string {
  const { url, method, headers } = decode(token) ?? {};
  const target = URL.parse(typeof url === "string" ? url : "");
  if (target === null || target.protocol !== "https:" || target.pathname !== "/") return "no URL of STS";
  if (target.search !== `?${QUERY}` || method !== "POST") return "not a request for GetCallerIdentity";
  const pairs = headersOf(headers);
  if (pairs === undefined) return "headers are not a list of key and value";
  if (pairs["host"] !== target.host) return "the host that is signed is not the URL's";
  return {
    host: target.hostname,
    method,
    path: "/",
    query: target.searchParams,
    headers: pairs,
    body: "",
    now,
    bend: undefined,
  };
}

function decode(token: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(decodeURIComponent(token));
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** Names in small letters; a name that is there twice, or a pair of another shape, makes the list worthless. */
function headersOf(list: unknown): Readonly<Record<string, string>> | undefined {
  if (!Array.isArray(list)) return undefined;
  const pairs = new Map<string, string>();
  for (const one of list) {
    const pair: Readonly<Record<string, unknown>> = { ...one };
    const { key, value } = pair;
    if (typeof key !== "string" || typeof value !== "string" || pairs.has(key.toLowerCase()))
      return undefined;
    pairs.set(key.toLowerCase(), value);
  }
  return Object.fromEntries(pairs);
}
