/** A variable that the program reads. */
export interface EnvironmentVariable {
  readonly for: "all clouds" | "AWS" | "Google" | "Azure";
  /** The whole value is a secret. */
  readonly isSecret?: true;
  /** Set for a variable with which the vendor's SDKs would use another identity or destination: this program refuses it with this hint. */
  readonly unsupportedHint?: string;
}

const UNSUPPORTED = {
  unsupportedHint:
    "remove it from the kubelet's environment and the provider's env; docs/reference/environment.md lists the supported variables",
} as const;

/**
 * All environment variables that the program reads. Each needs its meaning in
 * `scripts/generate/environment-meanings.ts`, for docs/reference/environment.md. The program reads a copy; the process's own environment is emptied before any SDK loads, except for `READ_BY_LIBRARIES`.
 */
export const ENVIRONMENT = {
  REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: { for: "all clouds" },
  REGISTRY_CREDENTIAL_PROVIDER_CACHE: { for: "all clouds" },
  HTTPS_PROXY: { for: "all clouds" },
  https_proxy: { for: "all clouds" },
  NO_PROXY: { for: "all clouds" },
  no_proxy: { for: "all clouds" },
  NODE_EXTRA_CA_CERTS: { for: "all clouds" },
  SSL_CERT_FILE: { for: "all clouds" },
  HOME: { for: "AWS" },
  PATH: { for: "AWS" },
  AWS_ACCESS_KEY_ID: { for: "AWS" },
  AWS_ACCESS_KEY: { for: "AWS" },
  AWS_SECRET_ACCESS_KEY: { for: "AWS", isSecret: true },
  AWS_SECRET_KEY: { for: "AWS", isSecret: true },
  AWS_SESSION_TOKEN: { for: "AWS", isSecret: true },
  AWS_CREDENTIAL_EXPIRATION: { for: "AWS" },
  AWS_WEB_IDENTITY_TOKEN_FILE: { for: "AWS" },
  AWS_ROLE_ARN: { for: "AWS" },
  AWS_ROLE_SESSION_NAME: { for: "AWS" },
  AWS_ECR_ROLE_ARN: { for: "AWS" },
  AWS_CONTAINER_CREDENTIALS_FULL_URI: { for: "AWS" },
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: { for: "AWS" },
  AWS_CONTAINER_AUTHORIZATION_TOKEN: { for: "AWS", isSecret: true },
  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: { for: "AWS" },
  AWS_PROFILE: { for: "AWS" },
  AWS_DEFAULT_PROFILE: { for: "AWS" },
  AWS_CONFIG_FILE: { for: "AWS" },
  AWS_SHARED_CREDENTIALS_FILE: { for: "AWS" },
  AWS_REGION: { for: "AWS" },
  AWS_DEFAULT_REGION: { for: "AWS" },
  AWS_EC2_METADATA_DISABLED: { for: "AWS" },
  AWS_EC2_METADATA_SERVICE_ENDPOINT: { for: "AWS" },
  AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: { for: "AWS" },
  AWS_USE_FIPS_ENDPOINT: { for: "AWS" },
  AWS_USE_DUALSTACK_ENDPOINT: { for: "AWS" },
  AWS_ENDPOINT_URL: { for: "AWS" },
  AWS_ENDPOINT_URL_ECR: { for: "AWS" },
  AWS_ENDPOINT_URL_ECR_PUBLIC: { for: "AWS" },
  AWS_ENDPOINT_URL_STS: { for: "AWS" },
  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: { for: "AWS" },
  AWS_CA_BUNDLE: {
    for: "AWS",
    unsupportedHint: "set SSL_CERT_FILE or NODE_EXTRA_CA_CERTS instead",
  },
  GCE_METADATA_HOST: { for: "Google" },
  GCE_METADATA_IP: { for: "Google", ...UNSUPPORTED },
  GCE_METADATA_ROOT: { for: "Google", ...UNSUPPORTED },
  google_application_credentials: { for: "Google", ...UNSUPPORTED },
  CLOUDSDK_CONFIG: { for: "Google", ...UNSUPPORTED },
  CLOUDSDK_AUTH_ACCESS_TOKEN: { for: "Google", ...UNSUPPORTED, isSecret: true },
  CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: { for: "Google", ...UNSUPPORTED },
  CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE: { for: "Google", ...UNSUPPORTED },
  CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT: { for: "Google", ...UNSUPPORTED },
  GOOGLE_APPLICATION_CREDENTIALS: { for: "Google" },
  AZURE_CLIENT_ID: { for: "Azure" },
  AZURE_CLIENT_SECRET: { for: "Azure", isSecret: true },
  AZURE_CLIENT_CERTIFICATE_PATH: { for: "Azure" },
  AZURE_FEDERATED_TOKEN_FILE: { for: "Azure" },
  AZURE_MANAGED_IDENTITY_RESOURCE_ID: { for: "Azure" },
  AZURE_MANAGED_IDENTITY_OBJECT_ID: { for: "Azure" },
  AZURE_ENVIRONMENT: { for: "Azure" },
  AZURE_ENVIRONMENT_FILEPATH: { for: "Azure" },
  AZURE_TENANT_ID: { for: "Azure" },
  AZURE_AUTHORITY_HOST: { for: "Azure" },
  AZURE_REGIONAL_AUTHORITY_NAME: { for: "Azure", ...UNSUPPORTED },
  AZURE_KUBERNETES_TOKEN_PROXY: { for: "Azure", ...UNSUPPORTED },
  AZURE_TOKEN_CREDENTIALS: { for: "Azure", ...UNSUPPORTED },
  AZURE_USERNAME: { for: "Azure", ...UNSUPPORTED },
  AZURE_PASSWORD: { for: "Azure", ...UNSUPPORTED, isSecret: true },
  MSI_ENDPOINT: { for: "Azure", ...UNSUPPORTED },
  MSI_SECRET: { for: "Azure", ...UNSUPPORTED, isSecret: true },
  IDENTITY_HEADER: { for: "Azure", ...UNSUPPORTED, isSecret: true },
  AZURE_POD_IDENTITY_AUTHORITY_HOST: { for: "Azure" },
  IDENTITY_ENDPOINT: { for: "Azure" },
  IMDS_ENDPOINT: { for: "Azure" },
} as const satisfies Readonly<Record<string, EnvironmentVariable>>;

/** Variables that stay in the process's environment: `@azure/identity` reads the address of the managed identity service from them. */
export const READ_BY_LIBRARIES: ReadonlySet<string> = new Set<EnvironmentName>([
  "AZURE_POD_IDENTITY_AUTHORITY_HOST",
  "IDENTITY_ENDPOINT",
  "IMDS_ENDPOINT",
]);

export type EnvironmentName = keyof typeof ENVIRONMENT;

export function isEnvironmentName(name: string): name is EnvironmentName {
  return Object.hasOwn(ENVIRONMENT, name);
}

/** Reports whether the name claims to be one of this program's own variables, in any case. */
export function hasOwnPrefix(name: string): boolean {
  return /^registry_credential_provider_/i.test(name);
}

/** Reports whether the whole value of the variable is a secret. */
export function holdsSecret(name: EnvironmentName): boolean {
  return "isSecret" in ENVIRONMENT[name];
}
