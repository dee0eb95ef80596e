import type { gaxios } from "google-auth-library";
import type { AuthClient } from "google-auth-library/build/src/auth/authclient.js";
import {
  IdentityPoolClient,
  type IdentityPoolClientOptions,
} from "google-auth-library/build/src/auth/identitypoolclient.js";
import { JWTAccess } from "google-auth-library/build/src/auth/jwtaccess.js";
import { JWT } from "google-auth-library/build/src/auth/jwtclient.js";
import { OAuth2Client } from "google-auth-library/build/src/auth/oauth2client.js";
import { StsCredentials } from "google-auth-library/build/src/auth/stscredentials.js";
import { Secret } from "../../core/secret.ts";
import type { Milliseconds } from "../../core/time.ts";
import type { World } from "../../core/world.ts";
import type { Egress } from "../../egress/egress.ts";
import { showValue } from "../../errors/show-value.ts";
import { describeJwt, readJwtExpiry } from "../../formats/jwt.ts";
import { requireTokenAudience } from "../../identities/pod.ts";
import type { GetSubjectToken, SubjectToken } from "../../identities/subject-token.ts";
import type { ServiceAccountKey } from "./credentials-file.ts";
import type { ExchangePlan } from "./exchange-plan.ts";
import { readExternalToken } from "./external-token-source.ts";
import { fetchInstanceToken } from "./instance-token.ts";
import { assertInstanceUniverse, INSTANCE_LABEL, openMetadata } from "./metadata.ts";
import { resolvePoolAudience } from "./pool-audience.ts";
import { GOOGLE_CLOUD, type GoogleServices } from "./services.ts";
import { CLOUD_PLATFORM_SCOPE, STORAGE_READ_ONLY_SCOPE } from "./token-limits.ts";

/** The parameters that the steps of an exchange share. */
export interface ExchangeContext {
  readonly universe: string;
  readonly services: GoogleServices;
  readonly egress: Egress;
  readonly transporterOptions: gaxios.GaxiosOptions;
  readonly getSubjectToken: GetSubjectToken;
  readonly world: World;
}

/** The library's client for the first token of the chain. */
interface SourceClient {
  readonly client: AuthClient;
  /** The identity in messages. */
  readonly identityLabel: string;
  /** The subject token's expiry, which a federated token does not outlive. An impersonated one may. */
  readonly maxExpiry?: Milliseconds | undefined;
  /** The claims that the provider must trust, for messages. */
  readonly claims?: string | undefined;
}

const JWT_TYPE = "urn:ietf:params:oauth:token-type:jwt";
const AWS_REQUEST_TYPE = "urn:ietf:params:aws:token-type:aws4_request";

/** @throws ProviderError the codes of files, metadata, the subject token and its audience */
export async function createSourceClient(
  plan: ExchangePlan,
  context: ExchangeContext,
): Promise<SourceClient> {
  const { source } = plan;
  const { universe, getSubjectToken, egress, world } = context;
  switch (source.kind) {
    case "node": {
      const metadata = await openMetadata(world);
      await assertInstanceUniverse(universe, metadata);
      const { token } = await fetchInstanceToken(CLOUD_PLATFORM_SCOPE, metadata, world);
      return { client: createTokenClient(token, null, context), identityLabel: INSTANCE_LABEL };
    }
    case "key": {
      const scope = plan.impersonate.length === 0 ? STORAGE_READ_ONLY_SCOPE : CLOUD_PLATFORM_SCOPE;
      const identityLabel = showValue("serviceAccount", source.email);
      return { client: createKeyClient(source, scope, context), identityLabel };
    }
    case "external": {
      const { audience, subjectTokenType, tokenSource } = source;
      const subject =
        tokenSource.kind === "aws"
          ? await getSubjectToken({ kind: "aws-signed", audience })
          : await readExternalToken(tokenSource, egress, world);
      return createPoolClient(audience, subjectTokenType, subject, plan, context);
    }
    case "federated": {
      const { audience, tokenAudience } = await resolvePoolAudience(source.pool, universe, world);
      if (source.subject.kind === "request" && tokenAudience !== undefined)
        requireTokenAudience(source.subject.pod, [tokenAudience]);
      const type = source.subject.kind === "aws-signed" ? AWS_REQUEST_TYPE : JWT_TYPE;
      return createPoolClient(audience, type, await getSubjectToken(source.subject), plan, context);
    }
  }
}

/** @param expiry null: the library does not try to refresh the token, for which it has no means */
function createTokenClient(
  token: Secret,
  expiry: Milliseconds | null,
  { transporterOptions }: ExchangeContext,
): AuthClient {
  const credentials = { access_token: token.expose(), expiry_date: expiry };
  return new OAuth2Client({ transporterOptions, credentials });
}

/** In partner universes a JWT signed with the key is itself the access token (Google, "Self-signed JWTs"). */
function createKeyClient(
  { email, key, keyId }: ServiceAccountKey,
  scope: string,
  context: ExchangeContext,
): AuthClient {
  const { universe, transporterOptions } = context;
  if (universe === GOOGLE_CLOUD)
    return new JWT({ email, key: key.expose(), scopes: [scope], transporterOptions });
  const headers = new JWTAccess(email, key.expose(), keyId).getRequestHeaders(undefined, undefined, [scope]);
  const token = new Secret((headers.get("authorization") ?? "").slice("Bearer ".length));
  return createTokenClient(token, readJwtExpiry(token) ?? null, context);
}

/** @param type the subject token's type (RFC 8693 §3) */
function createPoolClient(
  audience: string,
  type: string,
  subject: SubjectToken,
  { impersonate }: ExchangePlan,
  { services, transporterOptions }: ExchangeContext,
): SourceClient {
  const client = new PoolClient({
    audience,
    subject_token_type: type,
    token_url: `${services.sts}/v1/token`,
    subject_token_supplier: { getSubjectToken: async () => subject.token.expose() },
    scopes: [CLOUD_PLATFORM_SCOPE],
    transporterOptions,
  });
  return {
    client,
    identityLabel: subject.identityLabel,
    maxExpiry: impersonate.length === 0 ? subject.expiresAt : undefined,
    claims: describeJwt(subject.token),
  };
}

/**
 * Google's client of its Security Token Service. The base class ignores its transporter for the exchange. This replaces the
 * exchange in the same way as the base class does for client certificates.
 */
class PoolClient extends IdentityPoolClient {
  constructor(options: IdentityPoolClientOptions) {
    super(options);
    this.stsCredential = new StsCredentials({
      tokenExchangeEndpoint: this.getTokenUrl(),
      transporter: this.transporter,
    });
  }
}
