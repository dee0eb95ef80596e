import type { AzureRule } from "../config/schema.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { GUID_PATTERN, TENANT_PATTERN } from "../formats/id-patterns.ts";
import {
  type AnnotationKey,
  readAnnotation,
  requireAllowedAnnotation,
  usesAnnotations,
} from "./annotations.ts";
import { type LoginContext, requireIdentity, selectPod } from "./identity.ts";
import { formatServiceAccount, type Pod, requireTokenAudience } from "./pod.ts";
import { parseSubjectTokenSource, type SubjectTokenSource } from "./subject-token.ts";

/** The Microsoft Entra identity that requests a login. */
export interface AzureIdentity {
  /** The pod that provides the token to exchange; undefined: the node's identity. */
  readonly pod: Pod | undefined;
  readonly credentialSource: AzureCredentialSource;
  readonly endpoints: NonNullable<AzureRule["endpoints"]>;
}

export type AzureCredentialSource =
  /** The identity in azure.json, or a managed identity: this one, the environment's, or the node's only one. */
  | {
      readonly kind: "node";
      readonly azureConfigPath: string | undefined;
      /** For the exchange at the registry. */
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
  /** The node's application, which is valid in the node's Azure cloud only. A rule's is valid in the rule's clouds. */
  readonly isFromEnvironment?: true;
}

const ID = new RegExp(GUID_PATTERN);
const TENANT_NAME = new RegExp(TENANT_PATTERN);

type ApplicationKeys = readonly [client: AnnotationKey, tenant: AnnotationKey];
/** The annotations that acr-credential-provider reads. */
const PULL_KEYS: ApplicationKeys = [
  "kubernetes.azure.com/acr-client-id",
  "kubernetes.azure.com/acr-tenant-id",
];
/** In order of precedence. The second pair names the workload's application. Pairs are never mixed. */
const APPLICATION_KEYS: readonly ApplicationKeys[] = [
  PULL_KEYS,
  ["azure.workload.identity/client-id", "azure.workload.identity/tenant-id"],
];

/**
 * Resolves the Entra identity from the rule, the pod's annotations and the environment.
 *
 * @param audience the default audience of federated credentials in the registry's cloud
 * @throws ProviderError as `selectPod` and `requireIdentity`; `annotation-*`, `pod-token-*`, `environment-invalid`
 */
export function resolveAzureIdentity(context: LoginContext, audience: string): AzureIdentity {
  const pod = selectPod(context);
  const podSource = pod && findAzurePodSource(pod, context, audience);
  requireIdentity(context, pod, podSource);
  return {
    pod: podSource && pod,
    credentialSource: podSource ?? selectAzureNodeSource(context, audience),
    endpoints: context.rule?.azure?.endpoints ?? {},
  };
}

function selectAzureNodeSource(context: LoginContext, audience: string): AzureCredentialSource {
  const rule = context.rule?.azure ?? {};
  const { tenantId, clientId, resourceId, objectId } = rule;
  const { clientSecretFile: file, clientSecretEnv: variable, certificateFile } = rule;
  if (tenantId !== undefined && clientId !== undefined) {
    const application = { tenantId, clientId };
    if (file !== undefined || variable !== undefined)
      return { kind: "secret", ...application, file, variable };
    if (certificateFile !== undefined)
      return { kind: "certificate", ...application, file: certificateFile, setting: "azure.certificateFile" };
    const subject = parseSubjectTokenSource(rule.subjectToken, [rule.subjectTokenAudience ?? audience]);
    if (subject !== undefined) return { kind: "assertion", ...application, subject };
  }
  const { azureConfigPath } = context.options;
  const isNamed = [azureConfigPath, clientId, resourceId, objectId].some((one) => one !== undefined);
  const environmentSource = isNamed ? undefined : findEnvironmentSource(context, audience);
  return environmentSource ?? { kind: "node", azureConfigPath, tenantId, clientId, resourceId, objectId };
}

