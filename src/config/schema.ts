/**
 * The schema of the configuration file. Its types, its validation, `config/schema.json` and docs/reference/configuration-keys.md
 * are derived from it. It is a JSON Schema (draft 2020-12) with the keywords that `validate/schema-types.ts` lists. A `title`
 * completes the sentence "… is not". `writeOnly` marks a value that may be a secret by mistake, with everything below it: it is
 * never shown.
 */
import {
  GUID_PATTERN,
  ROLE_ARN_PATTERN,
  SERVICE_ACCOUNT_PATTERN,
  TENANT_PATTERN,
} from "../formats/id-patterns.ts";
import type { TypeOf } from "./validate/schema-types.ts";

const PATH = { type: "string", pattern: "^/[ -~]{1,1023}$", title: "an absolute path" } as const;
const SECRET_PATH = { ...PATH, writeOnly: true } as const;
const VARIABLE = {
  type: "string",
  pattern: "^[A-Za-z_][A-Za-z0-9_]{0,127}$",
  title: "the name of an environment variable",
  writeOnly: true,
} as const;
const ROLE = {
  type: "string",
  pattern: ROLE_ARN_PATTERN,
  title: "the ARN of an IAM role",
} as const;
const EXTERNAL_ID = {
  type: "string",
  pattern: "^[A-Za-z0-9_+=,.@:/-]{2,1224}$",
  title: "an AWS external ID",
  writeOnly: true,
} as const;
const ENDPOINT = {
  type: "string",
  pattern: "^https://[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[0-9]{1,5})?$",
  title: "https:// and an exact host, without a path",
  writeOnly: true,
} as const;
const EMAIL = {
  type: "string",
  pattern: `^${SERVICE_ACCOUNT_PATTERN}$`,
  title: "the email of a Google service account",
} as const;
const GUID = {
  type: "string",
  pattern: GUID_PATTERN,
  title: "an id such as 00000000-0000-0000-0000-000000000000",
} as const;
const TENANT = {
  type: "string",
  pattern: TENANT_PATTERN,
  title: "a tenant's id or domain",
} as const;
const HOST = {
  type: "string",
  pattern: "^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[0-9]{1,5})?$",
  title: "a host in lower case, with or without a port",
} as const;
const PLACE = {
  type: "string",
  pattern: "^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[0-9]{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$",
  title:
    "a host in lower case, with or without a port and a path, whose segments are letters and digits separated by . _ or -",
} as const;
const SUBJECT_TOKEN = {
  type: "string",
  pattern: "^(request|google|aws|azure|file:/[ -~]{1,1023})$",
  title: "request, google, aws, azure or file:PATH",
  writeOnly: true,
  description:
    "the source of the token that is exchanged for an identity: the pod's token (`request`), a file, or the node's cloud",
} as const;
const AUDIENCE = {
  type: "string",
  pattern: "^[!-~]{1,512}$",
  title: "an audience without spaces",
  description: "the audience of the subject token, if it is not the default of the target",
} as const;

