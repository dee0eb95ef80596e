import type { AzureRule } from "../config/schema.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { GUID_PATTERN, TENANT_PATTERN } from "../formats/id-patterns.ts";
import {
  type AnnotationKey,
  annotatedBy,
  type LoginContext,
  readAnnotation,
  resolveIdentity,
} from "./identity.ts";
import { formatServiceAccount, type Pod, requireTokenAudience } from "./pod.ts";
import { parseSubjectTokenSource, type SubjectTokenSource } from "./subject-token.ts";

/** How to become somebody in Microsoft Entra. */
export interface AzureIdentity {
  readonly credentialSource: AzureCredentialSource;
  readonly endpoints: NonNullable<AzureRule["endpoints"]>;
}

export type AzureCredentialSource =
  /** What azure.json says, or a managed identity: this one, the environment's or the node's only one. */
  | {
      readonly kind: "node";
      readonly azureConfigPath: string | undefined;
      /** What the exchange at the registry is told of it. */
      readonly tenantId?: string | undefined;
      readonly clientId?: string | undefined;
      readonly resourceId?: string | undefined;
      readonly objectId?: string | undefined;
    }
  | (AzureApplication & {
      readonly kind: "secret";
      readonly file: string | undefined;
      readonly variable: string | undefined;
    })
  | (AzureApplication & { readonly kind: "certificate"; readonly file: string; readonly setting: string })
  | (AzureApplication & { readonly kind: "assertion"; readonly subject: SubjectTokenSource });

export interface AzureApplication {
  readonly tenantId: string;
  readonly clientId: string;
  /** The environment's: the node's own, and so of the node's Azure cloud alone. A rule's is of any that the rule is for. */
  readonly isFromEnvironment?: true;
}

const ID = new RegExp(GUID_PATTERN);
const TENANTS_NAME = new RegExp(TENANT_PATTERN);
/** Upstream's own keys, and those of Azure's workload identity: never one of each. */
const VOCABULARIES: readonly (readonly [client: AnnotationKey, tenant: AnnotationKey])[] = [
  ["kubernetes.azure.com/acr-client-id", "kubernetes.azure.com/acr-tenant-id"],
  ["azure.workload.identity/client-id", "azure.workload.identity/tenant-id"],
];

interface AzureSurroundings {
  /** What federated credentials of the registry's cloud are for by default. */
  readonly audience: string;
  readonly env: AzureEnvironment;
}

/** What the environment says of the node's own application, by the names that Azure's SDKs share. */
export interface AzureEnvironment {
  readonly AZURE_TENANT_ID?: string | undefined;
  readonly AZURE_CLIENT_ID?: string | undefined;
  readonly AZURE_CLIENT_SECRET?: string | undefined;
  readonly AZURE_CLIENT_CERTIFICATE_PATH?: string | undefined;
  readonly AZURE_FEDERATED_TOKEN_FILE?: string | undefined;
}

/**
 * Whose identity asks Entra, by rule and annotations.
 *
 * @throws ProviderError as `identityOf`; `annotation-*`, `pod-token-*`
 */
export function resolveAzureIdentity(asker: LoginContext, around: AzureSurroundings): AzureIdentity {
  const rule = asker.rule?.azure ?? {};
  const identity = resolveIdentity(asker, (pod) => podStart(pod, asker, around));
  const credentialSource = identity.kind === "pod" ? identity.as : nodeStart(rule, asker, around);
  return { credentialSource, endpoints: rule.endpoints ?? {} };
}

function nodeStart(
  rule: AzureRule,
  { options }: LoginContext,
  around: AzureSurroundings,
): AzureCredentialSource {
  const { tenantId, clientId, resourceId, objectId } = rule;
  const { clientSecretFile: file, clientSecretEnv: variable, certificateFile } = rule;
  if (tenantId !== undefined && clientId !== undefined) {
    const app = { tenantId, clientId };
    if (file !== undefined || variable !== undefined) return { kind: "secret", ...app, file, variable };
    if (certificateFile !== undefined)
      return { kind: "certificate", ...app, file: certificateFile, setting: "azure.certificateFile" };
    const subject = parseSubjectTokenSource(rule.subjectToken, [
      rule.subjectTokenAudience ?? around.audience,
    ]);
    if (subject !== undefined) return { kind: "assertion", ...app, subject };
  }
  const { azureConfigPath } = options;
  const isNamed = [azureConfigPath, clientId, resourceId, objectId].some((one) => one !== undefined);
  const told = isNamed ? undefined : environmentStart(around);
  return told ?? { kind: "node", azureConfigPath, tenantId, clientId, resourceId, objectId };
}

