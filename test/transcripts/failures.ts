import { HOUR } from "../../src/core/time.ts";
import { encodeRaw } from "../kubelet/encode-request.ts";
import { ACR, APP, ECR, IMDS, PKG_DEV, TENANT } from "./answers.ts";
import type { Failing, Scene } from "./scene.ts";

const V1 = "credentialprovider.kubelet.k8s.io/v1";
const good = { kind: "CredentialProviderRequest", apiVersion: V1, image: ECR };
const REFUSED_STDIN: readonly (readonly [
  what: string,
  stdin: string | Uint8Array,
  code: Failing["fails"],
])[] = [
  ["nothing", "", "request-not-json"],
  ["a token and a comma too many", `{"serviceAccountToken":"canary",}`, "request-not-json"],
  ["2 MiB and a byte", `${" ".repeat(2 * 1024 * 1024)}x`, "request-too-large"],
  ["UTF-16", Buffer.from(`\ufeff${JSON.stringify(good)}`, "utf16le"), "request-not-utf8"],
  ["a list", `[${JSON.stringify(good)}]`, "request-not-an-object"],
  ["100,000 levels", `{"x":${"[".repeat(1e5)}${"]".repeat(1e5)}}`, "request-too-deep"],
  [
    "the image twice",
    `${JSON.stringify(good).slice(0, -1)},"im\\u0061ge":"gcr.io/x"}`,
    "request-duplicate-field",
  ],
  ["another kind", JSON.stringify({ ...good, kind: "x" }), "request-wrong-kind"],
  ["version v9", JSON.stringify({ ...good, apiVersion: V1.replace("v1", "v9") }), "request-wrong-version"],
  ["an image that is a number", JSON.stringify({ ...good, image: 1 }), "request-wrong-type"],
  ["no image", JSON.stringify({ ...good, image: "" }), "image-missing"],
  [
    "an image of 1,025 bytes",
    JSON.stringify({ ...good, image: `gcr.io/${"a".repeat(1018)}` }),
    "image-too-long",
  ],
  [
    "an image with a line feed",
    encodeRaw({ apiVersion: V1, image: "gcr.io\nno login needed/x" }),
    "image-malformed",
  ],
  [
    "an image in letters that only look right",
    encodeRaw({ apiVersion: V1, image: "gcr。io/x" }),
    "image-malformed",
  ],
];

const REQUESTS = REFUSED_STDIN.map(
  ([what, stdin, fails]): Scene => ({
    name: `a request of ${what} is refused and nobody is asked`,
    image: ECR,
    stdin,
    expect: { fails, exit: 2 },
  }),
);

const azureJson = (text: string): Partial<Scene> => ({
  image: ACR,
  args: ({ file }) => [file("azure.json")],
  files: { "azure.json": text },
});
const MANAGED = JSON.stringify({ useManagedIdentityExtension: true });

const CONFIGURATION: readonly Scene[] = [
  {
    name: "an unknown argument is refused with the nearest known one",
    image: ECR,
    args: ["--authflow=gcr"],
    expect: {
      fails: "argument-unknown",
      exit: 2,
      line: 'registry-credential-provider: unknown argument: "--authflow"; the nearest known one is --authFlow. Hint: run the program with --help to list the supported arguments [code argument-unknown, stage config]',
    },
  },
  {
    name: "a flag of upstream's that asks for more than there is here is refused",
    image: ACR,
    args: ["--registry-mirror=a:b"],
    expect: { fails: "argument-unsupported", exit: 2, says: ["--registry-mirror"] },
  },
  {
    name: "a flow that Google does not have is refused",
    image: PKG_DEV,
    args: ["--authFlow=x"],
    expect: { fails: "argument-invalid", exit: 2 },
  },
  {
    name: "two files are refused",
    image: ACR,
    args: ["/a.json", "/b.json"],
    expect: { fails: "too-many-arguments", exit: 2 },
  },
  {
    name: "an azure.json that is not there is named",
    image: ACR,
    args: ["/nonexistent/azure.json"],
    expect: { fails: "azure-config-unreadable", exit: 2, says: ["/nonexistent/azure.json does not exist"] },
  },
  {
    name: "an azure.json that is not there is an error for another cloud's image too",
    image: ECR,
    args: ["/nonexistent/azure.json"],
    expect: { fails: "azure-config-unreadable", exit: 2, says: ["/nonexistent/azure.json does not exist"] },
  },
  {
    name: "an azure.json that selects no identity is no error for another cloud's image",
    ...azureJson(JSON.stringify({ tenantId: TENANT })),
    image: ECR,
    node: null,
    expect: {
      fails: "platform-without-metadata",
      exit: 1,
      hint: /^if the node does run there, set REGISTRY_CREDENTIAL_PROVIDER_PLATFORM=aws; otherwise give it AWS credentials/,
    },
  },
  {
    name: "an azure.json that is no object is named, and nothing of it quoted",
    ...azureJson("aadClientSecret: [canary"),
    image: ACR,
    expect: { fails: "azure-config-malformed", exit: 2 },
  },
  {
    name: "an azure.json with a tenant that cannot be one is named with the field, and its value is not",
    ...azureJson(JSON.stringify({ tenantId: "canary t", aadClientId: "c", aadClientSecret: "s" })),
    image: ACR,
    expect: {
      fails: "azure-config-malformed",
      exit: 2,
      says: ["azure.json: tenantId contains an invalid character", /^((?!canary).)*$/],
    },
  },
  {
    name: "an azure.json that is a folder is told so",
    image: ACR,
    args: ["/usr"],
    expect: { fails: "azure-config-unreadable", exit: 2, says: ["/usr: not a regular file"] },
  },
  {
    name: "an azure.json that selects nobody is named",
    ...azureJson(JSON.stringify({ tenantId: TENANT })),
    image: ACR,
    expect: { fails: "azure-config-incomplete", exit: 2 },
  },
  {
    name: "a variable with the program's prefix that it does not know is refused",
    image: ECR,
    env: { REGISTRY_CREDENTIAL_PROVIDER_CONFIG: "/etc/config.yaml" },
    expect: { fails: "environment-unknown", exit: 2, says: ["REGISTRY_CREDENTIAL_PROVIDER_CONFIG"] },
  },
  {
    name: "a variable under which Node.js prints requests is refused",
    image: ECR,
    env: { NODE_DEBUG: "http" },
    expect: { fails: "environment-unsafe", exit: 2, says: ["NODE_DEBUG"] },
  },
  {
    name: "a variable under which Node.js trusts everybody is refused",
    image: ECR,
    env: { NODE_TLS_REJECT_UNAUTHORIZED: "0" },
    expect: { fails: "environment-unsafe", exit: 2 },
  },
  {
    name: "a platform that is none is refused",
    image: ECR,
    env: { REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: "gcp", AWS_EC2_METADATA_SERVICE_ENDPOINT: "" },
    expect: { fails: "environment-invalid", exit: 2 },
  },
  {
    name: "a proxy that is none is refused without its password",
    image: ACR,
    env: { HTTPS_PROXY: "socks5://user:hunter2@127.0.0.1" },
    expect: {
      fails: "environment-invalid",
      exit: 2,
      says: [/^((?!hunter2|\[secret\]).)*$/, "HTTPS_PROXY (value not shown): its scheme is not http"],
      hint: /^write it as http:\/\/HOST:PORT; /,
    },
    asked: ["azure-imds/token"],
  },
  {
    name: "a file of authorities that is not there is an error",
    image: ECR,
    env: { NODE_EXTRA_CA_CERTS: "/nonexistent/ca.pem" },
    expect: { fails: "ca-file-invalid", exit: 2 },
    asked: [],
  },
];