const AWS = {
  type: "object",
  additionalProperties: false,
  description: "an AWS identity, for ECR and ECR Public",
  properties: {
    roleArn: {
      ...ROLE,
      description:
        "the role to assume: with the pod's token, with another subject token, or with the node's own credentials",
    },
    externalId: {
      ...EXTERNAL_ID,
      description: "the external ID for `roleArn`, if the role is assumed with the node's own credentials",
    },
    chain: {
      type: "array",
      minItems: 1,
      maxItems: 3,
      description:
        "roles to assume after that, each with the credentials of the one before (role chaining), for example in another account",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["roleArn"],
        properties: {
          roleArn: { ...ROLE, description: "the role to assume" },
          externalId: {
            ...EXTERNAL_ID,
            description: "the external ID that the role's trust policy requires",
          },
        },
      },
    },
    podIdentity: {
      type: "boolean",
      description: "`true`: the pod's token is exchanged by the EKS Pod Identity Agent on the node",
    },
    profile: {
      type: "string",
      pattern: "^[ -~]{1,128}$",
      title: "the name of a profile",
      description: "the profile in the AWS shared files to take the node's credentials from",
    },
    configFile: {
      ...SECRET_PATH,
      description: "the shared config file with the profile, instead of AWS_CONFIG_FILE",
    },
    region: {
      type: "string",
      // The areas of all partitions: clouds/aws/partitions.ts. A name outside of them would state no partition.
      pattern: "^([a-z]{2}|us-gov|us-iso[bf]?|eu-isoe|eusc-[a-z]{2})-[a-z]{4,9}-[1-9][0-9]?$",
      title: "a region of AWS",
      description: "the region of STS; default: the region of the registry",
    },
    // STS takes no token that it made itself (IAM User Guide, "Federating AWS identities to external services").
    subjectToken: {
      ...SUBJECT_TOKEN,
      pattern: "^(request|google|azure|file:/[ -~]{1,1023})$",
      title: "request, google, azure or file:PATH",
    },
    subjectTokenAudience: AUDIENCE,
    endpoints: {
      type: "object",
      additionalProperties: false,
      description: "the endpoints of the services, such as VPC endpoints",
      properties: {
        ecr: { ...ENDPOINT, description: "the endpoint of ECR" },
        ecrPublic: { ...ENDPOINT, description: "the endpoint of ECR Public" },
        sts: { ...ENDPOINT, description: "the endpoint of STS" },
      },
    },
  },
} as const;

const GOOGLE = {
  type: "object",
  additionalProperties: false,
  description: "a Google Cloud identity, for Artifact Registry and gcr.io",
  properties: {
    workloadIdentityProvider: {
      type: "string",
      pattern:
        "^projects/[0-9]{1,30}/locations/global/workloadIdentityPools/[a-z0-9-]{1,100}/providers/[a-z0-9-]{1,100}$",
      title: "projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER",
      description: "the workload identity provider that trusts the subject token",
    },
    gke: {
      type: "object",
      additionalProperties: false,
      description:
        "exchanges the pod's token at GKE's workload identity pool; missing values come from the metadata server",
      properties: {
        projectId: {
          type: "string",
          pattern: "^([a-z0-9.-]{1,100}:)?[a-z0-9-]{1,100}$",
          title: "the id of a project",
          description: "the project of the pool `PROJECT.svc.id.goog`",
        },
        location: {
          type: "string",
          pattern: "^[a-z0-9-]{1,64}$",
          title: "a zone or region",
          description: "the location of the cluster",
        },
        clusterName: {
          type: "string",
          pattern: "^[a-z0-9-]{1,64}$",
          title: "the name of a cluster",
          description: "the name of the cluster",
        },
        optIn: {
          type: "boolean",
          description:
            '`true`: only ServiceAccounts with the annotation `iam.gke.io/enable-wi-image-pull: "true"` have an identity',
        },
      },
    },
    serviceAccount: { ...EMAIL, description: "the service account to impersonate after that" },
    credentialsFile: {
      ...SECRET_PATH,
      description:
        "the file with a service account key, or with a credential configuration of type `external_account`",
    },
    subjectToken: {
      ...SUBJECT_TOKEN,
      pattern: "^(request|google|aws|aws-signed|azure|file:/[ -~]{1,1023})$",
      title: "request, google, aws, aws-signed, azure or file:PATH",
    },
    subjectTokenAudience: AUDIENCE,
    endpoints: {
      type: "object",
      additionalProperties: false,
      description: "the endpoints of the services, such as Private Service Connect",
      properties: {
        sts: { ...ENDPOINT, description: "the endpoint that exchanges tokens" },
        iamCredentials: { ...ENDPOINT, description: "the endpoint that impersonates service accounts" },
        oauth2: { ...ENDPOINT, description: "the endpoint that exchanges a service account key" },
      },
    },
  },
} as const;

