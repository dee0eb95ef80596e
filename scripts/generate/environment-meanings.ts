import type { EnvironmentName } from "../../src/core/environment.ts";

const UNSUPPORTED = "not supported: an error where an SDK would use it";

/**
 * What each environment variable means, for docs/reference/environment.md. Apart from `src/core/environment.ts`, because every run
 * evaluates that file.
 */
export const ENVIRONMENT_MEANINGS: Readonly<Record<EnvironmentName, string>> = {
  REGISTRY_CREDENTIAL_PROVIDER_PLATFORM:
    "the cloud of this node, `aws`, `google`, `azure` or `none`, if `/sys/class/dmi/id` does not show it (a kubelet in a container)",
  REGISTRY_CREDENTIAL_PROVIDER_CACHE:
    "directory of the cache, an absolute path on tmpfs, or `off`; takes precedence over the configuration file; default for root `/run/registry-credential-provider`",
  HTTPS_PROXY:
    "`[http://][user:password@]host[:port]` (80), user and password percent-encoded, for every HTTPS destination, never for metadata services; a single-label host needs a port, except `localhost`",
  https_proxy: "as `HTTPS_PROXY`, and takes precedence",
  NO_PROXY:
    "hosts to connect to without a proxy: `*`, `name`, `.suffix`, `address`, `CIDR`, each with an optional `:port`",
  no_proxy: "as `NO_PROXY`, and takes precedence",
  NODE_EXTRA_CA_CERTS:
    "PEM file of certificate authorities to trust in addition to the built-in ones; an unreadable file is an error",
  SSL_CERT_FILE:
    "PEM file of certificate authorities to trust instead of the built-in ones, as in Go programs",
  HOME: "the home directory in `~/.aws/config` and `~/.aws/credentials`, an absolute path; default: that in `/etc/passwd`",
  PATH: "search path of the program of a `credential_process`",
  AWS_ACCESS_KEY_ID: "environment keys: the access key ID",
  AWS_ACCESS_KEY: "used if `AWS_ACCESS_KEY_ID` is not set",
  AWS_SECRET_ACCESS_KEY: "environment keys: the secret access key",
  AWS_SECRET_KEY: "used if `AWS_SECRET_ACCESS_KEY` is not set",
  AWS_SESSION_TOKEN: "environment keys: the session token of temporary keys",
  AWS_CREDENTIAL_EXPIRATION:
    "environment keys: expiry of temporary keys (ISO 8601), for a token that is presented to another cloud",
  AWS_WEB_IDENTITY_TOKEN_FILE: "web identity: token file; an error without `AWS_ROLE_ARN`",
  AWS_ROLE_ARN: "web identity: the role to assume; an error without `AWS_WEB_IDENTITY_TOKEN_FILE`",
  AWS_ROLE_SESSION_NAME: "web identity: session name; default `registry-credential-provider`",
  AWS_ECR_ROLE_ARN:
    "role of the pods whose ServiceAccount names none, if no rule of the configuration file applies",
  AWS_CONTAINER_CREDENTIALS_FULL_URI:
    "container or EKS Pod Identity endpoint: https, loopback, 169.254.170.2, 169.254.170.23 or [fd00:ec2::23]",
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "container endpoint: path at 169.254.170.2",
  AWS_CONTAINER_AUTHORIZATION_TOKEN:
    "container endpoint: value of its `Authorization` header; an error without an address",
  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "file with that value",
  AWS_PROFILE: "profile of the shared files; a missing profile is an error for every login of the node",
  AWS_DEFAULT_PROFILE: "used if `AWS_PROFILE` is not set",
  AWS_CONFIG_FILE: "replaces `~/.aws/config`; must exist",
  AWS_SHARED_CREDENTIALS_FILE: "replaces `~/.aws/credentials`; must exist",
  AWS_REGION:
    "STS region for the node's own web identity and assumed roles; default: the region of the profile, then that of the registry. STS for a pod's or another subject token, and ECR, use the region of the registry. The variable also determines the partition of the node's credentials. A value that is not a region is an error where it is used",
  AWS_DEFAULT_REGION: "used if `AWS_REGION` is not set",
  AWS_EC2_METADATA_DISABLED:
    "`true`: the instance role is not used. Like every boolean here, `true` or `false` in upper or lower case",
  AWS_EC2_METADATA_SERVICE_ENDPOINT: "default `http://169.254.169.254`",
  AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: "`IPv4` or `IPv6`: use only that address; default both",
  AWS_USE_FIPS_ENDPOINT:
    "`true`: use the FIPS endpoint of every AWS service; an error if AWS has none. Always true for a registry with a FIPS name",
  AWS_USE_DUALSTACK_ENDPOINT:
    "`true`: use the dual-stack endpoint (IPv4 and IPv6) of every AWS service. Always true for a registry with a dual-stack name",
  AWS_ENDPOINT_URL:
    "endpoint of every AWS service: `http(s)://host[:port][/path]`, a single-label host needs a port, except `localhost`; an error together with the two variables above",
  AWS_ENDPOINT_URL_ECR: "endpoint of ECR, such as a VPC endpoint",
  AWS_ENDPOINT_URL_ECR_PUBLIC: "endpoint of ECR Public",
  AWS_ENDPOINT_URL_STS: "endpoint of STS",
  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "`true`: ignore the four endpoints above",
  AWS_CA_BUNDLE:
    "not supported, like the key `ca_bundle` of a profile: set `SSL_CERT_FILE` or `NODE_EXTRA_CA_CERTS`",
  GCE_METADATA_HOST: "`host[:port]`, default `169.254.169.254`",
  GCE_METADATA_IP: UNSUPPORTED,
  GCE_METADATA_ROOT: UNSUPPORTED,
  google_application_credentials: UNSUPPORTED,
  CLOUDSDK_CONFIG: UNSUPPORTED,
  CLOUDSDK_AUTH_ACCESS_TOKEN: UNSUPPORTED,
  CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: UNSUPPORTED,
  CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE: UNSUPPORTED,
  CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT: UNSUPPORTED,
  GOOGLE_APPLICATION_CREDENTIALS:
    "the node's service account key, or its configuration of type `external_account`; other users must not be able to read the file",
  AZURE_CLIENT_ID:
    "client ID of a managed identity; with `AZURE_TENANT_ID` and one of the next three variables, of an Entra application",
  AZURE_CLIENT_SECRET: "the application's secret",
  AZURE_CLIENT_CERTIFICATE_PATH:
    "PEM file with the application's certificate and key; other users must not be able to read it",
  AZURE_FEDERATED_TOKEN_FILE: "token file for a federated credential of the application",
  AZURE_MANAGED_IDENTITY_RESOURCE_ID: "resource ID of a managed identity",
  AZURE_MANAGED_IDENTITY_OBJECT_ID: "object ID of a managed identity",
  AZURE_ENVIRONMENT:
    "the node's Azure cloud if no azure.json names it: `AzureCloud` (the default), `AzureUSGovernment`, `AzureChinaCloud`, `AzureBleuCloud`, `AzureDelosCloud`, `AzureStackCloud`",
  AZURE_ENVIRONMENT_FILEPATH:
    "JSON file that describes a custom cloud (`AzureStackCloud`), as the Azure SDK for Go reads it: `containerRegistryDNSSuffix` is the suffix of its registries, `activeDirectoryEndpoint` the address of Entra",
  AZURE_TENANT_ID: "tenant of the token exchange and of the application",
  AZURE_AUTHORITY_HOST:
    "must be a sign-in host of the Azure cloud in `AZURE_ENVIRONMENT`, else it is an error for the application of these variables",
  AZURE_REGIONAL_AUTHORITY_NAME: UNSUPPORTED,
  AZURE_KUBERNETES_TOKEN_PROXY: UNSUPPORTED,
  AZURE_TOKEN_CREDENTIALS: UNSUPPORTED,
  AZURE_USERNAME: UNSUPPORTED,
  AZURE_PASSWORD: UNSUPPORTED,
  MSI_ENDPOINT: UNSUPPORTED,
  MSI_SECRET: UNSUPPORTED,
  IDENTITY_HEADER: UNSUPPORTED,
  AZURE_POD_IDENTITY_AUTHORITY_HOST: "default `http://169.254.169.254`",
  IDENTITY_ENDPOINT: "with `IMDS_ENDPOINT`: the Azure Arc agent",
  IMDS_ENDPOINT: "with `IDENTITY_ENDPOINT`: the Azure Arc agent",
};