/**
 * Returns the application of the environment if it has a credential; without one, AZURE_CLIENT_ID names a managed identity.
 *
 * @throws ProviderError `environment-invalid`
 */
function findEnvironmentSource({ env }: LoginContext, audience: string): AzureCredentialSource | undefined {
  const { AZURE_TENANT_ID: tenantId, AZURE_CLIENT_ID: clientId, AZURE_CLIENT_SECRET: secret } = env;
  const { AZURE_CLIENT_CERTIFICATE_PATH: file, AZURE_FEDERATED_TOKEN_FILE: path } = env;
  if (!secret && !file && !path) return undefined;
  if (!tenantId || !clientId)
    throw new ProviderError("environment-invalid", {
      detail: "an application's credential needs AZURE_TENANT_ID and AZURE_CLIENT_ID",
    });
  requireEntraId("AZURE_TENANT_ID", tenantId, TENANT_NAME);
  requireEntraId("AZURE_CLIENT_ID", clientId, ID);
  const application = { tenantId, clientId, isFromEnvironment: true } as const;
  if (secret) return { kind: "secret", ...application, file: undefined, variable: "AZURE_CLIENT_SECRET" };
  if (file) return { kind: "certificate", ...application, file, setting: "AZURE_CLIENT_CERTIFICATE_PATH" };
  return {
    kind: "assertion",
    ...application,
    subject: { kind: "file", path: path ?? "", setting: "AZURE_FEDERATED_TOKEN_FILE", audiences: [audience] },
  };
}

function requireEntraId(variable: string, value: string, format: RegExp): void {
  if (format.test(value)) return;
  throw new ProviderError("environment-invalid", { detail: `${variable} is not an Entra ID` });
}

/** Returns the pod's credential source; undefined if rule and annotations name none. */
function findAzurePodSource(
  pod: Pod,
  context: LoginContext,
  audience: string,
): AzureCredentialSource | undefined {
  const rule = context.rule?.azure;
  const application =
    context.rule === undefined
      ? readApplication(pod, [PULL_KEYS], undefined)
      : (findAnnotatedApplication(pod, context) ?? findRuleApplication(rule));
  if (application === undefined) return undefined;
  // Without a rule, only Entra checks the audience, as with acr-credential-provider.
  if (context.rule !== undefined) requireTokenAudience(pod, [rule?.subjectTokenAudience ?? audience]);
  return { kind: "assertion", ...application, subject: { kind: "request", pod } };
}

function findRuleApplication({ tenantId, clientId }: AzureRule = {}): AzureApplication | undefined {
  return tenantId === undefined || clientId === undefined ? undefined : { tenantId, clientId };
}

function findAnnotatedApplication(pod: Pod, { rule }: LoginContext): AzureApplication | undefined {
  const policy = {
    // Entra compares ids without regard to case.
    allowList: rule?.allow?.annotationClients?.map((pattern) => pattern.toLowerCase()),
    hasDefaultIdentity: findRuleApplication(rule?.azure) !== undefined,
  };
  if (!usesAnnotations(policy)) return undefined;
  const application = readApplication(pod, APPLICATION_KEYS, rule?.azure?.tenantId);
  if (application === undefined) return undefined;
  const { tenantId, clientId } = application;
  requireAllowedAnnotation(pod, `${tenantId}/${clientId}`.toLowerCase(), policy);
  return application;
}

/** Returns the application of the first pair with a client. The tenant is the pair's, or else the rule's. */
function readApplication(
  pod: Pod,
  pairs: readonly ApplicationKeys[],
  ruleTenant: string | undefined,
): AzureApplication | undefined {
  for (const [client, tenant] of pairs) {
    const clientId = readAnnotation(pod, [client], ID);
    if (clientId === undefined) continue;
    const tenantId = readAnnotation(pod, [tenant], ID) ?? ruleTenant;
    if (tenantId !== undefined) return { tenantId, clientId };
    throw new ProviderError("annotation-malformed", {
      detail: `${client} without ${tenant}`,
      identity: formatServiceAccount(pod),
    });
  }
  return undefined;
}