const AZURE = {
  type: "object",
  additionalProperties: false,
  description: "a Microsoft Entra identity, for Azure Container Registry",
  writeOnly: true,
  properties: {
    tenantId: { ...TENANT, description: "the tenant of the application" },
    clientId: {
      ...GUID,
      description: "the client ID of the application, or of a managed identity of the node",
    },
    resourceId: {
      type: "string",
      pattern: "^/subscriptions/[A-Za-z0-9/._()-]{1,1000}$",
      title: "the resource id of a managed identity",
      description: "the resource ID of a managed identity of the node",
    },
    objectId: { ...GUID, description: "the object ID of a managed identity of the node" },
    clientSecretFile: { ...SECRET_PATH, description: "the file with the application's client secret" },
    clientSecretEnv: {
      ...VARIABLE,
      description: "the variable in the provider's `env` with the application's client secret",
    },
    certificateFile: {
      ...SECRET_PATH,
      description: "the PEM file with the application's certificate and private key",
    },
    subjectToken: SUBJECT_TOKEN,
    subjectTokenAudience: AUDIENCE,
    endpoints: {
      type: "object",
      additionalProperties: false,
      description: "the endpoints of the services",
      properties: { authority: { ...ENDPOINT, description: "the sign-in host of Microsoft Entra" } },
    },
  },
} as const;

const STATIC = {
  type: "object",
  additionalProperties: false,
  description: "a login from a file or a variable, for any registry",
  writeOnly: true,
  properties: {
    dockerConfig: {
      ...SECRET_PATH,
      description: "a docker `config.json`, or the `.dockerconfigjson` of a Secret",
    },
    username: {
      type: "string",
      pattern: "^[!-~]{1,255}$",
      title: "a user name without spaces",
      description: "the user name",
    },
    usernameFile: { ...SECRET_PATH, description: "the file with the user name" },
    passwordFile: { ...SECRET_PATH, description: "the file with the password" },
    passwordEnv: { ...VARIABLE, description: "the variable in the provider's `env` with the password" },
    cacheDuration: {
      type: "string",
      pattern: "^([0-9]{1,2}h)?([0-9]{1,4}m)?([0-9]{1,5}s)?$",
      minLength: 2,
      title: "a duration such as 30s, 5m or 1h30m",
      description:
        "how long the kubelet may cache the login, at most `24h`; default `5m`; less than `1m` disables caching",
    },
  },
} as const;

/** The formats of patterns in `allow` that can match at all: a `*` never matches `/` or `:`. */
const ACCOUNT_GLOB = {
  type: "string",
  pattern: "^[a-z0-9*]([a-z0-9*-]{0,61}[a-z0-9*])?/[a-z0-9*]([a-z0-9*.-]{0,251}[a-z0-9*])?$",
  title: "NAMESPACE/NAME, such as shop/* (to allow all, remove the key)",
} as const;
const ROLE_GLOB = {
  type: "string",
  pattern:
    "^arn:(aws[a-z-]{0,20}|[a-z-]{0,20}\\*[a-z*-]{0,20}):iam::([0-9]{12}|[0-9]{0,11}\\*[0-9*]{0,11}):role/[A-Za-z0-9_+=,.@/*-]{1,512}$",
  title:
    "the ARN of an IAM role, with an optional * in each part, such as arn:aws:iam::111122223333:role/pull-*",
} as const;
const EMAIL_GLOB = {
  type: "string",
  pattern: "^[a-z0-9*-]{1,100}@[a-z0-9.*-]{1,200}\\.gserviceaccount\\.com$",
  title: "the email of a Google service account, such as *@PROJECT.iam.gserviceaccount.com",
} as const;
const CLIENT_GLOB = {
  type: "string",
  pattern: "^[A-Za-z0-9*.-]{1,253}/([0-9a-fA-F-]{36}|[0-9a-fA-F-]{0,36}\\*[0-9a-fA-F*-]{0,36})$",
  title: "TENANT/CLIENT, such as TENANT/*",
} as const;
const REPOSITORY_GLOB = {
  type: "string",
  pattern: "^[a-z0-9*]+([._-]+[a-z0-9*]+)*(/[a-z0-9*]+([._-]+[a-z0-9*]+)*)*$",
  title: "the path of a repository without host, tag, digest or a slash at its ends",
} as const;

