import { EXAMPLE_REQUEST } from "./example-request.ts";

/** The step of a run that failed. The error line shows it, and the exit status depends on it. */
export type Stage = "request" | "config" | "identity" | "token" | "exchange" | "cache" | "internal";

interface ErrorDefinition {
  /** `remote`: the stage of the service that was called. */
  readonly stage: Stage | "remote";
  /** What failed, without a full stop. In the error line it follows `no login for HOST: `. */
  readonly sentence: string;
  /** What to do about it, without a full stop. */
  readonly hint: string;
}

export type ErrorCode = keyof ReturnType<typeof defineErrors>;

let definitions: ReturnType<typeof defineErrors> | undefined;

/**
 * Returns every error of the program by its code. docs/reference/errors.md is generated from it.
 * perf: built on first use, because it is a third of the code that every run would evaluate (Node.js 24).
 */
export function getErrorDefinitions(): ReturnType<typeof defineErrors> {
  definitions ??= defineErrors();
  return definitions;
}

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(getErrorDefinitions(), text);
}

function defineErrors() {
  const requestExample = `send a request such as ${EXAMPLE_REQUEST}`;
  return {
    // --- The request: exit 2.
    "request-too-large": {
      stage: "request",
      sentence: "the request on stdin exceeds 2 MiB",
      hint: requestExample,
    },
    "stdin-timeout": {
      stage: "request",
      sentence: "stdin was not closed within 10 s",
      hint: "write one request to stdin and close it, as the kubelet does",
    },
    "request-not-utf8": {
      stage: "request",
      sentence: "the request on stdin is not valid UTF-8",
      hint: requestExample,
    },
    "request-not-json": {
      stage: "request",
      sentence: "the request on stdin is not a single JSON document",
      hint: requestExample,
    },
    "request-not-an-object": {
      stage: "request",
      sentence: "the request on stdin is not a JSON object",
      hint: requestExample,
    },
    "request-too-deep": {
      stage: "request",
      sentence: "the request on stdin is nested more than 32 levels deep",
      hint: requestExample,
    },
    "request-duplicate-field": {
      stage: "request",
      sentence: "the request contains a duplicate field",
      hint: requestExample,
    },
    "request-wrong-kind": {
      stage: "request",
      sentence: "the request's kind is not CredentialProviderRequest",
      hint: requestExample,
    },
    "request-wrong-version": {
      stage: "request",
      sentence:
        "unsupported apiVersion in the request; supported are credentialprovider.kubelet.k8s.io/v1, v1beta1 and v1alpha1",
      hint: requestExample,
    },
    "request-wrong-type": {
      stage: "request",
      sentence: "a field of the request has the wrong type",
      hint: requestExample,
    },
    "image-missing": { stage: "request", sentence: "the request has no image", hint: requestExample },
    "image-too-long": {
      stage: "request",
      sentence: "the image name exceeds 1,024 bytes",
      hint: requestExample,
    },
    "image-malformed": {
      stage: "request",
      sentence: "the image name contains whitespace, control characters or non-ASCII characters",
      hint: requestExample,
    },
    "repository-malformed": {
      stage: "request",
      sentence: "the repository in the image name is not valid, and a rule must match it by path",
      hint: "correct the image name: its path consists of lower-case letters, digits and . _ - between single slashes",
    },
    // --- Arguments, files and environment: exit 2.
    "argument-unknown": {
      stage: "config",
      sentence: "unknown argument",
      hint: "run the program with --help to list the supported arguments",
    },
    "argument-unsupported": {
      stage: "config",
      sentence: "unsupported argument of another credential provider",
      hint: "remove it from the provider's args in the kubelet's CredentialProviderConfig",
    },
    "argument-invalid": {
      stage: "config",
      sentence: "invalid value for an argument",
      hint: "run the program with --help to see what each argument accepts",
    },
    "too-many-arguments": {
      stage: "config",
      sentence: "the arguments name more than one file",
      hint: "name at most one azure.json",
    },
    "cache-command-incomplete": {
      stage: "config",
      sentence: "invalid arguments for the cache command",
      hint: "run cache list, cache clear or cache warm IMAGE...; --help describes them",
    },
    "azure-config-unreadable": {
      stage: "config",
      sentence: "cannot read the azure.json that the arguments name",
      hint: "check the path in the provider's args and the file's permissions",
    },
    "azure-config-malformed": {
      stage: "config",
      sentence: "the azure.json that the arguments name is not valid",
      hint: "compare the file with the node's /etc/kubernetes/azure.json; it must be a JSON or YAML object",
    },
    "azure-config-incomplete": {
      stage: "config",
      sentence: "the azure.json that the arguments name does not configure an identity",
      hint: "set useManagedIdentityExtension, or tenantId with aadClientId and aadClientSecret",
    },
    "config-unreadable": {
      stage: "config",
      sentence: "cannot read the configuration file",
      hint: "check the path after --config and the file's permissions",
    },
    "config-invalid": {
      stage: "config",
      sentence: "the configuration file is not valid",
      hint: "correct the keys listed here; docs/reference/configuration-keys.md describes every key",
    },
    "file-unsafe": {
      stage: "config",
      sentence: "unsafe file owner or permissions",
      hint: "chown the file to root, and chmod go-w the file and the directories above it; chmod 0600 a file with a secret, which also disables its access control list",
    },
    "referenced-file-missing": {
      stage: "config",
      sentence: "a file named in the configuration file or the environment is missing or empty",
      hint: "correct its path, or check the process that writes it",
    },
    "variable-missing": {
      stage: "config",
      sentence: "an environment variable named in the configuration file is not set",
      hint: "set it in the provider's env in the kubelet's CredentialProviderConfig",
    },
    "certificate-file-invalid": {
      stage: "config",
      sentence: "cannot use the client certificate of the Entra application",
      hint: "use one PEM file with a valid certificate and its unencrypted RSA key; convert a PFX file with openssl pkcs12 -in FILE.pfx -nodes -out FILE.pem",
    },
    "azure-environment-file-invalid": {
      stage: "config",
      sentence: "the file in AZURE_ENVIRONMENT_FILEPATH does not describe an Azure cloud",
      hint: "set containerRegistryDNSSuffix and activeDirectoryEndpoint in it, as the Azure SDK for Go expects, or unset the variable",
    },
    "google-credentials-file-invalid": {
      stage: "config",
      sentence: "cannot use the Google credentials file",
      hint: "use a service account key, or an external_account configuration written by gcloud whose source is a file, a URL on the node or AWS",
    },
    "docker-config-malformed": {
      stage: "config",
      sentence: "the docker configuration file is not valid",
      hint: 'write it as {"auths":{"HOST":{"auth":"base64 of user:password"}}}; from a Kubernetes Secret, take the decoded .dockerconfigjson and not the manifest',
    },
    "static-login-missing": {
      stage: "config",
      sentence: "the docker configuration file has no login for this registry",
      hint: "add the image's host to auths, with its port if it has one; append the start of the path for a login that covers only part of the registry",
    },
    "static-login-unusable": {
      stage: "config",
      sentence: "cannot use the login that the rule names",
      hint: "provide a user name and a password, in auths of the docker configuration file or with usernameFile and passwordFile",
    },
    "environment-unsafe": {
      stage: "config",
      sentence:
        "refusing to run with an environment variable that makes Node.js log secrets or skip TLS verification",
      hint: "remove the variable from the kubelet's environment and the provider's env",
    },
    "environment-unknown": {
      stage: "config",
      sentence: "unknown environment variable with the prefix REGISTRY_CREDENTIAL_PROVIDER_",
      hint: "use REGISTRY_CREDENTIAL_PROVIDER_PLATFORM or REGISTRY_CREDENTIAL_PROVIDER_CACHE; set the configuration file with --config=FILE in the provider's args",
    },
    "environment-invalid": {
      stage: "config",
      sentence: "invalid value for an environment variable",
      hint: "correct it; docs/reference/environment.md lists what each variable accepts",
    },
    "ca-file-invalid": {
      stage: "config",
      sentence: "cannot use a CA certificate file",
      hint: "correct the file, which must be PEM with certificates only, or the variable that names it (NODE_EXTRA_CA_CERTS, SSL_CERT_FILE)",
    },
    "aws-environment-keys-incomplete": {
      stage: "config",
      sentence: "incomplete AWS access key in the environment",
      hint: "set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the provider's env, plus AWS_SESSION_TOKEN for temporary credentials, or unset all of them",
    },
    "aws-web-identity-file-invalid": {
      stage: "config",
      sentence: "cannot use the AWS web identity token file",
      hint: "set AWS_ROLE_ARN together with AWS_WEB_IDENTITY_TOKEN_FILE, and check that the file contains a token and is readable",
    },
    "aws-profile-missing": {
      stage: "config",
      sentence: "the AWS profile is not in the shared AWS files",
      hint: "correct the profile's name, or point AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE in the provider's env (or configFile of the rule) at a file with [profile NAME] or [NAME]",
    },
    "aws-file-malformed": {
      stage: "config",
      sentence: "cannot parse a shared AWS file",
      hint: "correct that line: sections are [default] or [profile NAME] ([NAME] in the credentials file), keys are NAME = VALUE, set once and indented alike",
    },
    "aws-profile-setting-invalid": {
      stage: "config",
      sentence: "cannot use a setting of the AWS profile",
      hint: "correct or remove the setting, or use another profile or file with AWS_PROFILE or AWS_CONFIG_FILE",
    },
    // --- The identity: exit 1.
    "pod-token-malformed": {
      stage: "identity",
      sentence: "the token in the request is not a ServiceAccount token",
      hint: "check that the kubelet gets its tokens from the API server and not from a proxy in between",
    },
    "pod-token-expired": {
      stage: "identity",
      sentence: "the pod's ServiceAccount token has expired",
      hint: "check the node's clock, and that the kubelet can reach the API server to renew the token",
    },
    "pod-token-wrong-audience": {
      stage: "identity",
      sentence: "the pod's ServiceAccount token has the wrong audience",
      hint: "set tokenAttributes.serviceAccountTokenAudience in the kubelet's CredentialProviderConfig to the audience that is required, or subjectTokenAudience of the rule to the token's",
    },
    "pod-token-missing": {
      stage: "identity",
      sentence: "the rule requires the pod's identity, but the request has no ServiceAccount token",
      hint: "set tokenAttributes for this provider in the kubelet's CredentialProviderConfig; for static pods, which have no ServiceAccount, set identity: pod-then-node in the rule",
    },
    "pod-identity-missing": {
      stage: "identity",
      sentence: "the request has a ServiceAccount token, but no cloud identity is configured for the pod",
      hint: "annotate the ServiceAccount or name an identity in the rule, or set identity: pod-then-node to pull with the node's identity",
    },
    "service-account-not-allowed": {
      stage: "identity",
      sentence: "the rule does not allow this ServiceAccount",
      hint: "add NAMESPACE/NAME to allow.serviceAccounts of the rule",
    },
    "rule-missing": {
      stage: "identity",
      sentence: "no rule matches the image, and requireRule is set",
      hint: "add a rule for the image to the configuration file, or remove requireRule",
    },
    "repository-not-allowed": {
      stage: "identity",
      sentence: "the rule does not allow this repository",
      hint: "add the repository to allow.repositories of the rule",
    },
    "annotation-malformed": {
      stage: "identity",
      sentence: "invalid value for a ServiceAccount annotation",
      hint: "correct the annotation; docs/reference/identities.md lists the annotations and their values",
    },
    "annotation-not-allowed": {
      stage: "identity",
      sentence: "the rule does not allow the identity in the ServiceAccount's annotation",
      hint: "add the identity to allow.annotationRoles, allow.annotationServiceAccounts or allow.annotationClients of the rule",
    },
    "aws-no-fips-endpoint": {
      stage: "config",
      sentence: "AWS has no FIPS endpoint for this service in this region",
      hint: "choose a region with FIPS endpoints, or remove what requires FIPS: -fips in the registry's name, AWS_USE_FIPS_ENDPOINT or use_fips_endpoint",
    },
    "aws-role-partition-mismatch": {
      stage: "identity",
      sentence: "the IAM role is in another AWS partition than the registry",
      hint: "use a role in the registry's partition",
    },
    "subject-token-file-invalid": {
      stage: "identity",
      sentence: "cannot use the subject token file",
      hint: "check the process that writes the file: it must contain one unexpired token with the required audience",
    },
    "platform-mismatch": {
      stage: "identity",
      sentence: "this node does not run on the cloud whose identity was requested",
      hint: "pull from a registry of the node's own cloud, or configure an identity for the other cloud in a rule: see docs/guides/README.md",
    },
    "platform-without-metadata": {
      stage: "identity",
      sentence: "this node does not run on a cloud with a supported metadata service",
      hint: "configure an identity in a rule (see docs/guides/README.md), or set REGISTRY_CREDENTIAL_PROVIDER_PLATFORM if the node does run on that cloud",
    },
    "file-unreadable": {
      stage: "identity",
      sentence: "cannot read a file",
      hint: "check that it is a regular file, not too large, and readable by the user that the provider runs as",
    },
    "aws-container-endpoint-invalid": {
      stage: "identity",
      sentence: "cannot use the container credentials endpoint",
      hint: "check that AWS_CONTAINER_CREDENTIALS_FULL_URI is https, a loopback address, 169.254.170.2, 169.254.170.23 or [fd00:ec2::23], and that its token file is readable",
    },
    "aws-container-refused": {
      stage: "identity",
      sentence: "the container credentials endpoint returned no credentials",
      hint: "check the EKS Pod Identity association or the ECS task role, and the log of the agent",
    },
    "aws-profile-unusable": {
      stage: "identity",
      sentence: "the AWS profile has no supported credentials",
      hint: "use static keys, credential_process, or role_arn with source_profile, credential_source or web_identity_token_file",
    },
    "aws-process-failed": {
      stage: "identity",
      sentence: "credential_process returned no credentials",
      hint: "run the command by hand as the kubelet's user with its environment; it must be a program, not a shell command, and print Version 1 JSON",
    },
    "aws-sts-refused": {
      stage: "identity",
      sentence: "STS denied the request to assume the role",
      hint: "check that the role's trust policy allows this identity (aud, sub, external ID), and that the caller is allowed sts:AssumeRole if it has AWS credentials",
    },
    "aws-sts-token-rejected": {
      stage: "identity",
      sentence: "STS rejected the web identity token",
      hint: "check that the token is not expired and that its issuer is an IAM OIDC provider in the role's account",
    },
    "aws-federation-disabled": {
      stage: "identity",
      sentence: "outbound web identity federation is disabled in the node's AWS account",
      hint: "enable it (iam:EnableOutboundWebIdentityFederation), and configure the account's issuer in the other cloud",
    },
    "aws-federation-refused": {
      stage: "identity",
      sentence: "the node's AWS identity is not allowed to get a web identity token",
      hint: "allow sts:GetWebIdentityToken, for this sts:IdentityTokenAudience, sts:SigningAlgorithm RS256 and sts:DurationSeconds up to 3600",
    },
    "aws-federation-session-too-short": {
      stage: "identity",
      sentence: "the node's AWS session expires too soon to get a web identity token",
      hint: "check the process that renews the credentials (60 s must be left), and the node's clock",
    },
    "aws-federation-token-too-large": {
      stage: "identity",
      sentence: "the web identity token would exceed the size limit of AWS",
      hint: "remove tags from the role or the session: the token contains all of them",
    },
    "aws-metadata-disabled": {
      stage: "identity",
      sentence: "no AWS credentials are configured, and AWS_EC2_METADATA_DISABLED disables the instance role",
      hint: "unset AWS_EC2_METADATA_DISABLED, or set AWS credentials in the provider's env",
    },
    "aws-instance-has-no-role": {
      stage: "identity",
      sentence: "no IAM role is attached to the instance",
      hint: "attach an instance profile whose role allows ecr:GetAuthorizationToken; right after boot the role appears within seconds, and the kubelet retries",
    },
    "aws-role-not-assumable": {
      stage: "identity",
      sentence: "EC2 could not assume the instance's IAM role",
      hint: "check that the role in the instance profile exists and that its trust policy allows ec2.amazonaws.com",
    },
    "metadata-refused": {
      stage: "identity",
      sentence: "the instance metadata service refused the connection",
      hint: "check that the metadata service is enabled for the instance and that no firewall on the node blocks it",
    },
    "metadata-timeout": {
      stage: "identity",
      sentence: "the instance metadata service did not respond",
      hint: "check firewalls and network policies for the metadata address; on AWS, a kubelet in a container needs an IMDSv2 hop limit of 2",
    },
    "metadata-forbidden": {
      stage: "identity",
      sentence: "the instance metadata service denied the request",
      hint: "check that metadata access is enabled for the instance (on Google Cloud also its access scopes), and that no proxy or concealment agent intercepts the request",
    },
    "metadata-not-ready": {
      stage: "identity",
      sentence: "the instance metadata service is not ready",
      hint: "wait: this is normal in the first minute after boot, and the kubelet retries; after that, check the instance and its identity in the cloud's console",
    },
    "metadata-wrong-service": {
      stage: "identity",
      sentence: "the response at the metadata address is not from this cloud's metadata service",
      hint: "check the metadata variables in the provider's env, and that the node runs on this cloud",
    },
    "google-instance-has-no-service-account": {
      stage: "identity",
      sentence: "no service account is attached to the instance",
      hint: "attach a service account with roles/artifactregistry.reader to the instance or node pool",
    },
    "google-universe-mismatch": {
      stage: "identity",
      sentence: "the identity is in another Google Cloud universe than the registry",
      hint: "use an identity in the registry's universe; tokens are never sent to another one",
    },
    "google-cluster-unknown": {
      stage: "identity",
      sentence: "the metadata server does not know the GKE cluster of this node",
      hint: "set projectId, location and clusterName under google.gke in the rule",
    },
    "google-federation-refused": {
      stage: "identity",
      sentence: "Google STS rejected the subject token",
      hint: "compare the token's issuer, audience and subject with the workload identity provider's issuer, allowed audiences, attribute mapping and condition; Google must be able to fetch the issuer's keys",
    },
    "google-provider-unknown": {
      stage: "identity",
      sentence: "the workload identity provider does not exist or is disabled",
      hint: "check the project number, pool and provider in google.workloadIdentityProvider; with google.gke, that Workload Identity Federation is enabled for the cluster",
    },
    "google-impersonation-refused": {
      stage: "identity",
      sentence: "not allowed to impersonate the service account",
      hint: "grant roles/iam.workloadIdentityUser (from a service account: roles/iam.serviceAccountTokenCreator) on it, check its email, and enable the IAM Credentials API in its project",
    },
    "google-scope-missing": {
      stage: "identity",
      sentence: "the instance's access scopes do not allow service account impersonation",
      hint: "set the scope cloud-platform on the instance or node pool; IAM still limits what it can do",
    },
    "google-key-refused": {
      stage: "identity",
      sentence: "Google rejected the service account key",
      hint: "check that the key and its service account are neither deleted nor disabled, and check the node's clock",
    },
    "azure-cloud-mismatch": {
      stage: "identity",
      sentence: "the node's identity is in another Azure cloud than the registry",
      hint: "set the node's Azure cloud with cloud in azure.json or AZURE_ENVIRONMENT in the provider's env, or name an Entra application of the registry's cloud in a rule",
    },
    "azure-identity-not-found": {
      stage: "identity",
      sentence: "the managed identity is not assigned to this node",
      hint: "assign it to the VM or scale set, or correct its ID in the rule, userAssignedIdentityID or AZURE_CLIENT_ID",
    },
    "azure-identity-ambiguous": {
      stage: "identity",
      sentence: "several managed identities are assigned to this node, and none is selected",
      hint: "select one with clientId in a rule, AZURE_CLIENT_ID in the provider's env or userAssignedIdentityID in azure.json",
    },
    "azure-arc-challenge-failed": {
      stage: "identity",
      sentence: "the Azure Arc agent's authentication challenge failed",
      hint: "run the provider as root or a member of the group himds, which can read /var/opt/azcmagent/tokens, and check the agent's status",
    },
    "entra-no-federated-credential": {
      stage: "identity",
      sentence: "Entra has no federated identity credential that matches the token",
      hint: "compare the issuer, subject and audience of the federated credential with the token's: they must match exactly; a new one takes minutes to work",
    },
    "entra-assertion-rejected": {
      stage: "identity",
      sentence: "Entra rejected the client assertion",
      hint: "check that Entra can fetch the issuer's signing keys, that the token is signed with one of them by RS256, and that its lifetime does not exceed one day",
    },
    "entra-assertion-expired": {
      stage: "identity",
      sentence: "Entra reports that the client assertion is expired or not yet valid",
      hint: "check the node's clock, and for a token file the process that renews it",
    },
    "entra-secret-rejected": {
      stage: "identity",
      sentence: "Entra rejected the client secret",
      hint: "create a new secret if it has expired, and use its value, not its ID, in clientSecretFile, clientSecretEnv, AZURE_CLIENT_SECRET or aadClientSecret",
    },
    "entra-application-unknown": {
      stage: "identity",
      sentence: "the Entra tenant does not contain the application",
      hint: "use the application (client) ID, not the object ID, and the tenant in which the application is registered or installed",
    },
    "entra-tenant-unknown": {
      stage: "identity",
      sentence: "Entra in the registry's cloud does not contain the tenant",
      hint: "correct tenantId, and check that the tenant is in the registry's Azure cloud (public, US Government, China or a sovereign one)",
    },
    "entra-resource-unknown": {
      stage: "identity",
      sentence: "Entra issues no token for the requested resource",
      hint: "with subjectToken: azure, set subjectTokenAudience to the Application ID URI of an application in the node's tenant, and assign the identity to it if it requires assignment",
    },
    "entra-refused": {
      stage: "identity",
      sentence: "Entra denied the request",
      hint: "look up the AADSTS error code",
    },
    // --- The cloud's token: exit 1.
    "aws-access-denied": {
      stage: "token",
      sentence: "the AWS identity is not allowed to get a registry token",
      hint: "allow ecr:GetAuthorizationToken on * (ECR Public: ecr-public:GetAuthorizationToken and sts:GetServiceBearerToken), and check VPC endpoint policies and SCPs",
    },
    "aws-credentials-rejected": {
      stage: "token",
      sentence: "AWS rejected the credentials",
      hint: "check the access key and session token, and that they belong to the registry's partition",
    },
    "aws-credentials-expired": {
      stage: "token",
      sentence: "the AWS credentials have expired",
      hint: "check the process that renews them; an instance role's credentials renew themselves, so check the node's clock",
    },
    "aws-partition-mismatch": {
      stage: "identity",
      sentence: "the AWS credentials are for another partition than the registry's",
      hint: "configure credentials of the registry's partition in a rule; if they are of that partition, set AWS_REGION in the provider's env to one of its regions",
    },
    "clock-skew": {
      stage: "token",
      sentence: "the node's clock differs too much from the cloud's",
      hint: "fix time synchronization on the node; differences of up to 24 h are corrected",
    },
    throttled: {
      stage: "remote",
      sentence: "the service is throttling requests",
      hint: "wait, the kubelet retries; if it persists, raise the quota or start fewer nodes at once",
    },
    "cloud-unavailable": {
      stage: "remote",
      sentence: "the service is unavailable",
      hint: "check the cloud's status page; the kubelet retries",
    },
    "cloud-refused": {
      stage: "remote",
      sentence: "the service denied the request",
      hint: "look up the error code, or give the request ID to the cloud's support",
    },
    "response-malformed": {
      stage: "remote",
      sentence: "the service's response is incomplete or malformed",
      hint: "check which service or proxy responds at this address",
    },
    "token-expired": {
      stage: "remote",
      sentence: "the service issued a token that has expired or is about to",
      hint: "check the node's clock; if it is right, the kubelet's next attempt may get a new token",
    },
    // --- The token exchange at ACR: exit 1.
    "acr-unauthorized": {
      stage: "exchange",
      sentence: "the registry rejected the identity's token",
      hint: "check the registry's name, and that the registry and the identity are in the same tenant (tenantId in the rule or azure.json, AZURE_TENANT_ID)",
    },
    "acr-arm-audience-rejected": {
      stage: "exchange",
      sentence: "the registry does not accept ARM audience tokens",
      hint: "use an identity whose token is for https://containerregistry.azure.net, or enable ARM audience tokens in the registry's policy",
    },
    "acr-access-denied": {
      stage: "exchange",
      sentence: "the identity has no role on the registry",
      hint: "assign AcrPull, or Container Registry Repository Reader on a registry with ABAC",
    },
    "acr-firewall-blocked": {
      stage: "exchange",
      sentence: "the registry's firewall blocked this node",
      hint: "allow the node's IP address, or use the registry's private endpoint",
    },
    // --- Network and proxies: exit 1.
    "dns-failed": {
      stage: "remote",
      sentence: "DNS lookup failed",
      hint: "check the registry's name, the node's DNS (private zones too), and whether HTTPS_PROXY must be set",
    },
    "connection-refused": {
      stage: "remote",
      sentence: "connection refused",
      hint: "check the firewall, the endpoint and the proxy",
    },
    "network-unreachable": {
      stage: "remote",
      sentence: "network unreachable",
      hint: "check the node's routes; right after boot, wait: the kubelet retries",
    },
    "connect-timeout": {
      stage: "remote",
      sentence: "connection timed out",
      hint: "check firewalls, routes, the VPC endpoint or private endpoint, and whether HTTPS_PROXY must be set",
    },
    "connection-lost": {
      stage: "remote",
      sentence: "the connection was closed before the response was complete",
      hint: "check proxies and firewalls between the node and the service; the kubelet retries",
    },
    "response-timeout": {
      stage: "remote",
      sentence: "timed out waiting for the response",
      hint: "check proxies and firewalls between the node and the service, and the cloud's status page",
    },
    "response-too-large": {
      stage: "remote",
      sentence: "the response exceeds the size limit",
      hint: "check which service or proxy responds at this address",
    },
    "response-not-json": {
      stage: "remote",
      sentence: "the response is a web page or text instead of the service's JSON",
      hint: "allow the destination in the proxy or firewall that responds in its place",
    },
    "redirect-refused": {
      stage: "remote",
      sentence: "the service sent a redirect, which is not followed",
      hint: "check which service or proxy responds at this address",
    },
    "destination-blocked": {
      stage: "remote",
      sentence: "blocked a request to a host that is not on this login's allow list",
      hint: "report this line: it is a bug or an attack",
    },
    "tls-untrusted": {
      stage: "remote",
      sentence: "the TLS certificate has expired or is not signed by a trusted CA",
      hint: "add the CA of a TLS-inspecting proxy with NODE_EXTRA_CA_CERTS, and check the node's clock",
    },
    "tls-wrong-name": {
      stage: "remote",
      sentence: "the TLS certificate is for another host name",
      hint: "check DNS and the proxy: another server responds for this host",
    },
    "tls-failed": {
      stage: "remote",
      sentence: "TLS handshake failed",
      hint: "check proxies and firewalls between the node and the service",
    },
    "proxy-unreachable": {
      stage: "remote",
      sentence: "cannot connect to the proxy",
      hint: "check HTTPS_PROXY in the kubelet's environment and the provider's env",
    },
    "proxy-refused": {
      stage: "remote",
      sentence: "the proxy refused the connection",
      hint: "allow the destination in the proxy, or add it to NO_PROXY",
    },
    "proxy-authentication-required": {
      stage: "remote",
      sentence: "the proxy requires valid credentials",
      hint: "set the user name and password in HTTPS_PROXY",
    },
    // --- The cache commands: exit 1. A pull never fails with these.
    "cache-disabled": {
      stage: "cache",
      sentence: "the cache is disabled",
      hint: "set REGISTRY_CREDENTIAL_PROVIDER_CACHE or cache.directory to a directory on tmpfs; only root has a cache by default",
    },
    "cache-unusable": {
      stage: "cache",
      sentence: "the cache is not used",
      hint: 'use a directory on tmpfs with mode 0700, owned by the user that runs the provider, or set cache: "off"; until then every pull fetches a new login',
    },
    // --- The program itself: exit 1.
    "deadline-exceeded": {
      stage: "internal",
      sentence: "the run exceeded its deadline of 45 s",
      hint: "check the network to the service named here; the kubelet retries",
    },
    "stdout-closed": {
      stage: "internal",
      sentence: "could not write the response to stdout",
      hint: "check the process that reads stdout: it closed the pipe",
    },
    internal: {
      stage: "internal",
      sentence: "unexpected internal error",
      hint: "report this line together with the image name",
    },
  } as const satisfies Readonly<Record<string, ErrorDefinition>>;
}
