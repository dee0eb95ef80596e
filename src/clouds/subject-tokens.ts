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
 * The one composition of sources and targets: a cloud that federates asks here, and knows none of the others. A token that is
 * over is exchanged nowhere.
 */
export function subjectTokens(world: World): GetSubjectToken {
  return async (source) => {
    const subject = await subjectToken(source, world);
    const { expiresAt = Number.POSITIVE_INFINITY, identityLabel: identity } = subject;
    if (expiresAt > world.now()) return subject;
    throw new ProviderError("token-expired", { stage: "identity", identity });
  };
}

async function subjectToken(source: SubjectTokenSource, world: World): Promise<SubjectToken> {
  switch (source.kind) {
    case "request":
      return {
        token: source.pod.token,
        expiresAt: source.pod.expiresAt,
        identityLabel: formatServiceAccount(source.pod),
      };
    case "file":
      return fromFile(source, world);
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
 * A projected ServiceAccount token, a SPIFFE JWT-SVID or the like.
 *
 * @throws ProviderError `subject-token-file-invalid`, `file-*`
 */
async function fromFile(
  { path, setting, audiences }: SubjectTokenSource & { kind: "file" },
  world: World,
): Promise<SubjectToken> {
  const refuse = (why: string) =>
    new ProviderError("subject-token-file-invalid", { detail: `${showValue("path", path)}: ${why}` });
  const token = new Secret((await readTokenFile(path, world, setting)).trim());
  const expiresAt = readJwtExpiry(token);
  if (expiresAt === undefined) throw refuse("it holds no JWT with a time of expiry");
  if (expiresAt <= world.now()) throw refuse("its token has expired");
  const came = readJwtAudiences(token);
  if (!audiences.some((audience) => came.includes(audience)))
    throw refuse(
      `${audiences.map(quoteUntrusted).join(" or ")} is wanted, its token is for ${came.map(quoteUntrusted).join(", ") || "none"}`,
    );
  return { token, expiresAt, identityLabel: `the token in ${showValue("path", path)}` };
}
