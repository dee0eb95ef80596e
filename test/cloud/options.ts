/** The options of a fake cloud. Every option has a default: `startCloud()` alone gives three working nodes. */

export interface CloudOptions {
  /** The prefix of every secret that the cloud creates; default: `canary`. */
  readonly canary?: string;
  /** `user:password` that the proxy requires; default: none. */
  readonly proxyLogin?: string;
  readonly aws?: Partial<AwsOptions>;
  readonly google?: Partial<GoogleOptions>;
  readonly azure?: Partial<AzureOptions>;
  readonly cluster?: Partial<ClusterOptions>;
  /** Registries outside the clouds: `host[:port]` → user name → password. */
  readonly registries?: Registries;
}

export type Registries = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface AwsOptions {
  readonly partition: string;
  readonly account: string;
  readonly region: string;
  /** The instance's role; null if the instance has none. */
  readonly nodeRole: string | null;
  /** Name → permissions. The node's role is added with all permissions if it is not listed. */
  readonly roles: Readonly<Record<string, AwsRole>>;
  /** `sub` of a ServiceAccount token → its role in EKS Pod Identity. */
  readonly podRoles: Readonly<Record<string, string>>;
  /** The lifetime of temporary keys, in milliseconds. */
  readonly keyLife: number;
  /** The lifetime of ECR logins, in milliseconds. */
  readonly loginLife: number;
  /** Enables outbound web identity federation (`GetWebIdentityToken`). */
  readonly outboundFederation: boolean;
}

export interface AwsRole {
  /** IAM actions, such as `ecr:GetAuthorizationToken`; `*` for all. */
  readonly permissions: readonly string[];
  /** Default: the node's AWS account. */
  readonly account?: string;
  /** The names of the roles that may assume this one. */
  readonly trustedRoles?: readonly string[];
  readonly externalId?: string;
  /** The tokens that may assume it, through the account's OIDC provider of this issuer. `subjects`: exact `sub` claims. */
  readonly trustedTokens?: {
    readonly issuer: string;
    readonly subjects: readonly string[];
    /** The client ids of the provider and the trust policy; default: `sts.amazonaws.com`. */
    readonly audiences?: readonly string[];
  };
  /** The role's tags, which appear in its web identity tokens. */
  readonly tags?: Readonly<Record<string, string>>;
}

export interface GoogleOptions {
  readonly universe: string;
  readonly projectId: string;
  readonly projectNumber: string;
  /** The email of the instance's service account; null if it has none. */
  readonly serviceAccount: string | null;
  readonly scopes: readonly string[];
  /** The lifetime of tokens, in seconds. */
  readonly tokenLife: number;
  /** Workload identity provider (`projects/N/locations/global/workloadIdentityPools/P/providers/K`) → its trust. */
  readonly providers: Readonly<Record<string, GoogleProvider>>;
  /** URLs of GKE clusters, which are the issuers that GKE's own pool trusts. */
  readonly clusters: readonly string[];
  /** Attributes of the instance, such as a GKE node's `cluster-name` and `cluster-location`. */
  readonly attributes: Readonly<Record<string, string>>;
  /**
   * The principals that may read images: emails, and whole `principal://…` names. Default: the instance's account,
   * accounts that may be impersonated, and those with keys; no federated principal.
   */
  readonly pulls?: readonly string[];
  /** Other hosts of the services, such as those of Private Service Connect. */
  readonly privateHosts: Readonly<Record<string, "sts" | "iamcredentials" | "oauth2">>;
  /**
   * Service account email → the principals that may impersonate it: `principal://…` names of subjects, or emails of other
   * accounts.
   */
  readonly impersonation: Readonly<Record<string, readonly string[]>>;
  /** Accounts in the constraint `iam.allowServiceAccountCredentialLifetimeExtension`, whose tokens may live for 12 h instead of 1 h. */
  readonly extendedLifetime: readonly string[];
}

export type GoogleProvider = OidcProvider | AwsProvider;

export interface OidcProvider {
  readonly issuer: string;
  /** The accepted audiences of subject tokens; default: the provider's name. */
  readonly audiences?: readonly string[];
  /** The `google.subject` values that the attribute condition accepts; default all. */
  readonly subjects?: readonly string[];
}