const ALLOW = {
  type: "object",
  additionalProperties: false,
  description:
    "the pods and annotations that the rule allows. In all patterns `*` matches any characters except `/` and `:`",
  properties: {
    serviceAccounts: {
      type: "array",
      minItems: 1,
      items: ACCOUNT_GLOB,
      description: "the ServiceAccounts that may use the rule; default: all",
    },
    annotationRoles: {
      type: "array",
      minItems: 1,
      items: ROLE_GLOB,
      description: "the roles that an annotation may request; default: none",
    },
    annotationServiceAccounts: {
      type: "array",
      minItems: 1,
      items: EMAIL_GLOB,
      description: "the Google service accounts that an annotation may request; default: none",
    },
    annotationClients: {
      type: "array",
      minItems: 1,
      items: CLIENT_GLOB,
      description: "the Entra applications that annotations may request; default: none",
    },
    repositories: {
      type: "array",
      minItems: 1,
      items: REPOSITORY_GLOB,
      description: "the repositories, or prefixes of their paths, that may be pulled; default: all",
    },
  },
} as const;

export const RULE = {
  type: "object",
  additionalProperties: false,
  required: ["match"],
  properties: {
    match: {
      type: "array",
      minItems: 1,
      description:
        "patterns of images, as in the kubelet's `matchImages`: a `*` matches within one label of the host; a path matches all images below it",
      items: {
        type: "string",
        pattern: "^[!-~]{1,512}$",
        title: "a pattern of printable characters without spaces",
      },
    },
    registry: {
      ...HOST,
      description:
        "the registry behind the exact hosts in `match`, which are custom domains or proxies of it",
    },
    identity: {
      type: "string",
      enum: ["pod", "node", "pod-then-node"],
      description:
        "the identity that logs in: the pod's, the node's, or (`pod-then-node`) the pod's if its ServiceAccount has one, and otherwise the node's. Default: `node` if the rule has a file, a profile, a secret or a token of the node; otherwise the pod's identity if the request has its token, and the node's if not",
    },
    aws: AWS,
    google: GOOGLE,
    azure: AZURE,
    static: STATIC,
    allow: ALLOW,
  },
} as const;

export const MIRROR = {
  type: "object",
  additionalProperties: false,
  required: ["source", "registry"],
  properties: {
    source: { ...PLACE, description: "the host in the image's name, with an optional path prefix" },
    registry: {
      ...PLACE,
      description:
        "the registry that the container runtime pulls the images from, with an optional path prefix",
    },
  },
} as const;

const CACHE = {
  description:
    "where logins are cached between runs. `off` disables the cache, as does `false`, which YAML 1.1 reads in its place",
  anyOf: [
    { type: "string", pattern: "^off$", title: "off or { directory: /a/path }" },
    { type: "boolean", enum: [false] },
    {
      type: "object",
      additionalProperties: false,
      required: ["directory"],
      properties: {
        directory: {
          ...PATH,
          description:
            "a directory on tmpfs; its last path segment is created if it is missing. Default if the provider runs as root: `/run/registry-credential-provider`",
        },
      },
    },
  ],
} as const;

export const API_VERSION = "registry-credential-provider/v1";

export const SCHEMA = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "the configuration of registry-credential-provider",
  type: "object",
  additionalProperties: false,
  required: ["apiVersion", "kind"],
  properties: {
    apiVersion: { type: "string", enum: [API_VERSION], description: "the version of this format" },
    kind: { type: "string", enum: ["Config"], description: "the kind of the file" },
    rules: {
      type: "array",
      items: RULE,
      description:
        "the first rule that matches the image is used; without a matching rule the defaults apply",
    },
    requireRule: {
      type: "boolean",
      description:
        "`true`: images of supported registries that no rule matches are refused. Default: the defaults apply to them",
    },
    mirrors: {
      type: "array",
      items: MIRROR,
      description:
        "registries whose images the container runtime pulls from another registry: the login is for that registry, and is returned under the image's own host",
    },
    cache: CACHE,
  },
} as const;

export type Config = TypeOf<typeof SCHEMA>;
export type Cache = TypeOf<typeof CACHE>;
export type Rule = TypeOf<typeof RULE>;
export type Mirror = TypeOf<typeof MIRROR>;
export type AwsRule = TypeOf<typeof AWS>;
export type GoogleRule = TypeOf<typeof GOOGLE>;
export type AzureRule = TypeOf<typeof AZURE>;
export type StaticRule = TypeOf<typeof STATIC>;
