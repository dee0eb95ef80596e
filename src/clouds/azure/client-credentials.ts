import { ClientAssertionCredential, ClientSecretCredential } from "@azure/identity";
import { readRequiredFile } from "../../core/required-file.ts";
import { Secret } from "../../core/secret.ts";
import type { World } from "../../core/world.ts";
import { Egress } from "../../egress/egress.ts";
import { type ErrorCode, type ErrorFacts, ProviderError } from "../../errors/provider-error.ts";
import { quoteValue, showValue } from "../../errors/show-value.ts";
import { describeJwt } from "../../formats/jwt.ts";
import type { AzureApplication, AzureCredentialSource } from "../../identities/azure.ts";
import type { GetSubjectToken } from "../../identities/subject-token.ts";
import type { EntraToken } from "./acr-exchange.ts";
import { buildEntraEndpoints, getEntraToken, sdkOptions } from "./sdk.ts";

/** Bytes. A client secret has about 40. */
const MAX_SECRET_FILE = 4096;

/** The credential that an application presents to Entra. */
interface ClientProof {
  readonly kind: "secret" | "assertion";
  readonly value: Secret;
  /** The identity in messages. */
  readonly identity: string;
  /** Facts to add to the error if Entra refuses the credential, by error code. */
  readonly factsIfRefused?: Readonly<Partial<Record<ErrorCode, ErrorFacts>>>;
}

/**
 * Requests an Entra token of the application with one POST to the sign-in host.
 *
 * @param authority origin of the sign-in host
 * @throws ProviderError `entra-*` and the network codes
 */
export async function requestApplicationToken(
  { tenantId, clientId }: AzureApplication,
  { kind, value, identity, factsIfRefused = {} }: ClientProof,
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
    throw error instanceof ProviderError ? error.with(factsIfRefused[error.code] ?? {}) : error;
  }
}

/** @throws ProviderError `file-*`, `variable-missing`, `certificate-file-invalid`, the subject token's codes */
export async function createClientProof(
  source: Exclude<AzureCredentialSource, { kind: "node" }>,
  authority: string,
  getSubjectToken: GetSubjectToken,
  world: World,
): Promise<ClientProof> {
  const identity = `application ${showValue("guid", source.clientId)} of tenant ${quoteValue("tenant", source.tenantId)}`;
  switch (source.kind) {
    case "secret":
      return { kind: "secret", value: await readSecret(source, world), identity };
    case "certificate":
      return createCertificateProof(source, identity, authority, world);
    case "assertion": {
      const { token, identityLabel } = await getSubjectToken(source.subject);
      const factsIfRefused = { "entra-no-federated-credential": { detail: describeJwt(token) } };
      return { kind: "assertion", value: token, identity: `${identityLabel} as ${identity}`, factsIfRefused };
    }
  }
}

async function readSecret(
  { file, variable }: Extract<AzureCredentialSource, { kind: "secret" }>,
  world: World,
): Promise<Secret> {
  if (file === undefined) {
    const value = variable === undefined ? undefined : world.readSecretVariable(variable);
    if (value !== undefined && value.expose() !== "") return value;
    // The variable's name is not shown: it may be the secret, by mistake.
    throw new ProviderError("variable-missing", { detail: "the variable of clientSecretEnv" });
  }
  const text = (
    await readRequiredFile(file, MAX_SECRET_FILE, "private", world, "azure.clientSecretFile")
  ).trim();
  if (text !== "") return new Secret(text);
  throw new ProviderError("referenced-file-missing", { detail: `${showValue("path", file)}: it is empty` });
}

async function createCertificateProof(
  { clientId, tenantId, file, setting }: Extract<AzureCredentialSource, { kind: "certificate" }>,
  identity: string,
  authority: string,
  world: World,
): Promise<ClientProof> {
  const { readClientCertificate } = await import("./client-certificate.ts");
  const certificate = await readClientCertificate(file, setting, world);
  const { token_endpoint: audience } = buildEntraEndpoints(authority, tenantId);
  const hint = `upload the certificate in ${showValue("path", file)} (thumbprint ${certificate.thumbprint}) to the application, and check the node's clock`;
  const value = certificate.sign(clientId, audience, world.now());
  return { kind: "assertion", value, identity, factsIfRefused: { "entra-assertion-rejected": { hint } } };
}
