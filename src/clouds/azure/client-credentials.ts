import { ClientAssertionCredential, ClientSecretCredential } from "@azure/identity";
import { readNamed } from "../../core/required-file.ts";
import { Secret } from "../../core/secret.ts";
import type { World } from "../../core/world.ts";
import { Egress } from "../../egress/egress.ts";
import { type ErrorCode, type ErrorFacts, ProviderError } from "../../errors/provider-error.ts";
import { quoteValue, showValue } from "../../errors/show-value.ts";
import { describeJwt } from "../../formats/jwt.ts";
import type { AzureApplication, AzureCredentialSource } from "../../identities/azure.ts";
import type { GetSubjectToken, SubjectTokenSource } from "../../identities/subject-token.ts";
import type { EntraToken } from "./acr-exchange.ts";
import { buildEntraEndpoints, getEntraToken, sdkOptions } from "./sdk.ts";

/** Bytes; a client secret has about 40. */
const MAX_SECRET = 4096;

/** What an application shows Entra that it is the one. */
interface ClientProof {
  readonly kind: "secret" | "assertion";
  readonly value: Secret;
  /** Whose it is, for messages. */
  readonly identity: string;
  /** What is to be said beside where Entra does not accept it. */
  readonly refused?: Readonly<Partial<Record<ErrorCode, ErrorFacts>>>;
}

/**
 * A token of the application: one POST to the sign-in host.
 *
 * @param authority origin of the sign-in host
 * @throws ProviderError `entra-*` and the codes of the wire
 */
export async function requestApplicationToken(
  { tenantId, clientId }: AzureApplication,
  { kind, value, identity, refused = {} }: ClientProof,
  authority: string,
  scope: string,
  world: World,
): Promise<EntraToken> {
  const egress = new Egress(world, [{ origin: authority, kind: "token", stage: "identity" }]);
  const options = {
    ...sdkOptions(egress, buildEntraEndpoints(authority, tenantId)),
    authorityHost: authority,
    disableInstanceDiscovery: true,
  };
  const credential =
    kind === "secret"
      ? new ClientSecretCredential(tenantId, clientId, value.expose(), options)
      : new ClientAssertionCredential(tenantId, clientId, async () => value.expose(), options);
  try {
    return { token: await getEntraToken(credential, scope, egress, { identity }), tenantId, identity };
  } catch (error) {
    throw error instanceof ProviderError ? error.with(refused[error.code] ?? {}) : error;
  }
}

/** @throws ProviderError `file-*`, `variable-missing`, `certificate-file-invalid`, those of the subject token's source */
export async function createClientProof(
  start: Exclude<AzureCredentialSource, { kind: "node" }>,
  authority: string,
  subjectTokens: GetSubjectToken,
  world: World,
): Promise<ClientProof> {
  const identity = `application ${showValue("guid", start.clientId)} of tenant ${quoteValue("tenant", start.tenantId)}`;
  switch (start.kind) {
    case "secret":
      return { kind: "secret", value: await readSecret(start, world), identity };
    case "certificate":
      return certificateProof(start, identity, authority, world);
    case "assertion":
      return federatedProof(start.subject, identity, subjectTokens);
  }
}

async function readSecret(
  { file, variable }: Extract<AzureCredentialSource, { kind: "secret" }>,
  world: World,
): Promise<Secret> {
  if (file === undefined) {
    const value = variable === undefined ? undefined : world.readSecretVariable(variable);
    if (value !== undefined && value.expose() !== "") return value;
    // Its name is not shown: by mistake it may be the secret.
    throw new ProviderError("variable-missing", { detail: "the one of clientSecretEnv" });
  }
  const text = (await readNamed(file, MAX_SECRET, "private", world, "azure.clientSecretFile")).trim();
  if (text !== "") return new Secret(text);
  throw new ProviderError("referenced-file-missing", { detail: `${showValue("path", file)}: it is empty` });
}

async function certificateProof(
  { clientId, tenantId, file, setting }: Extract<AzureCredentialSource, { kind: "certificate" }>,
  identity: string,
  authority: string,
  world: World,
): Promise<ClientProof> {
  const { readCertificate } = await import("./client-certificate.ts");
  const certificate = await readCertificate(file, setting, world);
  const { token_endpoint: audience } = buildEntraEndpoints(authority, tenantId);
  const hint = `upload the certificate in ${showValue("path", file)} (thumbprint ${certificate.thumbprint}) to the application, and check the node's clock`;
  const value = certificate.assertion(clientId, audience, world.now());
  return { kind: "assertion", value, identity, refused: { "entra-assertion-rejected": { hint } } };
}

async function federatedProof(
  subject: SubjectTokenSource,
  identity: string,
  subjectTokens: GetSubjectToken,
): Promise<ClientProof> {
  const { token, identityLabel } = await subjectTokens(subject);
  const refused = { "entra-no-federated-credential": { detail: describeJwt(token) } };
  return { kind: "assertion", value: token, identity: `${identityLabel} as ${identity}`, refused };
}