/**
 * The environment's application, where there is a proof of it; without one its client id is a managed identity's.
 *
 * @throws ProviderError `environment-invalid`
 */
function environmentStart({ env, audience }: AzureSurroundings): AzureCredentialSource | undefined {
  const { AZURE_TENANT_ID: tenantId, AZURE_CLIENT_ID: clientId, AZURE_CLIENT_SECRET: secret } = env;
  const { AZURE_CLIENT_CERTIFICATE_PATH: file, AZURE_FEDERATED_TOKEN_FILE: path } = env;
  if (!secret && !file && !path) return undefined;
  if (!tenantId || !clientId)
    throw new ProviderError("environment-invalid", {
      detail: "an application's proof is set without AZURE_TENANT_ID and AZURE_CLIENT_ID",
    });
  requireShape("AZURE_TENANT_ID", tenantId, TENANTS_NAME);
  requireShape("AZURE_CLIENT_ID", clientId, ID);
  const app = { tenantId, clientId, isFromEnvironment: true } as const;
  if (secret) return { kind: "secret", ...app, file: undefined, variable: "AZURE_CLIENT_SECRET" };
  if (file) return { kind: "certificate", ...app, file, setting: "AZURE_CLIENT_CERTIFICATE_PATH" };
  return {
    kind: "assertion",
    ...app,
    subject: { kind: "file", path: path ?? "", setting: "AZURE_FEDERATED_TOKEN_FILE", audiences: [audience] },
  };
}

function requireShape(name: keyof AzureEnvironment, value: string, shape: RegExp): void {
  if (shape.test(value)) return;
  throw new ProviderError("environment-invalid", { detail: `${name} is not an id of Entra's` });
}

function podStart(
  pod: Pod,
  asker: LoginContext,
  around: AzureSurroundings,
): AzureCredentialSource | undefined {
  const rule = asker.rule?.azure;
  const app = asker.rule === undefined ? upstreamApplication(pod) : (annotated(pod, asker) ?? ruled(rule));
  if (app === undefined) return undefined;
  const audiences = asker.rule === undefined ? [] : [rule?.subjectTokenAudience ?? around.audience];
  requireTokenAudience(pod, audiences);
  return { kind: "assertion", ...app, subject: { kind: "request", pod } };
}

function ruled({ tenantId, clientId }: AzureRule = {}): AzureApplication | undefined {
  return tenantId === undefined || clientId === undefined ? undefined : { tenantId, clientId };
}

/** As upstream's plugin has it: both of its annotations. */
function upstreamApplication(pod: Pod): AzureApplication | undefined {
  return applicationIn(pod, VOCABULARIES.slice(0, 1), undefined);
}

/** Ids are compared without regard to case. */
function annotated(pod: Pod, { rule }: LoginContext): AzureApplication | undefined {
  const say = {
    patterns: rule?.allow?.annotationClients?.map((pattern) => pattern.toLowerCase()),
    hasDefaultIdentity: ruled(rule?.azure) !== undefined,
  };
  const read = () => applicationIn(pod, VOCABULARIES, rule?.azure?.tenantId);
  return annotatedBy(pod, say, read, (app) => `${app.tenantId}/${app.clientId}`.toLowerCase());
}

/** The client of the first vocabulary that names one, with the same one's tenant or else the rule's. */
function applicationIn(
  pod: Pod,
  vocabularies: typeof VOCABULARIES,
  ownTenant: string | undefined,
): AzureApplication | undefined {
  for (const [client, tenant] of vocabularies) {
    const clientId = readAnnotation(pod, [client], ID);
    if (clientId === undefined) continue;
    const tenantId = readAnnotation(pod, [tenant], ID) ?? ownTenant;
    if (tenantId !== undefined) return { tenantId, clientId };
    throw new ProviderError("annotation-malformed", {
      detail: `${client} without ${tenant}`,
      identity: formatServiceAccount(pod),
    });
  }
  return undefined;
}
