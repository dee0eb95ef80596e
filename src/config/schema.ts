/**
 * The configuration file: the one source of its types, its validation, `config/schema.json` and docs/reference/configuration.md. A JSON
 * Schema (draft 2020-12) of the few keywords that `json-schema.ts` knows. `title` finishes the sentence "… is not"; `writeOnly`
 * marks what may hold a secret by mistake, with all that is below it: it is never shown.
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
  title: "an external id of AWS",
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
    "a host in lower case, with or without a port and a path, whose parts are letters and digits with only . _ or - between them",
} as const;
const SUBJECT_TOKEN = {
  type: "string",
  pattern: "^(request|google|aws|azure|file:/[ -~]{1,1023})$",
  title: "request, google, aws, azure or file:PATH",
  writeOnly: true,
  description:
    "where the token comes from that is exchanged for an identity: the pod's (`request`), a file, or the node's own cloud",
} as const;
const AUDIENCE = {
  type: "string",
  pattern: "^[!-~]{1,512}$",
  title: "an audience without blanks",
  description: "whom that token is for, where it is not the usual one of the target",
} as const;

const AWS = {
  type: "object",
  additionalProperties: false,
  description: "an identity of AWS, for ECR and ECR Public",
  properties: {
    roleArn: {
      ...ROLE,
      description:
        "the role to assume: with the pod's token, with another subject token, or from the node's own credentials",
    },
    externalId: {
      ...EXTERNAL_ID,
      description: "with `roleArn`, where it is assumed from the node's own credentials",
    },
    chain: {
      type: "array",
      minItems: 1,
      maxItems: 3,
      description:
        "roles to assume after that, one with the other's credentials, such as one in another account",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["roleArn"],
        properties: {
          roleArn: { ...ROLE, description: "the role to assume" },
          externalId: { ...EXTERNAL_ID, description: "what its trust policy asks for" },
        },
      },
    },
    podIdentity: {
      type: "boolean",
      description: "`true`: the pod's token is handed to the node's agent of EKS Pod Identity",
    },
    profile: {
      type: "string",
      pattern: "^[ -~]{1,128}$",
      title: "the name of a profile",
      description: "the profile of AWS's shared files that the node's own credentials are",
    },
    configFile: {
      ...SECRET_PATH,
      description: "the shared file of that profile, in place of AWS_CONFIG_FILE",
    },
    region: {
      type: "string",
      // The areas of all partitions: clouds/aws/partitions.ts. A name outside of them would state no partition.
      pattern: "^([a-z]{2}|us-gov|us-iso[bf]?|eu-isoe|eusc-[a-z]{2})-[a-z]{4,9}-[1-9][0-9]?$",
      title: "a region of AWS",
      description: "of STS; default the registry's",
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
      description: "where the services are, such as VPC endpoints",
      properties: {
        ecr: { ...ENDPOINT, description: "of ECR" },
        ecrPublic: { ...ENDPOINT, description: "of ECR Public" },
        sts: { ...ENDPOINT, description: "of STS" },
      },
    },
  },
} as const;

const GOOGLE = {
  type: "object",
  additionalProperties: false,
  description: "an identity of Google Cloud, for Artifact Registry and gcr.io",
  properties: {
    workloadIdentityProvider: {
      type: "string",
      pattern:
        "^projects/[0-9]{1,30}/locations/global/workloadIdentityPools/[a-z0-9-]{1,100}/providers/[a-z0-9-]{1,100}$",
      title: "projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER",
      description: "the provider that trusts the subject token",
    },
    gke: {
      type: "object",
      additionalProperties: false,
      description: "GKE's own pool trusts the pod's token; what is not given is asked of the metadata server",
      properties: {
        projectId: {
          type: "string",
          pattern: "^([a-z0-9.-]{1,100}:)?[a-z0-9-]{1,100}$",
          title: "the id of a project",
          description: "of the pool `PROJECT.svc.id.goog`",
        },
        location: {
          type: "string",
          pattern: "^[a-z0-9-]{1,64}$",
          title: "a zone or region",
          description: "of the cluster",
        },
        clusterName: {
          type: "string",
          pattern: "^[a-z0-9-]{1,64}$",
          title: "the name of a cluster",
          description: "of the cluster",
        },
        optIn: {
          type: "boolean",
          description:
            '`true`: only ServiceAccounts with the annotation `iam.gke.io/enable-wi-image-pull: "true"` name an identity',
        },
      },
    },
    serviceAccount: { ...EMAIL, description: "the service account to impersonate after that" },
    credentialsFile: {
      ...SECRET_PATH,
      description: "a service account's key, or a credential configuration of type `external_account`",
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
      description: "where the services are, such as Private Service Connect",
      properties: {
        sts: { ...ENDPOINT, description: "where tokens are exchanged" },
        iamCredentials: { ...ENDPOINT, description: "where service accounts are impersonated" },
        oauth2: { ...ENDPOINT, description: "where a service account's key is exchanged" },
      },
    },
  },
} as const;

const AZURE = {
  type: "object",
  additionalProperties: false,
  description: "an identity of Microsoft Entra, for Azure Container Registry",
  writeOnly: true,
  properties: {
    tenantId: { ...TENANT, description: "of the application" },
    clientId: { ...GUID, description: "of the application, or of the managed identity of the node" },
    resourceId: {
      type: "string",
      pattern: "^/subscriptions/[A-Za-z0-9/._()-]{1,1000}$",
      title: "the resource id of a managed identity",
      description: "the managed identity of the node by its resource id",
    },
    objectId: { ...GUID, description: "the managed identity of the node by its object id" },
    clientSecretFile: { ...SECRET_PATH, description: "file with the application's secret" },
    clientSecretEnv: {
      ...VARIABLE,
      description: "variable of the provider's `env` with the application's secret",
    },
    certificateFile: {
      ...SECRET_PATH,
      description: "PEM file with the application's certificate and its key",
    },
    subjectToken: SUBJECT_TOKEN,
    subjectTokenAudience: AUDIENCE,
    endpoints: {
      type: "object",
      additionalProperties: false,
      description: "where the services are",
      properties: { authority: { ...ENDPOINT, description: "of Microsoft Entra" } },
    },
  },
} as const;

const STATIC = {
  type: "object",
  additionalProperties: false,
  description: "a login from a file, for any registry",
  writeOnly: true,
  properties: {
    dockerConfig: {
      ...SECRET_PATH,
      description: "a docker `config.json`, or the `.dockerconfigjson` of a Secret",
    },
    username: {
      type: "string",
      pattern: "^[!-~]{1,255}$",
      title: "a user name without blanks",
      description: "the user name itself",
    },
    usernameFile: { ...SECRET_PATH, description: "file with the user name" },
    passwordFile: { ...SECRET_PATH, description: "file with the password" },
    passwordEnv: { ...VARIABLE, description: "variable of the provider's `env` with the password" },
    cacheDuration: {
      type: "string",
      pattern: "^([0-9]{1,2}h)?([0-9]{1,4}m)?([0-9]{1,5}s)?$",
      minLength: 2,
      title: "a duration such as 30s, 5m or 1h30m",
      description:
        "for how long the kubelet may keep it, at most `24h`; default `5m`, and under `1m` not at all",
    },
  },
} as const;

/** What a pattern of `allow` must look like to match anything: a `*` never stands for the `/` and `:` of what it matches. */
const ACCOUNT_GLOB = {
  type: "string",
  pattern: "^[a-z0-9*]([a-z0-9*-]{0,61}[a-z0-9*])?/[a-z0-9*]([a-z0-9*.-]{0,251}[a-z0-9*])?$",
  title: "NAMESPACE/NAME, such as shop/* (to allow all, leave the key out)",
} as const;
const ROLE_GLOB = {
  type: "string",
  pattern:
    "^arn:(aws[a-z-]{0,20}|[a-z-]{0,20}\\*[a-z*-]{0,20}):iam::([0-9]{12}|[0-9]{0,11}\\*[0-9*]{0,11}):role/[A-Za-z0-9_+=,.@/*-]{1,512}$",
  title:
    "the ARN of an IAM role, in whose parts a * may stand, such as arn:aws:iam::111122223333:role/pull-*",
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
  description: "who may use the rule. In all patterns `*` stands for any characters but `/` and `:`",
  properties: {
    serviceAccounts: {
      type: "array",
      minItems: 1,
      items: ACCOUNT_GLOB,
      description: "the ServiceAccounts; default all",
    },
    annotationRoles: {
      type: "array",
      minItems: 1,
      items: ROLE_GLOB,
      description: "the roles that an annotation may name; default none",
    },
    annotationServiceAccounts: {
      type: "array",
      minItems: 1,
      items: EMAIL_GLOB,
      description: "the Google service accounts that an annotation may name; default none",
    },
    annotationClients: {
      type: "array",
      minItems: 1,
      items: CLIENT_GLOB,
      description: "the Entra applications that annotations may name; default none",
    },
    repositories: {
      type: "array",
      minItems: 1,
      items: REPOSITORY_GLOB,
      description: "repositories, or the beginnings of their paths; default all",
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
        "images, as in the kubelet's `matchImages`: a `*` stands for (a part of) one label of the host; a path is the beginning of the image's, by whole segments",
      items: {
        type: "string",
        pattern: "^[!-~]{1,512}$",
        title: "a pattern of printable characters without blanks",
      },
    },
    registry: {
      ...HOST,
      description:
        "the registry that the exact hosts in `match` stand for: a custom domain or a proxy in front of it",
    },
    identity: {
      type: "string",
      enum: ["pod", "node", "pod-then-node"],
      description:
        "whose identity: the pod's, the node's, or the pod's where its ServiceAccount names one. Default: the node's if the rule names a file, a profile, a secret or a token of the node's; otherwise the pod's if the request has its token, and the node's if not",
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
    source: { ...PLACE, description: "the host, and the beginning of the path, that images name" },
    registry: {
      ...PLACE,
      description: "the registry, and the beginning of the path, that the runtime pulls them from",
    },
  },
} as const;

const CACHE = {
  description:
    "where logins are kept between runs; `off`, or `false`, which YAML 1.1 reads in its place: nowhere",
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
            "a folder on tmpfs, whose last part is made where it is missing; default `/run/registry-credential-provider` where root runs the provider",
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
    kind: { type: "string", enum: ["Config"], description: "what the file is" },
    rules: {
      type: "array",
      items: RULE,
      description: "the first that matches the image is used; without one, the defaults",
    },
    requireRule: {
      type: "boolean",
      description:
        "`true`: an image of a supported registry that no rule matches is refused. Default: it gets the defaults",
    },
    mirrors: {
      type: "array",
      items: MIRROR,
      description:
        "registries in whose place the runtime pulls from another: the login is that of the other, under the first one's name",
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
