/**
 * `/v2/` of every registry of every family (distribution specification, "Determining support"): 401 with the family's own challenge
 * without a login, 200 for exactly the logins that this cloud gave for this very registry, 401 for all others.
 */
import { type Acr, acrCloud } from "./acr.ts";
import { ecrRegistry, isEcrPublic } from "./aws-hosts.ts";
import type { Ecr } from "./ecr.ts";
import type { EcrPublic } from "./ecr-public.ts";
import { type Answer, type Asked, json, type Service } from "./exchange.ts";
import type { GoogleTokens } from "./google-tokens.ts";

const NULL_GUID = "00000000-0000-0000-0000-000000000000";
const GOOGLE_USERS = ["oauth2accesstoken", "_token"];

export interface Issuers {
  readonly ecr: Ecr;
  readonly ecrPublic: EcrPublic;
  readonly google: GoogleTokens;
  readonly acr: Acr;
}

export class Registry implements Service {
  readonly name = "registry";
  readonly #issuers: Issuers;

  constructor(issuers: Issuers) {
    this.#issuers = issuers;
  }

  step(asked: Asked): string {
    return asked.path === "/v2/" ? "v2" : "other";
  }

  answer(asked: Asked): Answer {
    if (asked.path !== "/v2/") return this.failure(404);
    const [username, password] = basic(asked.headers["authorization"]);
    if (username !== undefined && password !== undefined && this.#accepts(asked.host, username, password)) {
      return json(200, {}, { "docker-distribution-api-version": "registry/2.0" });
    }
    return {
      ...this.failure(401),
      headers: { "content-type": "application/json", "www-authenticate": challenge(asked.host) },
    };
  }

  failure(status: number): Answer {
    const code = status === 401 ? "UNAUTHORIZED" : "UNKNOWN";
    return json(status, { errors: [{ code, message: "authentication required" }] });
  }

  #accepts(host: string, username: string, password: string): boolean {
    const { ecr, ecrPublic, google, acr } = this.#issuers;
    const registry = ecrRegistry(host);
    if (registry) return username === "AWS" && ecr.accepts(password, registry.region, registry.partition);
    if (isEcrPublic(host)) return username === "AWS" && ecrPublic.accepts(password);
    if (acrCloud(host)) return username === NULL_GUID && acr.accepts(password, host);
    const universe = googleUniverse(host);
    return universe !== undefined && GOOGLE_USERS.includes(username) && google.accepts(password, universe);
  }
}

export const isRegistry = (host: string): boolean =>
  ecrRegistry(host) !== undefined ||
  isEcrPublic(host) ||
  acrCloud(host) !== undefined ||
  googleUniverse(host) !== undefined;

const LABEL = "[a-z0-9]([a-z0-9-]*[a-z0-9])?";
const GOOGLE_PUBLIC = new RegExp(
  `^(gcr\\.io|${LABEL}\\.gcr\\.io|container\\.cloud\\.google\\.com|${LABEL}-docker\\.pkg\\.dev|docker\\.${LABEL}\\.rep\\.pkg\\.dev)$`,
);
const GOOGLE_PARTNER = new RegExp(`^(?:docker|${LABEL}-docker)\\.pkg-(${LABEL})\\.goog$`);
const S3NS = new RegExp(`^(?:docker|${LABEL}-docker)\\.(q?s3ns)registry\\.fr$`);

/** The universe domain that a Google registry belongs to. */
export function googleUniverse(host: string): string | undefined {
  if (GOOGLE_PUBLIC.test(host)) return "googleapis.com";
  const partner = GOOGLE_PARTNER.exec(host)?.[2];
  if (partner !== undefined) return `apis-${partner}.goog`;
  const s3ns = S3NS.exec(host)?.[2];
  return s3ns === undefined ? undefined : `${s3ns}apis.fr`;
}

function basic(header: string | undefined): readonly [string?, string?] {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/.exec(header ?? "")?.[1];
  if (encoded === undefined) return [];
  const decoded = Buffer.from(encoded, "base64").toString();
  const colon = decoded.indexOf(":");
  return colon < 0 ? [] : [decoded.slice(0, colon), decoded.slice(colon + 1)];
}

function challenge(host: string): string {
  if (ecrRegistry(host)) return `Basic realm="https://${host}/",service="ecr.amazonaws.com"`;
  if (isEcrPublic(host)) return `Bearer realm="https://${host}/token/",service="${host}",scope="aws"`;
  if (acrCloud(host)) return `Bearer realm="https://${host}/oauth2/token",service="${host}"`;
  return `Bearer realm="https://${host}/v2/token",service="${host}"`;
}