export interface AwsProvider {
  readonly awsAccount: string;
  /** The ARNs of allowed roles, as for an OIDC provider's audiences. */
  readonly subjects?: readonly string[];
}

export type AzureCloudName = "public" | "china" | "usgov" | "bleu" | "delos" | "custom";

export interface AzureOptions {
  readonly cloud: AzureCloudName;
  readonly tenant: string;
  /** The managed identities of the machine. */
  readonly identities: readonly AzureIdentity[];
  readonly apps: readonly AzureApp[];
  /** Applications of the tenant for which managed identities may request a token. */
  readonly applications: readonly AzureApplication[];
  /** Seconds. */
  readonly tokenLife: number;
  /** The lifetime of a registry's refresh token, in seconds. */
  readonly refreshLife: number;
  /** False: the registry refuses tokens for Azure Resource Manager, as Microsoft recommends. */
  readonly armTokens: boolean;
}

export interface AzureApplication {
  /** The Application ID URI, such as `api://pull`. */
  readonly uri: string;
  /** The object ids that are assigned to the application, if it requires an assignment. */
  readonly assigned?: readonly string[];
}

export interface AzureIdentity {
  readonly kind: "system" | "user";
  readonly clientId: string;
  readonly objectId: string;
  readonly resourceId: string;
  /** The login servers from which it may pull; `*` for all. */
  readonly pulls: readonly string[];
}

export interface AzureApp {
  readonly clientId: string;
  readonly objectId: string;
  readonly secret?: string;
  /** PEM certificates. */
  readonly certificates?: readonly string[];
  readonly federated?: readonly {
    readonly issuer: string;
    readonly subject: string;
    readonly audience: string;
  }[];
  readonly pulls: readonly string[];
}

export interface ClusterOptions {
  /** The issuer of ServiceAccount tokens. */
  readonly issuer: string;
}

export interface Settings {
  readonly canary: string;
  readonly proxyLogin: string | undefined;
  readonly aws: AwsOptions;
  readonly google: GoogleOptions;
  readonly azure: AzureOptions;
  readonly cluster: ClusterOptions;
  readonly registries: Registries;
}

const HOUR = 3_600_000;

const AWS: AwsOptions = {
  partition: "aws",
  account: "123456789012",
  region: "us-east-1",
  nodeRole: "node-role",
  roles: {},
  podRoles: { "system:serviceaccount:shop:default": "node-role" },
  keyLife: 6 * HOUR,
  loginLife: 12 * HOUR,
  outboundFederation: true,
};

const GOOGLE: GoogleOptions = {
  universe: "googleapis.com",
  projectId: "shop-1",
  projectNumber: "123456",
  serviceAccount: "node@shop-1.iam.gserviceaccount.com",
  scopes: [
    "https://www.googleapis.com/auth/devstorage.read_only",
    "https://www.googleapis.com/auth/logging.write",
  ],
  tokenLife: 3599,
  providers: {},
  clusters: [],
  attributes: {},
  privateHosts: {},
  impersonation: {},
  extendedLifetime: [],
};

const AZURE: AzureOptions = {
  cloud: "public",
  tenant: "72f988bf-0000-4000-8000-000000000001",
  identities: [
    {
      kind: "system",
      clientId: "11111111-0000-4000-8000-000000000001",
      objectId: "22222222-0000-4000-8000-000000000001",
      resourceId: "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/node",
      pulls: ["*"],
    },
  ],
  apps: [],
  applications: [],
  tokenLife: 86_399,
  refreshLife: 10_800,
  armTokens: false,
};

export function applyDefaults(options: CloudOptions): Settings {
  return {
    canary: options.canary ?? "canary",
    proxyLogin: options.proxyLogin,
    aws: { ...AWS, ...options.aws },
    google: { ...GOOGLE, ...options.google },
    azure: { ...AZURE, ...options.azure },
    cluster: { issuer: "https://oidc.cluster.example", ...options.cluster },
    registries: options.registries ?? {},
  };
}
