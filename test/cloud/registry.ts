/**
 * `/v2/` of every registry of every family (distribution specification, "Determining support"): 401 with the family's challenge without
 * credentials, 200 for the logins that this cloud issued for this registry, 401 for all others. The realm of a Bearer challenge
 * exchanges the same logins for a token that `/v2/` accepts (the distribution's "Token authentication"): by GET with Basic, at ACR
 * also by POST with the refresh token. Elsewhere POST answers 404, as Google's does.
 *
 * Deliberately left out: ACR also accepts a service principal's application id and secret by Basic. This fake answers 401, because the
 * program never returns a raw secret, and a test relies on that.
 */
import { type Acr, findAcrCloud } from "./acr.ts";
import { ecrRegistry, isEcrPublic } from "./aws-hosts.ts";
import type { Ecr } from "./ecr.ts";
import type { EcrPublic } from "./ecr-public.ts";
import { type Answer, type Asked, answerJson, type Service } from "./exchange.ts";
import type { GoogleTokens } from "./google-tokens.ts";
import type { Ledger } from "./ledger.ts";

const NULL_GUID = "00000000-0000-0000-0000-000000000000";
const GOOGLE_USERS = ["oauth2accesstoken", "_token"];
/** Milliseconds. A token does not outlive its login. */
const TOKEN_LIFE = 300_000;

export interface Issuers {
  readonly ecr: Ecr;
  readonly ecrPublic: EcrPublic;
  readonly google: GoogleTokens;
  readonly acr: Acr;
}

/** The user name and password. */
type Login = readonly [string, string];

interface Token {
  readonly host: string;
  readonly login: Login;
  readonly expires: number;
}

export class Registry implements Service {
  readonly name = "registry";
  readonly #issuers: Issuers;
  readonly #ledger: Ledger;
  readonly #tokens = new Map<string, Token>();

  constructor(issuers: Issuers, ledger: Ledger) {
    this.#issuers = issuers;
    this.#ledger = ledger;
  }

  step(asked: Asked): string {
    if (asked.path === "/v2/") return "v2";
    return asked.path === findTokenPath(asked.host) ? "token" : "other";
  }

  answer(asked: Asked): Answer {
    switch (this.step(asked)) {
      case "v2":
        return this.#v2(asked);
      case "token":
        return this.#token(asked);
      default:
        return this.failure(404);
    }
  }

  #v2(asked: Asked): Answer {
    const { host, headers, now } = asked;
    const login = parseBasic(headers["authorization"]) ?? this.#bearer(headers["authorization"], host, now);
    if (login !== undefined && this.#accepts(host, login)) {
      return answerJson(200, {}, { "docker-distribution-api-version": "registry/2.0" });
    }
    return {
      ...this.failure(401),
      headers: { "content-type": "application/json", "www-authenticate": formatChallenge(host) },
    };
  }

  failure(status: number): Answer {
    const code = status === 401 ? "UNAUTHORIZED" : "UNKNOWN";
    return answerJson(status, { errors: [{ code, message: "authentication required" }] });
  }

  /** The login for which a token was issued. */
  #bearer(header: string | undefined, host: string, now: number): Login | undefined {
    const token = this.#tokens.get(/^Bearer (\S+)$/.exec(header ?? "")?.[1] ?? "");
    return token?.host === host && token.expires > now ? token.login : undefined;
  }

  #token(asked: Asked): Answer {
    const isAcr = findAcrCloud(asked.host) !== undefined;
    const posted = asked.method === "POST" && isAcr;
    if (asked.method !== "GET" && !posted) return this.failure(404);
    const form = posted ? new URLSearchParams(asked.body) : asked.query;
    if ((form.get("service") ?? (isAcr ? "" : asked.host)) !== asked.host) return this.failure(400);
    if (posted && form.get("grant_type") !== "refresh_token") return this.failure(400);
    const login = posted ? readAcrLogin(form) : parseBasic(asked.headers["authorization"]);
    if (login === undefined || !this.#accepts(asked.host, login)) return this.failure(401);
    const token = this.#issue(asked, login);
    return answerJson(200, isAcr ? { access_token: token } : { token });
  }

  #issue({ host, now }: Asked, login: Login): string {
    const token = this.#ledger.secret("registry-token", 64);
    this.#tokens.set(token, { host, login, expires: now + TOKEN_LIFE });
    return token;
  }

  #accepts(host: string, [username, password]: Login): boolean {
    const { ecr, ecrPublic, google, acr } = this.#issuers;
    const registry = ecrRegistry(host);
    if (registry) return username === "AWS" && ecr.accepts(password, registry.region, registry.partition);
    if (isEcrPublic(host)) return username === "AWS" && ecrPublic.accepts(password);
    if (findAcrCloud(host)) return username === NULL_GUID && acr.accepts(password, host);
    const universe = findGoogleUniverse(host);
    return universe !== undefined && GOOGLE_USERS.includes(username) && google.accepts(password, universe);
  }
}

export const isRegistry = (host: string): boolean =>
  ecrRegistry(host) !== undefined ||
  isEcrPublic(host) ||
  findAcrCloud(host) !== undefined ||
  findGoogleUniverse(host) !== undefined;

const LABEL = "[a-z0-9]([a-z0-9-]*[a-z0-9])?";
const GOOGLE_PUBLIC = new RegExp(
  `^(gcr\\.io|${LABEL}\\.gcr\\.io|container\\.cloud\\.google\\.com|${LABEL}-docker\\.pkg\\.dev|docker\\.${LABEL}\\.rep\\.pkg\\.dev)$`,
);
const GOOGLE_PARTNER = new RegExp(`^(?:docker|${LABEL}-docker)\\.pkg-(${LABEL})\\.goog$`);
const S3NS = new RegExp(`^(?:docker|${LABEL}-docker)\\.(q?s3ns)registry\\.fr$`);

/** Returns the universe of a Google registry. */
export function findGoogleUniverse(host: string): string | undefined {
  if (GOOGLE_PUBLIC.test(host)) return "googleapis.com";
  const partner = GOOGLE_PARTNER.exec(host)?.[2];
  if (partner !== undefined) return `apis-${partner}.goog`;
  const s3ns = S3NS.exec(host)?.[2];
  return s3ns === undefined ? undefined : `${s3ns}apis.fr`;
}

const readAcrLogin = (form: URLSearchParams): Login => [NULL_GUID, form.get("refresh_token") ?? ""];

function parseBasic(header: string | undefined): Login | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/.exec(header ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const decoded = Buffer.from(encoded, "base64").toString();
  const colon = decoded.indexOf(":");
  return colon < 0 ? undefined : [decoded.slice(0, colon), decoded.slice(colon + 1)];
}

/** The token endpoint; ECR has none. */
function findTokenPath(host: string): string | undefined {
  if (ecrRegistry(host)) return undefined;
  if (isEcrPublic(host)) return "/token/";
  return findAcrCloud(host) ? "/oauth2/token" : "/v2/token";
}

function formatChallenge(host: string): string {
  const path = findTokenPath(host);
  if (path === undefined) return `Basic realm="https://${host}/",service="ecr.amazonaws.com"`;
  const scope = isEcrPublic(host) ? ',scope="aws"' : "";
  return `Bearer realm="https://${host}${path}",service="${host}"${scope}`;
}
