/** A variable that the program reads. */
export interface EnvironmentVariable {
  readonly for: "all clouds" | "AWS" | "Google" | "Azure";
  readonly meaning: string;
  /** The whole value is a secret. */
  readonly isSecret?: true;
  /** Set for a variable with which the vendor's SDKs would use another identity or destination: this program refuses it with this hint. */
  readonly unsupportedHint?: string;
}

const UNSUPPORTED = {
  meaning: "not supported: an error where an SDK would use it",
  unsupportedHint:
    "remove it from the kubelet's environment and the provider's env; docs/reference/environment.md lists the supported variables",
} as const;

/**
 * All environment variables that the program reads. docs/reference/environment.md is generated from this table. The program reads a
 * copy; the process's own environment is emptied before any SDK loads, except for `READ_BY_LIBRARIES`.
 */
export const ENVIRONMENT = {
  REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: {
    for: "all clouds",
    meaning:
      "the cloud of this node, `aws`, `google`, `azure` or `none`, if `/sys/class/dmi/id` does not show it (a kubelet in a container)",
  },
  REGISTRY_CREDENTIAL_PROVIDER_CACHE: {
    for: "all clouds",
    meaning:
      "directory of the cache, an absolute path on tmpfs, or `off`; takes precedence over the configuration file; default for root `/run/registry-credential-provider`",
  },
  HTTPS_PROXY: {
    for: "all clouds",
    meaning:
      "`[http://][user:password@]host[:port]` (80), user and password percent-encoded, for every HTTPS destination, never for metadata services; a single-label host needs a port, except `localhost`",
  },
  https_proxy: { for: "all clouds", meaning: "as `HTTPS_PROXY`, and takes precedence" },
  NO_PROXY: {
    for: "all clouds",
    meaning:
      "hosts to connect to without a proxy: `*`, `name`, `.suffix`, `address`, `CIDR`, each with an optional `:port`",
  },
  no_proxy: { for: "all clouds", meaning: "as `NO_PROXY`, and takes precedence" },
  NODE_EXTRA_CA_CERTS: {
    for: "all clouds",
    meaning:
      "PEM file of certificate authorities to trust in addition to the built-in ones; an unreadable file is an error",
  },
  SSL_CERT_FILE: {
    for: "all clouds",
    meaning: "PEM file of certificate authorities to trust instead of the built-in ones, as in Go programs",
  },
  HOME: {
    for: "AWS",
    meaning:
      "the home directory in `~/.aws/config` and `~/.aws/credentials`, an absolute path; default: that in `/etc/passwd`",
  },
  PATH: { for: "AWS", meaning: "search path of the program of a `credential_process`" },
  AWS_ACCESS_KEY_ID: { for: "AWS", meaning: "environment keys: the access key id" },
  AWS_ACCESS_KEY: { for: "AWS", meaning: "used if `AWS_ACCESS_KEY_ID` is not set" },
  AWS_SECRET_ACCESS_KEY: { for: "AWS", meaning: "environment keys: the secret access key", isSecret: true },
  AWS_SECRET_KEY: {
    for: "AWS",
    meaning: "used if `AWS_SECRET_ACCESS_KEY` is not set",
    isSecret: true,
  },
  AWS_SESSION_TOKEN: {
    for: "AWS",
    meaning: "environment keys: the session token of temporary keys",
    isSecret: true,
  },
  AWS_CREDENTIAL_EXPIRATION: {
    for: "AWS",
    meaning:
      "environment keys: expiry of temporary keys (ISO 8601), for a token that is presented to another cloud",
  },
  AWS_WEB_IDENTITY_TOKEN_FILE: {
    for: "AWS",
    meaning: "web identity: token file; an error without `AWS_ROLE_ARN`",
  },
  AWS_ROLE_ARN: {
    for: "AWS",
    meaning: "web identity: the role to assume; an error without `AWS_WEB_IDENTITY_TOKEN_FILE`",
  },
  AWS_ROLE_SESSION_NAME: {
    for: "AWS",
    meaning: "web identity: session name; default `registry-credential-provider`",
  },
  AWS_ECR_ROLE_ARN: {
    for: "AWS",
    meaning: "role of the pods whose ServiceAccount names none, if no rule of the configuration file applies",
  },
  AWS_CONTAINER_CREDENTIALS_FULL_URI: {
    for: "AWS",
    meaning:
      "container or EKS Pod Identity endpoint: https, loopback, 169.254.170.2, 169.254.170.23 or [fd00:ec2::23]",
  },
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: {
    for: "AWS",
    meaning: "container endpoint: path at 169.254.170.2",
  },
  AWS_CONTAINER_AUTHORIZATION_TOKEN: {
    for: "AWS",
    meaning: "container endpoint: value of its `Authorization` header; an error without an address",
    isSecret: true,
  },
  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: { for: "AWS", meaning: "file with that value" },
  AWS_PROFILE: {
    for: "AWS",
    meaning: "profile of the shared files; a missing profile is an error for every login of the node",
  },
  AWS_DEFAULT_PROFILE: { for: "AWS", meaning: "used if `AWS_PROFILE` is not set" },
  AWS_CONFIG_FILE: { for: "AWS", meaning: "replaces `~/.aws/config`; must exist" },
  AWS_SHARED_CREDENTIALS_FILE: { for: "AWS", meaning: "replaces `~/.aws/credentials`; must exist" },
  AWS_REGION: {
    for: "AWS",
    meaning:
      "STS region for the node's own web identity and assumed roles; default: the region of the profile, then that of the registry. STS for a pod's or another subject token, and ECR, use the region of the registry. The variable also determines the partition of the node's credentials. A value that is not a region is an error where it is used",
  },
  AWS_DEFAULT_REGION: { for: "AWS", meaning: "used if `AWS_REGION` is not set" },
  AWS_EC2_METADATA_DISABLED: {
    for: "AWS",
    meaning:
      "`true`: the instance role is not used. Like every boolean here, `true` or `false` in upper or lower case",
  },
  AWS_EC2_METADATA_SERVICE_ENDPOINT: { for: "AWS", meaning: "default `http://169.254.169.254`" },
  AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: {
    for: "AWS",
    meaning: "`IPv4` or `IPv6`: use only that address; default both",
  },
  AWS_USE_FIPS_ENDPOINT: {
    for: "AWS",
    meaning:
      "`true`: use the FIPS endpoint of every AWS service; an error if AWS has none. Always true for a registry with a FIPS name",
  },
  AWS_USE_DUALSTACK_ENDPOINT: {
    for: "AWS",
    meaning:
      "`true`: use the dual-stack endpoint (IPv4 and IPv6) of every AWS service. Always true for a registry with a dual-stack name",
  },
  AWS_ENDPOINT_URL: {
    for: "AWS",
    meaning:
      "endpoint of every AWS service: `http(s)://host[:port][/path]`, a single-label host needs a port, except `localhost`; an error together with the two variables above",
  },
  AWS_ENDPOINT_URL_ECR: { for: "AWS", meaning: "endpoint of ECR, such as a VPC endpoint" },
  AWS_ENDPOINT_URL_ECR_PUBLIC: { for: "AWS", meaning: "endpoint of ECR Public" },
  AWS_ENDPOINT_URL_STS: { for: "AWS", meaning: "endpoint of STS" },
  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: { for: "AWS", meaning: "`true`: ignore the four endpoints above" },
  AWS_CA_BUNDLE: {
    for: "AWS",
    meaning:
      "not supported, like the key `ca_bundle` of a profile: set `SSL_CERT_FILE` or `NODE_EXTRA_CA_CERTS`",
    unsupportedHint: "set SSL_CERT_FILE or NODE_EXTRA_CA_CERTS instead",
  },
  GCE_METADATA_HOST: { for: "Google", meaning: "`host[:port]`, default `169.254.169.254`" },
  GCE_METADATA_IP: { for: "Google", ...UNSUPPORTED },
  GCE_METADATA_ROOT: { for: "Google", ...UNSUPPORTED },
  google_application_credentials: { for: "Google", ...UNSUPPORTED },
  CLOUDSDK_CONFIG: { for: "Google", ...UNSUPPORTED },
  CLOUDSDK_AUTH_ACCESS_TOKEN: { for: "Google", ...UNSUPPORTED, isSecret: true },
  CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: { for: "Google", ...UNSUPPORTED },
  CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE: { for: "Google", ...UNSUPPORTED },
  CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT: { for: "Google", ...UNSUPPORTED },
  GOOGLE_APPLICATION_CREDENTIALS: {
    for: "Google",
    meaning:
      "the node's service account key, or its configuration of type `external_account`; other users must not be able to read the file",
  },
  AZURE_CLIENT_ID: {
    for: "Azure",
    meaning:
      "client id of a managed identity; with `AZURE_TENANT_ID` and one of the next three variables, of an Entra application",
  },
  AZURE_CLIENT_SECRET: { for: "Azure", meaning: "the application's secret", isSecret: true },
  AZURE_CLIENT_CERTIFICATE_PATH: {
    for: "Azure",
    meaning: "PEM file with the application's certificate and key; other users must not be able to read it",
  },
  AZURE_FEDERATED_TOKEN_FILE: {
    for: "Azure",
    meaning: "token file for a federated credential of the application",
  },
  AZURE_MANAGED_IDENTITY_RESOURCE_ID: { for: "Azure", meaning: "resource id of a managed identity" },
  AZURE_MANAGED_IDENTITY_OBJECT_ID: { for: "Azure", meaning: "object id of a managed identity" },
  AZURE_ENVIRONMENT: {
    for: "Azure",
    meaning:
      "the node's Azure cloud if no azure.json names it: `AzureCloud` (the default), `AzureUSGovernment`, `AzureChinaCloud`, `AzureBleuCloud`, `AzureDelosCloud`, `AzureStackCloud`",
  },
  AZURE_ENVIRONMENT_FILEPATH: {
    for: "Azure",
    meaning:
      "JSON file that describes a custom cloud (`AzureStackCloud`), as the Azure SDK for Go reads it: `containerRegistryDNSSuffix` is the suffix of its registries, `activeDirectoryEndpoint` the address of Entra",
  },
  AZURE_TENANT_ID: { for: "Azure", meaning: "tenant of the token exchange and of the application" },
  AZURE_AUTHORITY_HOST: {
    for: "Azure",
    meaning:
      "must be a sign-in host of the Azure cloud in `AZURE_ENVIRONMENT`, else it is an error for the application of these variables",
  },
  AZURE_REGIONAL_AUTHORITY_NAME: { for: "Azure", ...UNSUPPORTED },
  AZURE_KUBERNETES_TOKEN_PROXY: { for: "Azure", ...UNSUPPORTED },
  AZURE_TOKEN_CREDENTIALS: { for: "Azure", ...UNSUPPORTED },
  AZURE_USERNAME: { for: "Azure", ...UNSUPPORTED },
  AZURE_PASSWORD: { for: "Azure", ...UNSUPPORTED, isSecret: true },
  MSI_ENDPOINT: { for: "Azure", ...UNSUPPORTED },
  MSI_SECRET: { for: "Azure", ...UNSUPPORTED, isSecret: true },
  IDENTITY_HEADER: { for: "Azure", ...UNSUPPORTED, isSecret: true },
  AZURE_POD_IDENTITY_AUTHORITY_HOST: { for: "Azure", meaning: "default `http://169.254.169.254`" },
  IDENTITY_ENDPOINT: { for: "Azure", meaning: "with `IMDS_ENDPOINT`: the Azure Arc agent" },
  IMDS_ENDPOINT: { for: "Azure", meaning: "with `IDENTITY_ENDPOINT`: the Azure Arc agent" },
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
