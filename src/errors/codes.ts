import { EXAMPLE_REQUEST } from "./example-request.ts";

/** Where in the answer's making it failed. `wire` codes take the stage of whoever was being asked. */
export type Stage = "request" | "config" | "identity" | "token" | "exchange" | "cache" | "internal";

interface ErrorKind {
  readonly stage: Stage | "remote";
  /** What could not be done, after "no login for HOST: ". No full stop. */
  readonly sentence: string;
  /** What the operator does next. No full stop. */
  readonly hint: string;
}

const REQUEST_EXAMPLE = `a correct request: ${EXAMPLE_REQUEST}`;

/** Every way in which the program can fail. `docs/errors.md` is made from this table. */
export const ERROR_CODES = {
  // --- the request: exit 2
  "request-too-large": {
    stage: "request",
    sentence: "the request on stdin is larger than 2 MiB",
    hint: REQUEST_EXAMPLE,
  },
  "stdin-timeout": {
    stage: "request",
    sentence: "stdin was not closed within 10 s",
    hint: "write one request and close stdin, as the kubelet does",
  },
  "request-not-utf8": {
    stage: "request",
    sentence: "the request on stdin is not UTF-8",
    hint: REQUEST_EXAMPLE,
  },
  "request-not-json": {
    stage: "request",
    sentence: "the request on stdin is not one JSON document",
    hint: REQUEST_EXAMPLE,
  },
  "request-not-an-object": {
    stage: "request",
    sentence: "the request on stdin is JSON but not an object",
    hint: REQUEST_EXAMPLE,
  },
  "request-too-deep": {
    stage: "request",
    sentence: "the request on stdin is nested deeper than 32 levels",
    hint: REQUEST_EXAMPLE,
  },
  "request-duplicate-field": {
    stage: "request",
    sentence: "a field of the request stands there twice",
    hint: REQUEST_EXAMPLE,
  },
  "request-wrong-kind": {
    stage: "request",
    sentence: "the request's kind is not CredentialProviderRequest",
    hint: REQUEST_EXAMPLE,
  },
  "request-wrong-version": {
    stage: "request",
    sentence:
      "the request's apiVersion is none of credentialprovider.kubelet.k8s.io/v1, v1beta1 and v1alpha1",
    hint: REQUEST_EXAMPLE,
  },
  "request-wrong-type": {
    stage: "request",
    sentence: "a field of the request has the wrong type",
    hint: REQUEST_EXAMPLE,
  },
  "image-missing": { stage: "request", sentence: "the request names no image", hint: REQUEST_EXAMPLE },
  "image-too-long": {
    stage: "request",
    sentence: "the image name is longer than 1,024 bytes",
    hint: REQUEST_EXAMPLE,
  },
  "image-malformed": {
    stage: "request",
    sentence: "the image name holds blanks, control characters or letters that are not ASCII",
    hint: REQUEST_EXAMPLE,
  },
  "repository-malformed": {
    stage: "request",
    sentence: "the image's path is none that a registry has, and the configuration goes by paths there",
    hint: "name the image as a registry does: small letters, digits and . _ - between single slashes",
  },

  // --- arguments, files and environment: exit 2
  "argument-unknown": { stage: "config", sentence: "an argument is not known", hint: "--help lists them" },
  "argument-unsupported": {
    stage: "config",
    sentence: "an argument of another provider asks for something that this one does not do",
    hint: "remove it from the provider's args in the kubelet's CredentialProviderConfig",
  },
  "argument-invalid": {
    stage: "config",
    sentence: "an argument has a value that it cannot have",
    hint: "--help lists the arguments",
  },
  "too-many-arguments": {
    stage: "config",
    sentence: "more than one file is named in the arguments",
    hint: "name at most one azure.json",
  },
  "cache-command-incomplete": {
    stage: "config",
    sentence: "the word cache is not followed by what it takes",
    hint: "write cache list, cache clear, or cache warm IMAGE and more images; --help says what each does",
  },
  "azure-config-unreadable": {
    stage: "config",
    sentence: "the azure.json that the arguments name cannot be read",
    hint: "check the path in the provider's args and that this user may read it",
  },
  "azure-config-malformed": {
    stage: "config",
    sentence:
      "the azure.json that the arguments name is not a JSON or YAML object, or a field of it has a value that it cannot have",
    hint: "compare it with the node's /etc/kubernetes/azure.json",
  },
  "azure-config-incomplete": {
    stage: "config",
    sentence: "the azure.json that the arguments name selects no usable identity",
    hint: "set useManagedIdentityExtension, or tenantId with aadClientId and aadClientSecret",
  },
  "config-unreadable": {
    stage: "config",
    sentence: "the configuration file cannot be read",
    hint: "check the path after --config and that this user may read it",
  },
  "config-invalid": {
    stage: "config",
    sentence: "the configuration file has faults",
    hint: "correct them: docs/reference/configuration.md says what each key takes, config/schema.json lets an editor check it",
  },
  "file-unsafe": {
    stage: "config",
    sentence: "a file can be changed or read by others than root and this user",
    hint: "chown it to root; chmod go-w it and the folders above it, and chmod 0600 it if it holds a secret, which also disables its access control list",
  },
  "referenced-file-missing": {
    stage: "config",
    sentence: "a file that the configuration file or the environment names is not there, or is empty",
    hint: "correct its path, or look at what should have written it",
  },
  "variable-missing": {
    stage: "config",
    sentence: "a variable that the configuration file names is not set",
    hint: "set it in the provider's env in the kubelet's CredentialProviderConfig",
  },
  "certificate-file-invalid": {
    stage: "config",
    sentence: "the application's certificate cannot be used",
    hint: "certificateFile or AZURE_CLIENT_CERTIFICATE_PATH names one PEM file with a certificate in force and its RSA key, not encrypted; of a PFX file: openssl pkcs12 -in FILE.pfx -nodes -out FILE.pem",
  },
  "azure-environment-file-invalid": {
    stage: "config",
    sentence: "the file that AZURE_ENVIRONMENT_FILEPATH names does not describe a cloud",
    hint: "it is the JSON of the Azure SDK for Go: containerRegistryDNSSuffix holds the suffix of the registries, activeDirectoryEndpoint the sign-in host; or unset the variable",
  },
  "google-credentials-file-invalid": {
    stage: "config",
    sentence: "Google's credentials file cannot be used",
    hint: "google.credentialsFile or GOOGLE_APPLICATION_CREDENTIALS names a service account's key, or a credential configuration of type external_account as gcloud makes it, with a source of kind file, url on the node, or AWS",
  },
  "docker-config-malformed": {
    stage: "config",
    sentence: "the docker configuration is not what docker or a Secret's .dockerconfigjson has",
    hint: 'write it as {"auths":{"HOST":{"auth":"base64 of user:password"}}}: a Secret\'s manifest is none, the decoded .dockerconfigjson in it is',
  },
  "static-login-missing": {
    stage: "config",
    sentence: "the docker configuration has no login for this registry",
    hint: "add one to its auths: the key is the image's host, with its port if it has one, and the beginning of the path if the login is for a part of it",
  },
  "static-login-unusable": {
    stage: "config",
    sentence: "the login that the rule names cannot be used",
    hint: "give the registry a user name and a password: in auths of the docker configuration, or by usernameFile and passwordFile",
  },
  "environment-unsafe": {
    stage: "config",
    sentence: "the environment holds a variable under which Node.js would print or accept what it must not",
    hint: "remove it from the kubelet's environment and from the provider's env",
  },
  "environment-unknown": {
    stage: "config",
    sentence: "an environment variable with this program's prefix is not known",
    hint: "the known ones are REGISTRY_CREDENTIAL_PROVIDER_PLATFORM and REGISTRY_CREDENTIAL_PROVIDER_CACHE; name the configuration file by --config=FILE in the provider's args",
  },
  "environment-invalid": {
    stage: "config",
    sentence: "an environment variable has a value that it cannot have",
    hint: "docs/reference/environment.md says what each variable takes",
  },
  "ca-file-invalid": {
    stage: "config",
    sentence: "a file of certificate authorities cannot be used",
    hint: "correct the file, which must be PEM with only certificates, or the variable that names it (NODE_EXTRA_CA_CERTS, SSL_CERT_FILE)",
  },
  "aws-environment-keys-incomplete": {
    stage: "config",
    sentence: "the environment holds only a part of an AWS access key",
    hint: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the provider's env, with AWS_SESSION_TOKEN for temporary keys, or none of them",
  },
  "aws-web-identity-file-invalid": {
    stage: "config",
    sentence: "the web identity token cannot be used",
    hint: "set AWS_ROLE_ARN beside AWS_WEB_IDENTITY_TOKEN_FILE; the file must contain a token, and this user must be able to read it",
  },
  "aws-profile-missing": {
    stage: "config",
    sentence: "the shared AWS files do not contain a profile that is named",
    hint: "correct the name, or the files: AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE (or HOME) in the provider's env, or profile and configFile of the rule; a profile is [profile NAME] in the config file and [NAME] in the credentials file",
  },
  "aws-file-malformed": {
    stage: "config",
    sentence: "a shared AWS file cannot be parsed",
    hint: "correct that line: a section is [default] or [profile NAME] ([NAME] in the credentials file), a key is NAME = VALUE, set once, and starts in the column of the keys above it",
  },
  "aws-profile-setting-invalid": {
    stage: "config",
    sentence: "a setting of the shared AWS profile cannot be used",
    hint: "correct or remove that key, or give the provider a profile or a file of its own by AWS_PROFILE or AWS_CONFIG_FILE",
  },

  // --- who asks: exit 1
  "pod-token-malformed": {
    stage: "identity",
    sentence: "the request's token is not a ServiceAccount's",
    hint: "the kubelet gets it from the API server: look for what stands between, or compare the token by hand",
  },
  "pod-token-expired": {
    stage: "identity",
    sentence: "the pod's token has expired",
    hint: "check the node's clock and whether the kubelet reaches the API server, which renews the token",
  },
  "pod-token-wrong-audience": {
    stage: "identity",
    sentence: "the pod's token is for another audience",
    hint: "set tokenAttributes.serviceAccountTokenAudience of this provider in the kubelet's CredentialProviderConfig to the audience that is wanted, or subjectTokenAudience of the rule to the one that came",
  },
  "pod-token-missing": {
    stage: "identity",
    sentence: "the rule wants the pod's identity, and the request carries no token",
    hint: "set tokenAttributes of this provider in the kubelet's CredentialProviderConfig; for static pods, which have no ServiceAccount, set identity: pod-then-node",
  },
  "pod-identity-missing": {
    stage: "identity",
    sentence: "the request carries a pod's token, and nothing names an identity for it",
    hint: "either name one, by an annotation of the ServiceAccount that the kubelet passes on or in a rule of the configuration file; or let a rule say identity: pod-then-node, and the node's identity is used",
  },
  "service-account-not-allowed": {
    stage: "identity",
    sentence: "the rule is not for this ServiceAccount",
    hint: "add it to allow.serviceAccounts of the rule, as NAMESPACE/NAME, if it is to pull this image",
  },
  "rule-missing": {
    stage: "identity",
    sentence: "requireRule is set, and no rule matches the image",
    hint: "add a rule for the image to the configuration file, or remove requireRule",
  },
  "repository-not-allowed": {
    stage: "identity",
    sentence: "the rule is not for this repository",
    hint: "add it to allow.repositories of the rule, if it is to be pulled with this login",
  },
  "annotation-malformed": {
    stage: "identity",
    sentence: "an annotation of the ServiceAccount has a value that it cannot have",
    hint: "correct it: docs/reference/identities.md lists the annotations and what each takes",
  },
  "annotation-not-allowed": {
    stage: "identity",
    sentence: "an annotation of the ServiceAccount names an identity that the rule does not allow",
    hint: "add it to the rule's allow.annotationRoles, allow.annotationServiceAccounts or allow.annotationClients, if the ServiceAccount is to have it",
  },
  "aws-no-fips-endpoint": {
    stage: "config",
    sentence: "AWS has no FIPS endpoint of the service in this region",
    hint: "choose a region with FIPS endpoints, or remove what requires FIPS: the registry's name with -fips, AWS_USE_FIPS_ENDPOINT or use_fips_endpoint; no request is sent to another endpoint",
  },
  "aws-role-partition-mismatch": {
    stage: "identity",
    sentence: "the role is of another AWS partition than the registry",
    hint: "name a role of the registry's partition",
  },
  "subject-token-file-invalid": {
    stage: "identity",
    sentence: "the file with the subject token cannot be used",
    hint: "look at what writes the file that subjectToken of the rule, AZURE_FEDERATED_TOKEN_FILE or credential_source of a credential configuration names: it must hold one token in force, for the audience that is wanted",
  },
  "platform-mismatch": {
    stage: "identity",
    sentence: "this node runs on another cloud than the one whose identity it is to have",
    hint: "pull from a registry of this node's cloud, or name a way to an identity of the other one in a rule of the configuration file: docs/guides/ has each way",
  },
  "platform-without-metadata": {
    stage: "identity",
    sentence: "this node runs on no cloud whose metadata service could be asked",
    hint: "if the node does run on the cloud that is named, set REGISTRY_CREDENTIAL_PROVIDER_PLATFORM; otherwise name an identity in a rule of the configuration file: docs/guides/ has each way",
  },
  "file-unreadable": {
    stage: "identity",
    sentence: "a file cannot be read",
    hint: "check that it is a regular file of sensible size and that this user may read it",
  },
  "aws-container-endpoint-invalid": {
    stage: "identity",
    sentence: "the container credentials endpoint cannot be used",
    hint: "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, loopback, 169.254.170.2, 169.254.170.23 or [fd00:ec2::23], and its token file readable",
  },
  "aws-container-refused": {
    stage: "identity",
    sentence: "the container credentials endpoint gave no credentials",
    hint: "check the EKS Pod Identity association or the task role, and the endpoint's own log",
  },
  "aws-profile-unusable": {
    stage: "identity",
    sentence: "the shared profile holds no credentials that a node can use",
    hint: "use static keys, credential_process, or role_arn with source_profile, credential_source or web_identity_token_file",
  },
  "aws-process-failed": {
    stage: "identity",
    sentence: "the credential_process gave no credentials",
    hint: "run the command as root with the kubelet's environment and the provider's env; it must be a program, not a shell command, and print Version 1 JSON",
  },
  "aws-sts-refused": {
    stage: "identity",
    sentence: "STS refused to let the role be assumed",
    hint: "check that the role's trust policy names this identity (aud, sub, external id) and, where the role is assumed with other credentials, that those may sts:AssumeRole",
  },
  "aws-sts-token-rejected": {
    stage: "identity",
    sentence: "STS did not accept the web identity token",
    hint: "check that the token is not expired and that its issuer is an OIDC provider of the role's account",
  },
  "aws-federation-disabled": {
    stage: "identity",
    sentence: "the node's AWS account gives no tokens for other clouds",
    hint: "let an administrator of the account enable outbound web identity federation (iam:EnableOutboundWebIdentityFederation), and let the other cloud trust the issuer that this gives it",
  },
  "aws-federation-refused": {
    stage: "identity",
    sentence: "the node's AWS identity may not ask for a token for another cloud",
    hint: "allow it sts:GetWebIdentityToken; where the policy has conditions, with this sts:IdentityTokenAudience, sts:SigningAlgorithm RS256 and up to 3600 sts:DurationSeconds",
  },
  "aws-federation-session-too-short": {
    stage: "identity",
    sentence: "the node's AWS session ends before a token for another cloud could",
    hint: "renew what writes the credentials: 60 s must be left of them. An instance's role renews itself, so check the node's clock too",
  },
  "aws-federation-token-too-large": {
    stage: "identity",
    sentence: "the token for another cloud would be larger than AWS makes them",
    hint: "take tags off the role or the session: they all stand in the token",
  },
  "aws-metadata-disabled": {
    stage: "identity",
    sentence:
      "no AWS credentials are set and AWS_EC2_METADATA_DISABLED forbids to ask for the instance's role",
    hint: "remove AWS_EC2_METADATA_DISABLED, or set credentials in the provider's env",
  },
  "aws-instance-has-no-role": {
    stage: "identity",
    sentence: "the instance has no IAM role",
    hint: "attach an instance profile whose role may ecr:GetAuthorizationToken; right after boot it appears within seconds and the kubelet tries again",
  },
  "aws-role-not-assumable": {
    stage: "identity",
    sentence: "EC2 could not assume the instance's role",
    hint: "check that the role of the instance profile exists and that its trust policy names ec2.amazonaws.com",
  },
  "metadata-refused": {
    stage: "identity",
    sentence: "the metadata service refused the connection",
    hint: "check that the instance has its metadata service enabled and that no firewall rule of the node blocks it",
  },
  "metadata-timeout": {
    stage: "identity",
    sentence: "the metadata service did not answer",
    hint: "check firewall rules and network policies for the metadata address; on AWS, a kubelet in a container needs an IMDSv2 hop limit of 2",
  },
  "metadata-forbidden": {
    stage: "identity",
    sentence: "the metadata service refused the request",
    hint: "check that metadata access is enabled for this instance, on Google Cloud that it has a scope for registries, and that nothing (a proxy, a concealment agent) stands between",
  },
  "metadata-not-ready": {
    stage: "identity",
    sentence: "the metadata service is not ready",
    hint: "usual in the first minute of a node; the kubelet tries again. If it stays, look at the cloud's status of the instance and its identity",
  },
  "metadata-wrong-service": {
    stage: "identity",
    sentence: "what answers at the metadata address is not this cloud's metadata service",
    hint: "check the metadata variables in the provider's env, and that the node runs on this cloud",
  },
  "google-instance-has-no-service-account": {
    stage: "identity",
    sentence: "the instance has no service account",
    hint: "attach a service account with roles/artifactregistry.reader to the instance (or node pool)",
  },
  "google-universe-mismatch": {
    stage: "identity",
    sentence: "the identity belongs to another Google Cloud universe than the image's registry",
    hint: "pull from a registry of the identity's own universe; its token is not sent elsewhere",
  },
  "google-cluster-unknown": {
    stage: "identity",
    sentence: "the metadata server does not know the GKE cluster that this node is of",
    hint: "set projectId, location and clusterName under google.gke in the rule",
  },
  "google-federation-refused": {
    stage: "identity",
    sentence: "Google's Security Token Service did not accept the subject token",
    hint: "compare the token's issuer, audience and subject with the provider's issuer, allowed audiences, attribute mapping and attribute condition; the issuer's keys must be reachable for Google, or uploaded to the provider",
  },
  "google-provider-unknown": {
    stage: "identity",
    sentence: "Google knows no such workload identity provider, or it is disabled",
    hint: "check the project's number, pool and provider in google.workloadIdentityProvider; for GKE's own pool that the cluster has Workload Identity Federation",
  },
  "google-impersonation-refused": {
    stage: "identity",
    sentence: "the service account may not be impersonated",
    hint: "check its email, and grant roles/iam.workloadIdentityUser on it to the federated principal, or roles/iam.serviceAccountTokenCreator to the service account that impersonates it; its project must have the IAM Credentials API",
  },
  "google-scope-missing": {
    stage: "identity",
    sentence: "the instance's token has no scope for impersonating a service account",
    hint: "give the instance (or node pool) the scope cloud-platform; what it may do is still decided by IAM",
  },
  "google-key-refused": {
    stage: "identity",
    sentence: "Google did not accept the service account's key",
    hint: "check that key and account are neither deleted nor disabled, and the node's clock",
  },
  "azure-cloud-mismatch": {
    stage: "identity",
    sentence: "the node belongs to another Azure cloud than the image's registry",
    hint: "if it is the same, name it: cloud in azure.json, or AZURE_ENVIRONMENT in the provider's env (docs/reference/environment.md lists the names); or let a rule name an application of the registry's cloud. A token is not sent to another cloud",
  },
  "azure-identity-not-found": {
    stage: "identity",
    sentence: "the node has no such managed identity",
    hint: "assign it to the VM or scale set, or correct the id in the rule, userAssignedIdentityID or AZURE_CLIENT_ID",
  },
  "azure-identity-ambiguous": {
    stage: "identity",
    sentence: "the node has several managed identities and none is named",
    hint: "name one by clientId in a rule, by AZURE_CLIENT_ID in the provider's env or by userAssignedIdentityID in azure.json",
  },
  "azure-arc-challenge-failed": {
    stage: "identity",
    sentence: "the Azure Arc agent's challenge could not be answered",
    hint: "run as root or as a member of himds, so that /var/opt/azcmagent/tokens can be read, and check the agent",
  },
  "entra-no-federated-credential": {
    stage: "identity",
    sentence: "no federated credential of the application in Microsoft Entra fits the token",
    hint: "compare issuer, subject and audience of the application's (or managed identity's) federated credential with the token's, letter by letter; a new one takes some minutes to work",
  },
  "entra-assertion-rejected": {
    stage: "identity",
    sentence: "Microsoft Entra did not accept the token that was to prove the application",
    hint: "check that Entra can fetch the keys of the token's issuer from its URL, that one of them has signed it, by RS256, and that it lives for no more than a day",
  },
  "entra-assertion-expired": {
    stage: "identity",
    sentence:
      "Microsoft Entra holds the token that was to prove the application for expired or not in force yet",
    hint: "compare the node's clock with the time; a token from a file must be renewed by whoever writes it",
  },
  "entra-secret-rejected": {
    stage: "identity",
    sentence: "Microsoft Entra did not accept the application's secret",
    hint: "make a new secret for the application if it has expired, and compare its value (not its id) with clientSecretFile or clientSecretEnv of the rule, AZURE_CLIENT_SECRET, or aadClientSecret in azure.json",
  },
  "entra-application-unknown": {
    stage: "identity",
    sentence: "the tenant in Microsoft Entra has no such application",
    hint: "compare the client id with the application's (not its object id), and the tenant with the one that it is registered or installed in",
  },
  "entra-tenant-unknown": {
    stage: "identity",
    sentence: "Microsoft Entra of the registry's cloud has no such tenant",
    hint: "compare tenantId with the directory's id; the tenant must be of the same Azure cloud (public, US Government, China, a sovereign one) as the registry, whose sign-in host is asked",
  },
  "entra-resource-unknown": {
    stage: "identity",
    sentence: "Microsoft Entra gives the identity no token for what was asked",
    hint: "of subjectToken: azure, compare subjectTokenAudience with the Application ID URI of an application in the node's tenant, and assign the managed identity to it where it wants that; of a registry, the cloud does not know https://containerregistry.azure.net",
  },
  "entra-refused": {
    stage: "identity",
    sentence: "Microsoft Entra refused the client",
    hint: "look the AADSTS code up",
  },

  // --- the cloud's token: exit 1
  "aws-access-denied": {
    stage: "token",
    sentence: "the AWS identity may not ask for a registry token",
    hint: "allow ecr:GetAuthorizationToken on * (ECR Public: ecr-public:GetAuthorizationToken and sts:GetServiceBearerToken), and look at the VPC endpoint's policy and SCPs if there are any",
  },
  "aws-credentials-rejected": {
    stage: "token",
    sentence: "AWS does not know the credentials",
    hint: "check the keys, their session token, and that they belong to the registry's partition",
  },
  "aws-credentials-expired": {
    stage: "token",
    sentence: "the AWS credentials are expired",
    hint: "renew what writes them; credentials of an instance role renew themselves, so check the node's clock too",
  },
  "aws-partition-mismatch": {
    stage: "identity",
    sentence: "the AWS credentials belong to another partition than the registry's and are not sent there",
    hint: "if the credentials belong to the registry's partition, set AWS_REGION in the provider's env to their region; otherwise name credentials of that partition in a rule",
  },
  "clock-skew": {
    stage: "token",
    sentence: "the node's clock is too far from the cloud's",
    hint: "start the node's time synchronisation; a difference of up to 24 h is corrected, a larger one is not",
  },
  throttled: {
    stage: "remote",
    sentence: "the service throttles its callers",
    hint: "the kubelet tries again; if it stays, raise the quota or spread the start of nodes",
  },
  "cloud-unavailable": {
    stage: "remote",
    sentence: "the service failed",
    hint: "look at the cloud's status page; the kubelet tries again",
  },
  "cloud-refused": {
    stage: "remote",
    sentence: "the service refused the request",
    hint: "look the service's error code and request id up, or give them to the cloud's support",
  },
  "response-malformed": {
    stage: "remote",
    sentence: "the service's answer lacks what it should hold",
    hint: "check which service or proxy answers at this address",
  },
  "token-expired": {
    stage: "remote",
    sentence: "the service gave a token that has expired or is about to",
    hint: "check the node's clock; if it is right, the kubelet's next try may get a fresh one",
  },

  // --- the exchange at ACR: exit 1
  "acr-unauthorized": {
    stage: "exchange",
    sentence: "the registry did not accept the identity's token",
    hint: "check that registry and identity are of one tenant (tenantId in the rule or azure.json, AZURE_TENANT_ID), and that the registry's name is right",
  },
  "acr-arm-audience-rejected": {
    stage: "exchange",
    sentence: "the registry does not take tokens of the ARM audience",
    hint: "the identity's token must be for https://containerregistry.azure.net: check what issues it",
  },
  "acr-access-denied": {
    stage: "exchange",
    sentence: "the identity has no right to the registry",
    hint: "assign AcrPull, or Container Registry Repository Reader where the registry uses ABAC",
  },
  "acr-firewall-blocked": {
    stage: "exchange",
    sentence: "the registry's firewall does not let this node in",
    hint: "allow the node's address or use the registry's private endpoint",
  },

  // --- the way there: exit 1
  "dns-failed": {
    stage: "remote",
    sentence: "the name could not be resolved",
    hint: "check that the registry's name is right, the node's DNS (private zone?), and whether HTTPS_PROXY should be set",
  },
  "connection-refused": {
    stage: "remote",
    sentence: "the connection was refused",
    hint: "check firewall, endpoint and proxy",
  },
  "network-unreachable": {
    stage: "remote",
    sentence: "there is no route to the address",
    hint: "check the node's network; right after boot the kubelet tries again",
  },
  "connect-timeout": {
    stage: "remote",
    sentence: "no connection came about",
    hint: "check firewall, routes, VPC endpoint or private endpoint, and whether HTTPS_PROXY should be set",
  },
  "connection-lost": {
    stage: "remote",
    sentence: "the connection broke before the answer was whole",
    hint: "check what stands between node and service; the kubelet tries again",
  },
  "response-timeout": {
    stage: "remote",
    sentence: "the answer did not come in time",
    hint: "check what stands between node and service, and the cloud's status page",
  },
  "response-too-large": {
    stage: "remote",
    sentence: "the answer is larger than it can rightly be",
    hint: "check which service or proxy answers at this address",
  },
  "response-not-json": {
    stage: "remote",
    sentence: "the answer is a web page or other text, not the service's",
    hint: "a proxy or firewall answers in its place: allow the destination there",
  },
  "redirect-refused": {
    stage: "remote",
    sentence: "the service sent a redirect, which is never followed",
    hint: "check which service or proxy answers at this address",
  },
  "destination-blocked": {
    stage: "remote",
    sentence: "a library wanted to reach a host that this login has no business with",
    hint: "please report this line: it is a bug or an attack",
  },
  "tls-untrusted": {
    stage: "remote",
    sentence: "the certificate is of an authority that is not trusted here, or expired",
    hint: "behind an inspecting proxy, name its authority by NODE_EXTRA_CA_CERTS; check the node's clock",
  },
  "tls-wrong-name": {
    stage: "remote",
    sentence: "the certificate is for another name",
    hint: "check DNS and proxy: someone else answers for this host",
  },
  "tls-failed": {
    stage: "remote",
    sentence: "no TLS connection came about",
    hint: "check what stands between node and service",
  },
  "proxy-unreachable": {
    stage: "remote",
    sentence: "the proxy cannot be reached",
    hint: "check HTTPS_PROXY in the kubelet's environment and the provider's env",
  },
  "proxy-refused": {
    stage: "remote",
    sentence: "the proxy refused to connect",
    hint: "allow the destination in the proxy, or list it in NO_PROXY",
  },
  "proxy-authentication-required": {
    stage: "remote",
    sentence: "the proxy wants other credentials",
    hint: "put user and password into HTTPS_PROXY",
  },

  // --- the cache, of which no run fails but its commands: exit 1
  "cache-disabled": {
    stage: "cache",
    sentence: "there is no cache",
    hint: "name a folder on tmpfs in REGISTRY_CREDENTIAL_PROVIDER_CACHE or in cache.directory of the configuration file; without either only root has one",
  },
  "cache-unusable": {
    stage: "cache",
    sentence: "the cache is not used",
    hint: 'let root, or whoever runs the provider, own a folder of mode 0700 on tmpfs, and name it in REGISTRY_CREDENTIAL_PROVIDER_CACHE or cache.directory; or turn it off by cache: "off". Until then logins are fetched each time',
  },

  // --- ourselves: exit 1
  "deadline-exceeded": {
    stage: "internal",
    sentence: "the deadline of 45 s passed",
    hint: "what is named after the colon hung: check the network to it; the kubelet tries again",
  },
  "stdout-closed": {
    stage: "internal",
    sentence: "the answer could not be written",
    hint: "the reader of stdout went away",
  },
  internal: {
    stage: "internal",
    sentence: "an unforeseen error in this program",
    hint: "please report it with the request's image and this line",
  },
} as const satisfies Readonly<Record<string, ErrorKind>>;

export type ErrorCode = keyof typeof ERROR_CODES;
