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
  meaning: "not supported: an error where the SDKs would use it",
  unsupportedHint:
    "remove it from the kubelet's environment and the provider's env; docs/reference/environment.md lists the supported variables",
} as const;

/**
 * Every environment name that the program honours. docs/reference/environment.md is made from it. The program reads a copy; the
 * process's own environment is emptied before any SDK loads, but for what one must read itself.
 */
export const ENVIRONMENT = {
  REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: {
    for: "all clouds",
    meaning:
      "`aws`, `google`, `azure` or `none`: what this node runs on, where `/sys/class/dmi/id` cannot tell (a kubelet in a container)",
  },
  REGISTRY_CREDENTIAL_PROVIDER_CACHE: {
    for: "all clouds",
    meaning:
      "folder of the cache, an absolute path on tmpfs, or `off`; wins over the configuration file; default `/run/registry-credential-provider` where root runs it",
  },
  HTTPS_PROXY: {
    for: "all clouds",
    meaning:
      "`[http://][user:password@]host[:port]` (80), user and password percent-encoded, for every HTTPS destination, never for metadata services; a one-word host needs a port, except `localhost`",
  },
  https_proxy: { for: "all clouds", meaning: "the same; wins over the capitals" },
  NO_PROXY: {
    for: "all clouds",
    meaning:
      "hosts that are reached directly: `*`, `name`, `.suffix`, `address`, `CIDR`, each with an optional `:port`",
  },
  no_proxy: { for: "all clouds", meaning: "the same; wins over the capitals" },
  NODE_EXTRA_CA_CERTS: {
    for: "all clouds",
    meaning: "PEM file of authorities to trust beside the built-in ones; an unreadable file is an error",
  },
  SSL_CERT_FILE: {
    for: "all clouds",
    meaning: "PEM file of authorities to trust in place of the built-in ones, as Go programs read it",
  },
  HOME: {
    for: "AWS",
    meaning:
      "the home directory `~` of `~/.aws/config` and `~/.aws/credentials`; absolute; default that of the user's entry in `/etc/passwd`",
  },
  PATH: { for: "AWS", meaning: "where the program of a `credential_process` is looked for" },
  AWS_ACCESS_KEY_ID: { for: "AWS", meaning: "environment keys: the key's id" },
  AWS_ACCESS_KEY: { for: "AWS", meaning: "the same where `AWS_ACCESS_KEY_ID` is not set" },
  AWS_SECRET_ACCESS_KEY: { for: "AWS", meaning: "environment keys: the secret", isSecret: true },
  AWS_SECRET_KEY: {
    for: "AWS",
    meaning: "the same where `AWS_SECRET_ACCESS_KEY` is not set",
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
      "environment keys: when temporary keys end (ISO 8601), where a token for another cloud is made with them",
  },
  AWS_WEB_IDENTITY_TOKEN_FILE: {
    for: "AWS",
    meaning: "web identity: file with the token; an error without `AWS_ROLE_ARN`",
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
    meaning:
      "pods whose ServiceAccount names no role assume this one, where no rule of the configuration file applies",
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
  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: { for: "AWS", meaning: "the same, from a file" },
  AWS_PROFILE: {
    for: "AWS",
    meaning: "profile of the shared files; a missing one is an error for every login of the node",
  },
  AWS_DEFAULT_PROFILE: { for: "AWS", meaning: "the same where `AWS_PROFILE` is not set" },
  AWS_CONFIG_FILE: { for: "AWS", meaning: "in place of `~/.aws/config`; must exist" },
  AWS_SHARED_CREDENTIALS_FILE: { for: "AWS", meaning: "in place of `~/.aws/credentials`; must exist" },
  AWS_REGION: {
    for: "AWS",
    meaning:
      "region of STS for the node's own web identity and assumed roles; default the profile's, then the registry's. For a pod's or another subject token it is the registry's, and so is ECR's own always. It also states the partition of the node's credentials. A value that is not a region is an error wherever it is used",
  },
  AWS_DEFAULT_REGION: { for: "AWS", meaning: "the same where `AWS_REGION` is not set" },
  AWS_EC2_METADATA_DISABLED: {
    for: "AWS",
    meaning:
      "`true`: the instance's role is not requested. Like every boolean here, `true` or `false` in any case",
  },
  AWS_EC2_METADATA_SERVICE_ENDPOINT: { for: "AWS", meaning: "in place of `http://169.254.169.254`" },
  AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: {
    for: "AWS",
    meaning: "`IPv4` or `IPv6`: ask only that address; default both",
  },
  AWS_USE_FIPS_ENDPOINT: {
    for: "AWS",
    meaning:
      "`true`: every AWS service is requested at its FIPS endpoint; an error where AWS has none. For a registry with a FIPS name this is always so",
  },
  AWS_USE_DUALSTACK_ENDPOINT: {
    for: "AWS",
    meaning:
      "`true`: every AWS service is requested at its dual-stack endpoint (IPv4 and IPv6). For a registry with a dual-stack name this is always so",
  },
  AWS_ENDPOINT_URL: {
    for: "AWS",
    meaning:
      "endpoint of every AWS service: `http(s)://host[:port][/path]`, where a host that is a single word needs a port, except `localhost`; an error together with the two variables above",
  },
  AWS_ENDPOINT_URL_ECR: { for: "AWS", meaning: "endpoint of ECR, such as a VPC endpoint" },
  AWS_ENDPOINT_URL_ECR_PUBLIC: { for: "AWS", meaning: "endpoint of ECR Public" },
  AWS_ENDPOINT_URL_STS: { for: "AWS", meaning: "endpoint of STS" },
  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: {
    for: "AWS",
    meaning: "`true`: the four endpoints above are not used",
  },
  AWS_CA_BUNDLE: {
    for: "AWS",
    meaning:
      "not supported, like the key `ca_bundle` of a profile: set `SSL_CERT_FILE` or `NODE_EXTRA_CA_CERTS`",
    unsupportedHint: "set SSL_CERT_FILE or NODE_EXTRA_CA_CERTS instead",
  },
  GCE_METADATA_HOST: { for: "Google", meaning: "`host[:port]` in place of 169.254.169.254" },
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
      "the node's own key of a service account, or its configuration of type `external_account`; a file that others cannot read",
  },
  AZURE_CLIENT_ID: {
    for: "Azure",
    meaning:
      "managed identity by client id; with AZURE_TENANT_ID and one of the next three, an application of Entra",
  },
  AZURE_CLIENT_SECRET: { for: "Azure", meaning: "the application's secret", isSecret: true },
  AZURE_CLIENT_CERTIFICATE_PATH: {
    for: "Azure",
    meaning: "PEM file with the application's certificate and key; not readable for others",
  },
  AZURE_FEDERATED_TOKEN_FILE: {
    for: "Azure",
    meaning: "file with a token that the application's federated credential trusts",
  },
  AZURE_MANAGED_IDENTITY_RESOURCE_ID: { for: "Azure", meaning: "managed identity by resource id" },
  AZURE_MANAGED_IDENTITY_OBJECT_ID: { for: "Azure", meaning: "managed identity by object id" },
  AZURE_ENVIRONMENT: {
    for: "Azure",
    meaning:
      "the node's Azure cloud where no azure.json names it: `AzureCloud` (the default), `AzureUSGovernment`, `AzureChinaCloud`, `AzureBleuCloud`, `AzureDelosCloud`, `AzureStackCloud`",
  },
  AZURE_ENVIRONMENT_FILEPATH: {
    for: "Azure",
    meaning:
      "JSON file that describes a custom cloud (`AzureStackCloud`), as the Azure SDK for Go reads it: `containerRegistryDNSSuffix` says which hosts are its registries, `activeDirectoryEndpoint` where Entra is",
  },
  AZURE_TENANT_ID: { for: "Azure", meaning: "`tenant` of the exchange; of the application" },
  AZURE_AUTHORITY_HOST: {
    for: "Azure",
    meaning:
      "an error for the application of the environment unless it is a sign-in host of the Azure cloud that `AZURE_ENVIRONMENT` names",
  },
  AZURE_REGIONAL_AUTHORITY_NAME: { for: "Azure", ...UNSUPPORTED },
  AZURE_KUBERNETES_TOKEN_PROXY: { for: "Azure", ...UNSUPPORTED },
  AZURE_TOKEN_CREDENTIALS: { for: "Azure", ...UNSUPPORTED },
  AZURE_USERNAME: { for: "Azure", ...UNSUPPORTED },
  AZURE_PASSWORD: { for: "Azure", ...UNSUPPORTED, isSecret: true },
  MSI_ENDPOINT: { for: "Azure", ...UNSUPPORTED },
  MSI_SECRET: { for: "Azure", ...UNSUPPORTED, isSecret: true },
  IDENTITY_HEADER: { for: "Azure", ...UNSUPPORTED, isSecret: true },
  AZURE_POD_IDENTITY_AUTHORITY_HOST: { for: "Azure", meaning: "in place of `http://169.254.169.254`" },
  IDENTITY_ENDPOINT: { for: "Azure", meaning: "with `IMDS_ENDPOINT`: the Azure Arc agent" },
  IMDS_ENDPOINT: { for: "Azure", meaning: "with `IDENTITY_ENDPOINT`: the Azure Arc agent" },
} as const satisfies Readonly<Record<string, EnvironmentVariable>>;

/** What a library reads by itself: `@azure/identity` finds the managed identity's service by these. */
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