const IDENTITY: readonly Scene[] = [
  {
    name: "a pod is never answered with its node's identity",
    image: ECR,
    token: true,
    expect: { fails: "pod-identity-missing", exit: 1 },
  },
  {
    name: "a pod is never answered with its node's identity in Azure",
    image: ACR,
    token: true,
    expect: { fails: "pod-identity-missing", exit: 1 },
  },
  {
    name: "a pod is never answered with its node's identity at Google",
    image: PKG_DEV,
    token: true,
    expect: { fails: "pod-identity-missing", exit: 1 },
  },
  {
    name: "a web identity of the node's is not shown to the partition that an image names",
    image: "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/x",
    node: null,
    files: ({ cloud }) => ({ token: cloud.serviceAccountToken({ audience: "sts.amazonaws.com" }) }),
    env: ({ file }) => ({
      AWS_WEB_IDENTITY_TOKEN_FILE: file("token"),
      AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/puller",
    }),
    hosts: [],
    expect: { fails: "aws-role-partition-mismatch", exit: 1, says: ["is not in partition aws-cn"] },
  },
  {
    name: "the metadata of another cloud is not asked",
    image: ECR,
    node: "google",
    expect: {
      fails: "platform-mismatch",
      exit: 1,
      hint: /^give it AWS credentials in the provider's env: keys, AWS_PROFILE, /,
      says: ["the login needs an identity of AWS, and the node's cloud is Google Cloud"],
    },
  },
  {
    name: "on no cloud no metadata is asked",
    image: PKG_DEV,
    node: null,
    expect: {
      fails: "platform-without-metadata",
      exit: 1,
      hint: /PLATFORM=google; otherwise set google/,
    },
  },
  {
    name: "half a pair of keys is an error, not a reason to ask elsewhere",
    image: ECR,
    env: { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE" },
    expect: { fails: "aws-environment-keys-incomplete", exit: 2 },
  },
  {
    name: "a token file of the container endpoint that is no file is named",
    image: ECR,
    node: "aws-pod-identity",
    env: { AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "/usr" },
    expect: {
      fails: "file-unreadable",
      exit: 1,
      says: ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: /usr", "container endpoint: failed"],
    },
  },
  {
    name: "a web identity file that is not there is named",
    image: ECR,
    env: {
      AWS_WEB_IDENTITY_TOKEN_FILE: "/nonexistent/token",
      AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/x",
    },
    expect: {
      fails: "aws-web-identity-file-invalid",
      exit: 2,
      says: [
        "AWS_WEB_IDENTITY_TOKEN_FILE: /nonexistent/token does not exist",
        "environment keys: not set; web identity file: failed",
      ],
      hint: /^correct AWS_WEB_IDENTITY_TOKEN_FILE, /,
    },
  },
  {
    name: "a container endpoint elsewhere is refused",
    image: ECR,
    node: null,
    env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://attacker.example/keys" },
    expect: { fails: "aws-container-endpoint-invalid", exit: 1 },
  },
  {
    name: "an agent that knows no role for the node says so",
    image: ECR,
    node: "aws-pod-identity",
    cloud: { aws: { podRoles: {} } },
    expect: { fails: "aws-container-refused", exit: 1, says: ["returned 404"] },
    asked: ["container/pod-identity"],
    times: { "container/pod-identity": [1, 1] },
  },
  {
    name: "a profile that is nowhere is named",
    image: ECR,
    env: { AWS_PROFILE: "nowhere", HOME: "/nonexistent" },
    expect: { fails: "aws-profile-missing", exit: 2, says: ["AWS_PROFILE names nowhere"] },
  },
  {
    name: "a person's profile is refused",
    image: ECR,
    files: { config: "[default]\nrole_arn = arn:aws:iam::123456789012:role/x\n" },
    env: ({ file }) => ({ AWS_CONFIG_FILE: file("config") }),
    expect: { fails: "aws-profile-unusable", exit: 1 },
  },
  {
    name: "a credential_process that fails is named, and what it printed is not",
    image: ECR,
    files: ({ file }) => ({
      "fail.sh": "#!/bin/sh\necho canary-of-the-process; echo canary-of-the-process >&2; exit 3\n",
      config: `[default]\ncredential_process = ${file("fail.sh")}\n`,
    }),
    env: ({ file }) => ({ AWS_CONFIG_FILE: file("config") }),
    expect: { fails: "aws-process-failed", exit: 1, says: ["fail.sh exited with 3", /^((?!canary).)*$/] },
  },
  {
    name: "a credential_process that is not there is named",
    image: ECR,
    files: { config: "[default]\ncredential_process = /nonexistent/keys --for me\n" },
    env: ({ file }) => ({ AWS_CONFIG_FILE: file("config") }),
    expect: {
      fails: "aws-process-failed",
      exit: 1,
      says: ["credential_process of profile default: /nonexistent/keys does not exist"],
    },
  },
  {
    name: "a role that does not trust the node's is told from a missing permission",
    image: ECR,
    cloud: { aws: { roles: { puller: { permissions: ["*"] } } } },
    files: ({ cloud }) => ({
      config: `[default]\nrole_arn = ${cloud.roleArn("puller")}\ncredential_source = Ec2InstanceMetadata\n`,
    }),
    env: ({ file }) => ({ AWS_CONFIG_FILE: file("config") }),
    hosts: ["sts.us-east-1.amazonaws.com"],
    expect: {
      fails: "aws-sts-refused",
      exit: 1,
      says: [
        "https://sts.us-east-1.amazonaws.com/ returned 403",
        "error code AccessDenied",
        "request ID ",
        "arn:aws:iam::123456789012:role/puller",
        "shared profile: failed",
      ],
    },
    asked: [...IMDS, "sts/AssumeRole"],
    times: { "sts/AssumeRole": [1, 1] },
  },
  {
    name: "a web identity token of an issuer that the account does not know is rejected, without a word of it",
    image: ECR,
    node: null,
    files: ({ cloud }) => ({
      token: cloud.serviceAccountToken({ audience: "sts.amazonaws.com", forged: true }),
    }),
    env: ({ cloud, file }) => ({
      AWS_WEB_IDENTITY_TOKEN_FILE: file("token"),
      AWS_ROLE_ARN: cloud.roleArn("node-role"),
    }),
    hosts: ["sts.us-east-1.amazonaws.com"],
    expect: { fails: "aws-sts-token-rejected", exit: 1, says: ["error code InvalidIdentityToken"] },
    asked: ["sts/AssumeRoleWithWebIdentity"],
  },
  {
    name: "metadata that may not be asked is not asked",
    image: ECR,
    env: { AWS_EC2_METADATA_DISABLED: "true" },
    expect: { fails: "aws-metadata-disabled", exit: 1 },
  },
  {
    name: "an instance without a role is told so, after the seconds in which one may appear",
    image: ECR,
    cloud: { aws: { nodeRole: null } },
    expect: { fails: "aws-instance-has-no-role", exit: 1, says: ["returned 404", /\d+ attempts/] },
    asked: ["imds/token", "imds/partition", "imds/role"],
    times: { "imds/token": [1, 1], "imds/role": [2, 60] },
  },
  {
    name: "a role that EC2 cannot assume is told by EC2's own code",
    image: ECR,
    faults: [
      [
        "imds/credentials",
        { kind: "change", change: () => '{"Code":"AssumeRoleUnauthorizedAccess","Message":"canary"}' },
      ],
    ],
    expect: { fails: "aws-role-not-assumable", exit: 1, says: ["error code AssumeRoleUnauthorizedAccess"] },
    asked: IMDS,
  },
  {
    name: "metadata that forbids is not asked in another way",
    image: ECR,
    faults: [["imds/token", { kind: "status", status: 403 }]],
    expect: { fails: "metadata-forbidden", exit: 1, says: ["returned 403"] },
    asked: ["imds/token"],
    times: { "imds/token": [1, 1] },
  },
  {
    name: "metadata that asks for more patience than there is has no answer",
    image: PKG_DEV,
    faults: [["gce", { kind: "status", status: 503, headers: { "retry-after": "600" } }]],
    expect: { fails: "metadata-not-ready", exit: 1, says: ["returned 503"] },
    asked: ["gce/universe"],
  },
  {
    name: "metadata that throttles its callers says so",
    image: ACR,
    faults: [["azure-imds", { kind: "status", status: 429, headers: { "retry-after": "600" } }]],
    expect: { fails: "throttled", exit: 1, says: ["returned 429", "error code too_many_requests"] },
    asked: ["azure-imds/token"],
    times: { "azure-imds/token": [1, 1] },
  },
  {
    name: "metadata that names its error is the cloud's, and its word is told",
    image: ACR,
    faults: [["azure-imds", { kind: "status", status: 400, body: '{"error":"invalid_request"}' }]],
    expect: {
      fails: "cloud-refused",
      exit: 1,
      says: ["returned 400", "error code invalid_request", "stage identity"],
    },
    asked: ["azure-imds/token"],
  },
  {
    name: "a 404 at Google's address without Google's name is not the cloud's",
    image: PKG_DEV,
    faults: [["gce", { kind: "status", status: 404, headers: { "metadata-flavor": "" } }]],
    expect: { fails: "metadata-wrong-service", exit: 1, says: ["returned 404", "Metadata-Flavor"] },
    asked: ["gce/universe"],
  },
  {
    name: "a metadata address that redirects is not the cloud's",
    image: ECR,
    faults: [["imds/token", { kind: "redirect", status: 307 }]],
    expect: { fails: "metadata-wrong-service", exit: 1, says: ["returned 307"] },
    asked: ["imds/token"],
    times: { "imds/token": [1, 1] },
  },
  {
    name: "a page in place of metadata is not the cloud's",
    image: PKG_DEV,
    faults: [["gce", { kind: "html" }]],
    expect: { fails: "metadata-wrong-service", exit: 1 },
    asked: ["gce/universe"],
  },
  {
    name: "an instance without a service account is told so",
    image: PKG_DEV,
    cloud: { google: { serviceAccount: null } },
    expect: { fails: "google-instance-has-no-service-account", exit: 1, says: ["returned 404"] },
    asked: ["gce/universe", "gce/token"],
  },
  {
    name: "a token of another universe is not handed out",
    image: PKG_DEV,
    cloud: { google: { universe: "apis-berlin-build0.goog" } },
    expect: { fails: "google-universe-mismatch", exit: 1 },
    asked: ["gce/universe"],
  },
  {
    name: "a managed identity that the node does not have is named",
    image: ACR,
    env: { AZURE_CLIENT_ID: "44444444-0000-4000-8000-000000000001" },
    expect: {
      fails: "azure-identity-not-found",
      exit: 1,
      says: ["returned 400", "error code invalid_request", "44444444-0000-4000-8000-000000000001"],
    },
    asked: ["azure-imds/token"],
  },
  {
    name: "of several managed identities one must be named",
    image: ACR,
    cloud: {
      azure: {
        identities: ["1", "2"].map((n) => ({
          kind: "user",
          clientId: `55555555-0000-4000-8000-00000000000${n}`,
          objectId: `66666666-0000-4000-8000-00000000000${n}`,
          resourceId: `/subscriptions/${n}`,
          pulls: ["*"],
        })),
      },
    },
    expect: { fails: "azure-identity-ambiguous", exit: 1 },
    asked: ["azure-imds/token"],
  },
  ...["shop.azurecr.cn", "shop.azurecr.us", "shop.azurecr.sovcloud-azure.fr"].map((host) => ({
    name: `a node of Azure's public cloud shows no token to ${host}`,
    image: `${host}/api`,
    node: "azure" as const,
    expect: { fails: "azure-cloud-mismatch" as const, exit: 1 as const },
    asked: [],
  })),
  {
    name: "an Arc agent's key that cannot be read is told so",
    image: ACR,
    node: "azure-arc",
    faults: [
      [
        "azure-arc",
        {
          kind: "status",
          status: 401,
          headers: { "www-authenticate": "Basic realm=/var/opt/azcmagent/tokens/nonexistent.key" },
        },
      ],
    ],
    expect: { fails: "azure-arc-challenge-failed", exit: 1, says: ["returned 401"] },
    asked: ["azure-arc/challenge"],
  },
  {
    name: "an Arc agent's challenge for another file is not answered",
    image: ACR,
    node: "azure-arc",
    faults: [
      [
        "azure-arc",
        { kind: "status", status: 401, headers: { "www-authenticate": "Basic realm=/etc/shadow" } },
      ],
    ],
    expect: { fails: "azure-arc-challenge-failed", exit: 1 },
    asked: ["azure-arc/challenge"],
    times: { "azure-arc/challenge": [1, 1] },
  },
  {
    name: "a service principal's wrong secret is told by Entra's number",
    image: ACR,
    node: null,
    cloud: { azure: { apps: [APP] } },
    args: ({ file }) => [file("azure.json")],
    files: {
      "azure.json": JSON.stringify({
        tenantId: TENANT,
        aadClientId: APP.clientId,
        aadClientSecret: "wrong-canary",
      }),
    },
    hosts: ["login.microsoftonline.com"],
    expect: {
      fails: "entra-secret-rejected",
      exit: 1,
      says: [
        "error code AADSTS7000215",
        "request ID 00000000-0000-4000-c000-",
        "service principal 33333333-0000-4000-8000-000000000001",
        /^((?!canary).)*$/,
      ],
    },
    asked: ["entra/token"],
    times: { "entra/token": [1, 1] },
  },
];

const aws = (type: string, message = "canary"): string => JSON.stringify({ __type: type, message });
const TOKEN: readonly Scene[] = [
  {
    name: "a role without the permission is told by AWS's own code, at once",
    image: ECR,
    cloud: { aws: { roles: { "node-role": { permissions: [] } } } },
    expect: {
      fails: "aws-access-denied",
      exit: 1,
      says: [
        "POST https://api.ecr.us-east-1.amazonaws.com/ returned 400",
        "error code AccessDeniedException",
        "request ID ",
        "identity: instance role node-role",
      ],
    },
    asked: [...IMDS, "ecr/GetAuthorizationToken"],
    times: { "ecr/GetAuthorizationToken": [1, 1] },
  },
  {
    name: "keys that AWS does not know are told so",
    image: ECR,
    node: null,
    env: { AWS_ACCESS_KEY_ID: "AKIAWRONGWRONGWRONG0", AWS_SECRET_ACCESS_KEY: "x" },
    expect: {
      fails: "aws-credentials-rejected",
      exit: 1,
      says: ["error code UnrecognizedClientException", "identity: environment keys"],
    },
    asked: ["ecr/GetAuthorizationToken"],
    times: { "ecr/GetAuthorizationToken": [1, 1] },
  },
  {
    name: "keys that are over are told so",
    image: ECR,
    faults: [["imds/credentials", { kind: "expired" }]],
    expect: { fails: "aws-credentials-expired", exit: 1, says: ["error code ExpiredTokenException"] },
    asked: [...IMDS, "ecr/GetAuthorizationToken"],
  },
  {
    name: "a signature that the service's clock does not take is told from a wrong key",
    image: ECR,
    faults: [
      [
        "ecr",
        {
          kind: "status",
          status: 400,
          body: aws(
            "InvalidSignatureException",
            "Signature expired: 20200101T000000Z is now earlier than 20200101T001000Z",
          ),
        },
      ],
    ],
    expect: { fails: "clock-skew", exit: 1 },
    asked: [...IMDS, "ecr/GetAuthorizationToken"],
  },
  ...[25, -25, 3 * 365 * 24].flatMap((hours): Scene[] => {
    const cloud = { aws: { keyLife: 4 * 365 * 24 * HOUR } };
    const says = [
      new RegExp(`the service's clock is \\d+ s ${hours > 0 ? "ahead of" : "behind"} the node's`),
    ];
    const expect = { fails: "clock-skew", exit: 1, says } as const;
    return [
      {
        name: `no request is signed for the time of ECR's clock, ${hours} h from the node's`,
        image: ECR,
        cloud,
        faults: [["ecr", { kind: "skew", ms: hours * HOUR }]],
        expect,
        asked: [...IMDS, "ecr/GetAuthorizationToken"],
        times: { "ecr/GetAuthorizationToken": [1, 1] },
      },
      {
        name: `no request is signed for the time of STS's clock, ${hours} h from the node's`,
        image: ECR,
        cloud,
        faults: [["sts", { kind: "skew", ms: hours * HOUR }]],
        config: JSON.stringify({
          apiVersion: "registry-credential-provider/v1",
          kind: "Config",
          rules: [
            {
              match: ["*.dkr.ecr.*.amazonaws.com"],
              aws: { roleArn: "arn:aws:iam::123456789012:role/puller" },
            },
          ],
        }),
        hosts: ["sts.us-east-1.amazonaws.com"],
        expect,
        asked: [...IMDS, "sts/AssumeRole"],
        times: { "sts/AssumeRole": [1, 1] },
      },
    ];
  }),
  {
    name: "throttling for longer than there is time is told at once",
    image: ACR,
    faults: [["acr", { kind: "status", status: 429, headers: { "retry-after": "600" } }]],
    expect: { fails: "throttled", exit: 1, says: ["returned 429", "error code TOOMANYREQUESTS"] },
    asked: ["azure-imds/token", "acr/exchange"],
    times: { "acr/exchange": [1, 1] },
  },
  {
    name: "a service that asks for more patience than there is failed",
    image: ACR,
    faults: [["acr", { kind: "status", status: 503, headers: { "retry-after": "600" } }]],
    expect: { fails: "cloud-unavailable", exit: 1, says: ["returned 503", "error code UNKNOWN"] },
    asked: ["azure-imds/token", "acr/exchange"],
  },
  {
    name: "a refusal without a known code is told with what it says",
    image: ECR,
    faults: [["ecr", { kind: "status", status: 400, body: aws("SomethingNewException") }]],
    expect: { fails: "cloud-refused", exit: 1, says: ["error code unrecognised", "returned 400"] },
    asked: [...IMDS, "ecr/GetAuthorizationToken"],
    times: { "ecr/GetAuthorizationToken": [1, 1] },
  },
  {
    name: "broken JSON from ECR is told without a byte of it",
    image: ECR,
    faults: [["ecr", { kind: "broken-json" }]],
    expect: { fails: "response-malformed", exit: 1 },
    asked: [...IMDS, "ecr/GetAuthorizationToken"],
    times: { "ecr/GetAuthorizationToken": [1, 1] },
  },
  {
    name: "broken JSON from ACR is told without a byte of it",
    image: ACR,
    faults: [["acr", { kind: "broken-json" }]],
    expect: { fails: "response-malformed", exit: 1 },
    asked: ["azure-imds/token", "acr/exchange"],
    times: { "acr/exchange": [1, 1] },
  },
  {
    name: "broken JSON from Google's metadata is told without a byte of it",
    image: PKG_DEV,
    faults: [["gce/token", { kind: "broken-json" }]],
    expect: { fails: "response-malformed", exit: 1 },
    asked: ["gce/universe", "gce/token"],
  },
  {
    name: "broken JSON from Azure's metadata is told without a byte of it",
    image: ACR,
    faults: [["azure-imds", { kind: "broken-json" }]],
    expect: { fails: "response-malformed", exit: 1 },
    asked: ["azure-imds/token"],
  },
  {
    name: "broken JSON from EC2's metadata is told without a byte of it",
    image: ECR,
    faults: [["imds/credentials", { kind: "broken-json" }]],
    expect: { fails: "response-malformed", exit: 1 },
    asked: IMDS,
  },
  {
    name: "an ECR login that is over is no answer",
    image: ECR,
    faults: [["ecr", { kind: "expired" }]],
    expect: { fails: "token-expired", exit: 1 },
    asked: [...IMDS, "ecr/GetAuthorizationToken"],
  },
  {
    name: "a Google token that is over is asked for once more and then no answer",
    image: PKG_DEV,
    faults: [["gce/token", { kind: "expired" }]],
    expect: { fails: "token-expired", exit: 1 },
    asked: ["gce/universe", "gce/token"],
    times: { "gce/token": [2, 2] },
  },
  {
    name: "a registry token that is over is no answer",
    image: ACR,
    faults: [["acr", { kind: "expired" }]],
    expect: { fails: "token-expired", exit: 1 },
    asked: ["azure-imds/token", "acr/exchange"],
  },

  {
    name: "a registry that does not take the token says so",
    image: ACR,
    faults: [["azure-imds", { kind: "expired" }]],
    expect: {
      fails: "acr-unauthorized",
      exit: 1,
      says: [
        "POST https://myregistry.azurecr.io/oauth2/exchange returned 401",
        "error code UNAUTHORIZED",
        "request ID 00000000-0000-4000-9000-",
      ],
    },
    asked: ["azure-imds/token", "acr/exchange"],
    times: { "acr/exchange": [1, 1] },
  },
  {
    name: "a registry that does not take ARM's audience says so",
    image: ACR,
    faults: [
      [
        "acr",
        {
          kind: "status",
          status: 401,
          body: '{"errors":[{"code":"UNAUTHORIZED","message":"arm aad token disallowed"}]}',
        },
      ],
    ],
    expect: { fails: "acr-arm-audience-rejected", exit: 1 },
    asked: ["azure-imds/token", "acr/exchange"],
  },
  {
    name: "an identity without a role at the registry is told so, at once",
    image: ACR,
    faults: [["azure-imds", { kind: "swapped" }]],
    expect: {
      fails: "acr-access-denied",
      exit: 1,
      says: ["returned 403", "error code DENIED", "request ID ", "identity: the node's managed identity"],
    },
    asked: ["azure-imds/token", "acr/exchange"],
    times: { "acr/exchange": [1, 1] },
  },
  {
    name: "a registry's firewall is told from a missing role",
    image: ACR,
    faults: [["acr", { kind: "status", status: 403 }]],
    expect: { fails: "acr-firewall-blocked", exit: 1 },
    asked: ["azure-imds/token", "acr/exchange"],
    times: { "acr/exchange": [1, 1] },
  },
];

/** An ECR endpoint of the test's own, reached without a proxy. */
const direct = (endpoint: string): Pick<Scene, "image" | "env" | "asked" | "hosts"> => ({
  image: ECR,
  env: ({ cloud }) => ({
    AWS_ENDPOINT_URL_ECR: endpoint
      .replace("{refused}", cloud.addresses.refused)
      .replace("{imds}", cloud.addresses.imds),
    NO_PROXY: "*",
  }),
  asked: IMDS,
});

const WIRE: readonly Scene[] = [
  {
    name: "a name that does not exist is told",
    ...direct("https://nowhere.invalid"),
    expect: { fails: "dns-failed", exit: 1, says: ["POST https://nowhere.invalid/", "stage token"] },
  },
  {
    name: "a refused connection is told with its address",
    ...direct("https://{refused}"),
    expect: {
      fails: "connection-refused",
      exit: 1,
      says: ["https://{refused}/", ": ECONNREFUSED", /\d+ attempts/],
    },
  },
  {
    name: "an address without a route is told",
    ...direct("https://224.0.0.1"),
    expect: { fails: "network-unreachable", exit: 1 },
  },
  {
    name: "what speaks no TLS is told",
    ...direct("https://{imds}"),
    expect: { fails: "tls-failed", exit: 1 },
  },
  {
    name: "an answer that breaks off is told",
    image: ECR,
    faults: [["ecr", { kind: "truncated" }]],
    expect: { fails: "connection-lost", exit: 1, says: [/\d+ attempts/] },
    asked: [...IMDS, "ecr/GetAuthorizationToken"],
    times: { "ecr/GetAuthorizationToken": [2, 60] },
  },
  {
    name: "an answer without an end is told",
    image: ACR,
    faults: [["acr", { kind: "endless" }]],
    expect: { fails: "response-too-large", exit: 1 },
    asked: ["azure-imds/token", "acr/exchange"],
    times: { "acr/exchange": [1, 1] },
  },
  {
    name: "a portal's page is told",
    image: ACR,
    faults: [["acr", { kind: "html" }]],
    expect: { fails: "response-not-json", exit: 1 },
    asked: ["azure-imds/token", "acr/exchange"],
    times: { "acr/exchange": [1, 1] },
  },
  ...([301, 302, 303, 307, 308] as const).map(
    (status): Scene => ({
      name: `a ${status} to another host is told and not followed`,
      image: ACR,
      faults: [["acr", { kind: "redirect", status }]],
      expect: { fails: "redirect-refused", exit: 1, says: [`returned ${status}`, /^((?!attacker).)*$/] },
      asked: ["azure-imds/token", "acr/exchange"],
      times: { "acr/exchange": [1, 1] },
    }),
  ),
  {
    name: "a challenge with a foreign realm is not followed",
    image: ACR,
    faults: [
      [
        "acr",
        {
          kind: "status",
          status: 401,
          headers: {
            "www-authenticate": 'Bearer realm="https://attacker.example/token",service="attacker.example"',
          },
        },
      ],
    ],
    expect: { fails: "acr-unauthorized", exit: 1 },
    asked: ["azure-imds/token", "acr/exchange"],
    times: { "acr/exchange": [1, 1] },
  },
  {
    name: "a redirect of ECR's is told and not followed",
    image: ECR,
    faults: [["ecr", { kind: "redirect", status: 307 }]],
    expect: { fails: "redirect-refused", exit: 1 },
    asked: [...IMDS, "ecr/GetAuthorizationToken"],
    times: { "ecr/GetAuthorizationToken": [1, 1] },
  },
  {
    name: "a certificate of an unknown authority is told",
    image: ACR,
    faults: [["acr", { kind: "untrusted-ca" }]],
    expect: { fails: "tls-untrusted", exit: 1 },
    asked: ["azure-imds/token"],
  },
  {
    name: "a certificate that is over is told",
    image: ACR,
    faults: [["acr", { kind: "expired-certificate" }]],
    expect: { fails: "tls-untrusted", exit: 1 },
    asked: ["azure-imds/token"],
  },
  {
    name: "a certificate of another name is told",
    image: ACR,
    faults: [["acr", { kind: "wrong-name" }]],
    expect: { fails: "tls-wrong-name", exit: 1 },
    asked: ["azure-imds/token"],
  },
  {
    name: "a proxy that is not there is told",
    image: ACR,
    env: ({ cloud }) => ({ HTTPS_PROXY: `http://${cloud.addresses.refused}` }),
    expect: { fails: "proxy-unreachable", exit: 1, says: [/\d+ attempts/] },
    asked: ["azure-imds/token"],
  },
  {
    name: "a proxy that refuses is told",
    image: ACR,
    faults: [["proxy/connect", { kind: "status", status: 403 }]],
    expect: { fails: "proxy-refused", exit: 1 },
    asked: ["azure-imds/token"],
  },
  {
    name: "a proxy that wants another password is told, and the password is not",
    image: ACR,
    cloud: { proxyLogin: "user:canary-proxy-password" },
    env: ({ cloud }) => ({ HTTPS_PROXY: `http://user:canary-other-password@${cloud.addresses.proxy}` }),
    expect: { fails: "proxy-authentication-required", exit: 1, says: [/^((?!canary).)*$/] },
    asked: ["azure-imds/token"],
  },
];

/** A response may hold anything, such as a key that every object inherits, or a secret that was sent to the service. */
const SESSION = "IQoJb3JpZ2luX2VjCanarySession9xQ7zT2";
const SESSION_KEYS = {
  AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "x",
  AWS_SESSION_TOKEN: SESSION,
};

const HOSTILE_CODES: readonly Scene[] = [
  "constructor",
  "__proto__",
  "toString",
  "hasOwnProperty",
  SESSION,
].map(
  (code): Scene => ({
    name: `ECR's error code ${code.slice(0, 16)} is unrecognised, and nothing is looked up by it`,
    image: ECR,
    env: SESSION_KEYS,
    faults: [["ecr", { kind: "status", status: 400, body: aws(code) }]],
    expect: { fails: "cloud-refused", exit: 1, says: ["error code unrecognised", /^((?!Canary).)*$/] },
    asked: ["ecr/GetAuthorizationToken"],
  }),
);

const ENTRA_CODES: readonly Scene[] = ["constructor", "__proto__", "invalid_request"].map(
  (code): Scene => ({
    name: `Entra's error ${code} is looked up in a list`,
    ...azureJson(
      JSON.stringify({ tenantId: TENANT, aadClientId: TENANT, aadClientSecret: "canary-client-secret" }),
    ),
    image: ACR,
    faults: [["entra", { kind: "status", status: 400, body: JSON.stringify({ error: code }) }]],
    expect: {
      fails: "cloud-refused",
      exit: 1,
      says: [`error code ${code === "invalid_request" ? code : "unrecognised"}`],
    },
    asked: ["entra/token"],
    hosts: ["login.microsoftonline.com"],
  }),
);

const REQUEST_IDS: readonly (readonly [what: string, id: string, isShown: boolean])[] = [
  ["of AWS's shape", "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0", true],
  ["with a session token in it", `r-${SESSION}`, false],
  ["that is a part of a session token", SESSION.slice(3, 17), false],
];
const HOSTILE_IDS: readonly Scene[] = REQUEST_IDS.map(
  ([what, id, isShown]): Scene => ({
    name: `a request id ${what} is ${isShown ? "" : "not "}shown`,
    image: ECR,
    env: SESSION_KEYS,
    faults: [
      [
        "ecr",
        { kind: "status", status: 400, body: aws("ServerException"), headers: { "x-amzn-requestid": id } },
      ],
    ],
    expect: {
      fails: "cloud-refused",
      exit: 1,
      says: [isShown ? `request ID ${id}` : /^((?!; request ID|Canary).)*$/],
    },
    asked: ["ecr/GetAuthorizationToken"],
  }),
);

const MISPLACED: readonly Scene[] = [
  {
    name: "the text of a key file in place of its path is not shown",
    image: PKG_DEV,
    env: {
      GOOGLE_APPLICATION_CREDENTIALS: JSON.stringify({
        type: "service_account",
        private_key: `-----BEGIN PRIVATE KEY-----\n${SESSION}\n-----END PRIVATE KEY-----\n`,
      }),
    },
    expect: {
      fails: "environment-invalid",
      exit: 2,
      says: [
        "GOOGLE_APPLICATION_CREDENTIALS is not an absolute path (value not shown)",
        /^((?!Canary|PRIVATE).)*$/,
      ],
    },
    asked: [],
  },
  {
    name: "the path of a missing key file is shown",
    image: PKG_DEV,
    env: { GOOGLE_APPLICATION_CREDENTIALS: "/etc/google/key-2024.json" },
    expect: {
      fails: "referenced-file-missing",
      exit: 2,
      says: ["GOOGLE_APPLICATION_CREDENTIALS: /etc/google/key-2024.json: it does not exist"],
    },
    asked: [],
  },
  {
    name: "a proxy's password that is not percent-encoded is not taken for its host",
    image: ECR,
    env: { ...SESSION_KEYS, HTTPS_PROXY: "http://svc-node:abc@MySecretTail?x@proxy.corp.example:3128" },
    expect: {
      fails: "environment-invalid",
      exit: 2,
      says: [
        "HTTPS_PROXY (value not shown): a @, /, \\, ? or # in its user name or password is not percent-encoded",
        /^((?!secrettail|\[secret\]).)*$/i,
      ],
      hint: /^write it as http:\/\/HOST:PORT; /,
    },
    asked: [],
  },
  {
    name: "a proxy's port that is out of range is named",
    image: ECR,
    env: { ...SESSION_KEYS, https_proxy: "http://proxy.corp.example:99999" },
    expect: {
      fails: "environment-invalid",
      exit: 2,
      says: ["https_proxy (value not shown): its port is not a number from 1 to 65535"],
      hint: /^write it as http:\/\/HOST:PORT; /,
    },
    asked: [],
  },
  {
    name: "a proxy's path is named",
    image: ECR,
    env: { ...SESSION_KEYS, https_proxy: "http://proxy.corp.example:3128/proxy.pac" },
    expect: {
      fails: "environment-invalid",
      exit: 2,
      says: ["https_proxy (value not shown): it has a path, a query or a fragment after the host and port"],
      hint: /^write it as http:\/\/HOST:PORT; /,
    },
    asked: [],
  },
  {
    name: "a credential_process in quotes is not shown, and the hint names the quotes",
    image: ECR,
    files: { config: `[default]\ncredential_process = "/opt/helper --secret ${SESSION}"\n` },
    env: ({ file }) => ({ AWS_CONFIG_FILE: file("config"), AWS_PROFILE: "default" }),
    expect: {
      fails: "aws-process-failed",
      exit: 1,
      says: ["(value not shown) does not exist", /^((?!Canary|helper).)*$/],
      hint: /^put quotes around single words of credential_process/,
    },
    asked: [],
  },
];

const METADATA_REFUSED: readonly Scene[] = [
  ["AWS", ECR, "imds"],
  ["Google", PKG_DEV, "gce"],
  ["Azure", ACR, "azure-imds"],
].map(
  ([cloud = "", image = ""]): Scene => ({
    name: `${cloud}'s metadata refuses connections, and the line is there within 2 s, with its address, after more than one try`,
    image,
    refused: true,
    within: 1000 + 2000,
    expect: { fails: "metadata-refused", exit: 1, says: ["http://{refused}/", /; \d+ attempts/] },
  }),
);

/** Runs that end with 1 or 2 and wait for no more than a few seconds. */
export const FAILURES: readonly Scene[] = [
  ...REQUESTS,
  ...CONFIGURATION,
  ...IDENTITY,
  ...TOKEN,
  ...WIRE,
  ...METADATA_REFUSED,
  ...HOSTILE_CODES,
  ...ENTRA_CODES,
  ...HOSTILE_IDS,
  ...MISPLACED,
  {
    name: "an identity file in JSON that is fine leaves the rest to metadata",
    ...azureJson(MANAGED),
    image: ACR,
    refused: true,
    expect: { fails: "metadata-refused", exit: 1 },
  },
];
