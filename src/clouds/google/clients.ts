import type { gaxios } from "google-auth-library";
import { Compute } from "google-auth-library";
import type { AuthClient } from "google-auth-library/build/src/auth/authclient.js";
import { Impersonated } from "google-auth-library/build/src/auth/impersonated.js";
import { JWTAccess } from "google-auth-library/build/src/auth/jwtaccess.js";
import { JWT } from "google-auth-library/build/src/auth/jwtclient.js";
import { OAuth2Client } from "google-auth-library/build/src/auth/oauth2client.js";
import { Secret } from "../../core/secret.ts";
import { readJwtExpiry } from "../../formats/jwt.ts";
import type { Impersonation, ServiceAccountKey } from "./credentials-file.ts";
import { PoolClient } from "./pool-client.ts";
import { GOOGLE_CLOUD, type GoogleServices } from "./services.ts";
import { CLOUD_PLATFORM_SCOPE, STORAGE_READ_ONLY_SCOPE } from "./token-limits.ts";

interface ClientContext {
  readonly universe: string;
  readonly services: GoogleServices;
  readonly transporter: gaxios.Gaxios;
}

interface PoolToken {
  /** Of the exchange: the provider's name. */
  readonly audience: string;
  /** The subject token and what kind it is. */
  readonly type: string;
  readonly token: Secret;
}

/** The instance's account, as one that may impersonate others. */
export function createNodeClient({ transporter }: ClientContext): AuthClient {
  return new Compute({ scopes: [CLOUD_PLATFORM_SCOPE], transporter });
}

export function createPoolClient({ audience, type, token }: PoolToken, around: ClientContext): AuthClient {
  return new PoolClient({
    audience,
    subject_token_type: type,
    token_url: `${around.services.sts}/v1/token`,
    subject_token_supplier: { getSubjectToken: async () => token.expose() },
    scopes: [CLOUD_PLATFORM_SCOPE],
    transporter: around.transporter,
  });
}

/** In partners' universes a key's own signature is the token (Google "Self-signed JWTs"): there is nobody to trade it. */
export function createKeyClient(
  { email, key, keyId }: ServiceAccountKey,
  { impersonate }: { readonly impersonate: readonly Impersonation[] },
  { universe, transporter }: ClientContext,
): AuthClient {
  const scopes = [impersonate.length === 0 ? STORAGE_READ_ONLY_SCOPE : CLOUD_PLATFORM_SCOPE];
  if (universe === GOOGLE_CLOUD) return new JWT({ email, key: key.expose(), scopes, transporter });
  const headers = new JWTAccess(email, key.expose(), keyId).getRequestHeaders(undefined, undefined, scopes);
  const token = new Secret((headers.get("authorization") ?? "").slice("Bearer ".length));
  return new OAuth2Client({
    transporter,
    credentials: { access_token: token.expose(), expiry_date: readJwtExpiry(token) ?? null },
  });
}

/** Each is impersonated with the token of the one before it. */
export function impersonateAccounts(
  first: AuthClient,
  accounts: readonly Impersonation[],
  { services, transporter }: ClientContext,
): AuthClient {
  return accounts.reduce(
    (sourceClient, { email, lifetime }, index) =>
      new Impersonated({
        sourceClient,
        targetPrincipal: email,
        targetScopes: [index === accounts.length - 1 ? STORAGE_READ_ONLY_SCOPE : CLOUD_PLATFORM_SCOPE],
        lifetime,
        endpoint: services.iamCredentials,
        transporter,
      }),
    first,
  );
}
