import { readTokenFile } from "../core/required-file.ts";
import { Secret } from "../core/secret.ts";
import type { World } from "../core/world.ts";
import { quoteUntrusted } from "../errors/error-line.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { showValue } from "../errors/show-value.ts";
import { readJwtAudiences, readJwtExpiry } from "../formats/jwt.ts";
import { formatServiceAccount } from "../identities/pod.ts";
import type { GetSubjectToken, SubjectToken, SubjectTokenSource } from "../identities/subject-token.ts";

/**
 * Returns the function with which a cloud gets subject tokens from all sources, including other clouds. Clouds do not import
 * each other. An expired token is refused before any exchange.
 */
export function createSubjectTokenGetter(world: World): GetSubjectToken {
  return async (source) => {
    const subject = await getSubjectToken(source, world);
    const { expiresAt = Number.POSITIVE_INFINITY, identityLabel: identity } = subject;
    if (expiresAt > world.now()) return subject;
    throw new ProviderError("token-expired", { stage: "identity", identity });
  };
}

async function getSubjectToken(source: SubjectTokenSource, world: World): Promise<SubjectToken> {
  switch (source.kind) {
    case "request":
      return {
        token: source.pod.token,
        expiresAt: source.pod.expiresAt,
        identityLabel: formatServiceAccount(source.pod),
      };
    case "file":
      return readSubjectTokenFile(source, world);
    case "aws": {
      const { fetchWebIdentityToken } = await import("./aws/web-identity-token.ts");
      return fetchWebIdentityToken(source.audience, world);
    }
    case "aws-signed": {
      const { signCallerIdentity } = await import("./aws/signed-caller-identity.ts");
      return signCallerIdentity(source.audience, world);
    }
    case "azure": {
      const { fetchManagedIdentityAssertion } = await import("./azure/acr-token.ts");
      return fetchManagedIdentityAssertion(source.audience, world);
    }
    case "google": {
      const { fetchGoogleIdentityToken } = await import("./google/identity-token.ts");
      return fetchGoogleIdentityToken(source.audience, world);
    }
  }
}

/**
 * Reads a token from a file, such as a projected ServiceAccount token or a SPIFFE JWT-SVID.
 *
 * @throws ProviderError `subject-token-file-invalid`, `file-*`
 */
async function readSubjectTokenFile(
  { path, setting, audiences }: SubjectTokenSource & { kind: "file" },
  world: World,
): Promise<SubjectToken> {
  const refuse = (problem: string) =>
    new ProviderError("subject-token-file-invalid", { detail: `${showValue("path", path)}: ${problem}` });
  const token = new Secret((await readTokenFile(path, world, setting)).trim());
  const expiresAt = readJwtExpiry(token);
  if (expiresAt === undefined) throw refuse("it contains no JWT with an expiry");
  if (expiresAt <= world.now()) throw refuse("its token has expired");
  const actualAudiences = readJwtAudiences(token);
  if (!audiences.some((audience) => actualAudiences.includes(audience))) {
    const expected = audiences.map(quoteUntrusted).join(" or ");
    const actual = actualAudiences.map(quoteUntrusted).join(", ") || "missing";
    throw refuse(`its token's audience is ${actual}, expected ${expected}`);
  }
  return { token, expiresAt, identityLabel: `the token in ${showValue("path", path)}` };
}
