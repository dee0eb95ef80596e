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
    "a duplicate image field",
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
    "an image with similar-looking characters",
    encodeRaw({ apiVersion: V1, image: "gcr。io/x" }),
    "image-malformed",
  ],
];

const REQUESTS = REFUSED_STDIN.map(
  ([what, stdin, fails]): Scene => ({
    name: `refuses a kubelet request without sending one: ${what}`,
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
    name: "an unknown argument is refused, and the error suggests the nearest known one",
    image: ECR,
    args: ["--authflow=gcr"],
    expect: {
      fails: "argument-unknown",
      exit: 2,
      line: 'registry-credential-provider: unknown argument: "--authflow"; the nearest known one is --authFlow. Hint: run the program with --help to list the supported arguments [code argument-unknown, stage config]',
    },
  },
  {
    name: "an unsupported argument of upstream's is refused",
    image: ACR,
    args: ["--registry-mirror=a:b"],
    expect: { fails: "argument-unsupported", exit: 2, says: ["--registry-mirror"] },
  },
  {
    name: "an unknown authFlow is refused",
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
    name: "a missing azure.json is named",
    image: ACR,
    args: ["/nonexistent/azure.json"],
    expect: { fails: "azure-config-unreadable", exit: 2, says: ["/nonexistent/azure.json does not exist"] },
  },
  {
    name: "a missing azure.json is an error for an image of another cloud too",
    image: ECR,
    args: ["/nonexistent/azure.json"],
    expect: { fails: "azure-config-unreadable", exit: 2, says: ["/nonexistent/azure.json does not exist"] },
  },
  {
    name: "an azure.json without an identity is not an error for an image of another cloud",
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
    name: "an azure.json that is not an object is named and not quoted",
    ...azureJson("aadClientSecret: [canary"),
    image: ACR,
    expect: { fails: "azure-config-malformed", exit: 2 },
  },
  {
    name: "the error about an invalid tenant in azure.json names the field and does not show the value",
    ...azureJson(JSON.stringify({ tenantId: "canary t", aadClientId: "c", aadClientSecret: "s" })),
    image: ACR,
    expect: {
      fails: "azure-config-malformed",
      exit: 2,
      says: ["azure.json: tenantId contains an invalid character", /^((?!canary).)*$/],
    },
  },
  {
    name: "an azure.json that is a folder is reported",
    image: ACR,
    args: ["/usr"],
    expect: { fails: "azure-config-unreadable", exit: 2, says: ["/usr: not a regular file"] },
  },
  {
    name: "an azure.json without an identity is named",
    ...azureJson(JSON.stringify({ tenantId: TENANT })),
    image: ACR,
    expect: { fails: "azure-config-incomplete", exit: 2 },
  },
  {
    name: "an unknown variable with the program's prefix is refused",
    image: ECR,
    env: { REGISTRY_CREDENTIAL_PROVIDER_CONFIG: "/etc/config.yaml" },
    expect: { fails: "environment-unknown", exit: 2, says: ["REGISTRY_CREDENTIAL_PROVIDER_CONFIG"] },
  },
  {
    name: "a variable with which Node.js logs requests is refused",
    image: ECR,
    env: { NODE_DEBUG: "http" },
    expect: { fails: "environment-unsafe", exit: 2, says: ["NODE_DEBUG"] },
  },
  {
    name: "a variable with which Node.js accepts every certificate is refused",
    image: ECR,
    env: { NODE_TLS_REJECT_UNAUTHORIZED: "0" },
    expect: { fails: "environment-unsafe", exit: 2 },
  },
  {
    name: "an unknown platform is refused",
    image: ECR,
    env: { REGISTRY_CREDENTIAL_PROVIDER_PLATFORM: "gcp", AWS_EC2_METADATA_SERVICE_ENDPOINT: "" },
    expect: { fails: "environment-invalid", exit: 2 },
  },
  {
    name: "an invalid proxy is refused without showing its password",
    image: ACR,
    env: { HTTPS_PROXY: "socks5://user:hunter2@127.0.0.1" },
    expect: {
      fails: "environment-invalid",
      exit: 2,
      says: [/^((?!hunter2|\[secret\]).)*$/, "HTTPS_PROXY (value not shown): its scheme is not http"],
      hint: /^write it as http:\/\/HOST:PORT; /,
    },
    requests: ["azure-imds/token"],
  },
  {
    name: "a missing file of certificate authorities is an error",
    image: ECR,
    env: { NODE_EXTRA_CA_CERTS: "/nonexistent/ca.pem" },
    expect: { fails: "ca-file-invalid", exit: 2 },
    requests: [],
  },
];

const IDENTITY: readonly Scene[] = [
  {
    name: "a pod never gets the identity of its AWS node",
    image: ECR,
    token: true,
    expect: { fails: "pod-identity-missing", exit: 1 },
  },
  {
    name: "a pod never gets the identity of its Azure node",
    image: ACR,
    token: true,
    expect: { fails: "pod-identity-missing", exit: 1 },
  },
  {
    name: "a pod never gets the identity of its Google Cloud node",
    image: PKG_DEV,
    token: true,
    expect: { fails: "pod-identity-missing", exit: 1 },
  },
  {
    name: "the node's web identity is not sent to the partition that an image selects",
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
    name: "the metadata service of another cloud is not requested",
    image: ECR,
    node: "google",
    expect: {
      fails: "platform-mismatch",
      exit: 1,
      hint: /^give it AWS credentials in the provider's env: keys, AWS_PROFILE, /,
      says: ["the login requires an identity of AWS, and the node's cloud is Google Cloud"],
    },
  },
  {
    name: "no metadata service is requested on a node in no cloud",
    image: PKG_DEV,
    node: null,
    expect: {
      fails: "platform-without-metadata",
      exit: 1,
      hint: /PLATFORM=google; otherwise set google/,
    },
  },
  {
    name: "an incomplete environment key is an error, and no other source is tried",
    image: ECR,
    env: { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE" },
    expect: { fails: "aws-environment-keys-incomplete", exit: 2 },
  },
  {
    name: "the error about an unreadable token file of the container endpoint names its variable",
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
    name: "a missing web identity file is named",
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
    name: "a container endpoint outside the node is refused",
    image: ECR,
    node: null,
    env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://attacker.example/keys" },
    expect: { fails: "aws-container-endpoint-invalid", exit: 1 },
  },
  {
    name: "a refusal of the agent is reported",
    image: ECR,
    node: "aws-pod-identity",
    cloud: { aws: { podRoles: {} } },
    expect: { fails: "aws-container-refused", exit: 1, says: ["returned 404"] },
    requests: ["container/pod-identity"],
    times: { "container/pod-identity": [1, 1] },
  },
  {
    name: "a missing profile is named",
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
    name: "a failing credential_process is named, and its output is not shown",
    image: ECR,
    files: ({ file }) => ({
      "fail.sh": "#!/bin/sh\necho canary-of-the-process; echo canary-of-the-process >&2; exit 3\n",
      config: `[default]\ncredential_process = ${file("fail.sh")}\n`,
    }),
    env: ({ file }) => ({ AWS_CONFIG_FILE: file("config") }),
    expect: { fails: "aws-process-failed", exit: 1, says: ["fail.sh exited with 3", /^((?!canary).)*$/] },
  },
  {
    name: "a missing credential_process is named",
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
    name: "a trust policy that refuses the node is distinguished from a missing permission",
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
    requests: [...IMDS, "sts/AssumeRole"],
    times: { "sts/AssumeRole": [1, 1] },
  },
  {
    name: "a web identity token of an unknown issuer is rejected and not quoted",
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
    requests: ["sts/AssumeRoleWithWebIdentity"],
  },
  {
    name: "disabled metadata is not requested",
    image: ECR,
    env: { AWS_EC2_METADATA_DISABLED: "true" },
    expect: { fails: "aws-metadata-disabled", exit: 1 },
  },
  {
    name: "an instance without a role is reported, after the seconds in which one may appear",
    image: ECR,
    cloud: { aws: { nodeRole: null } },
    expect: { fails: "aws-instance-has-no-role", exit: 1, says: ["returned 404", /\d+ attempts/] },
    requests: ["imds/token", "imds/partition", "imds/role"],
    times: { "imds/token": [1, 1], "imds/role": [2, 60] },
  },
  {
    name: "a role that EC2 cannot assume is reported with EC2's code",
    image: ECR,
    faults: [
      [
        "imds/credentials",
        { kind: "change", change: () => '{"Code":"AssumeRoleUnauthorizedAccess","Message":"canary"}' },
      ],
    ],
    expect: { fails: "aws-role-not-assumable", exit: 1, says: ["error code AssumeRoleUnauthorizedAccess"] },
    requests: IMDS,
  },
  {
    name: "a 403 of the metadata is final, without a fallback to IMDSv1",
    image: ECR,
    faults: [["imds/token", { kind: "status", status: 403 }]],
    expect: { fails: "metadata-forbidden", exit: 1, says: ["returned 403"] },
    requests: ["imds/token"],
    times: { "imds/token": [1, 1] },
  },
  {
    name: "metadata whose Retry-After exceeds the time budget is reported as not ready",
    image: PKG_DEV,
    faults: [["gce", { kind: "status", status: 503, headers: { "retry-after": "600" } }]],
    expect: { fails: "metadata-not-ready", exit: 1, says: ["returned 503"] },
    requests: ["gce/universe"],
  },
  {
    name: "throttling by the metadata is reported",
    image: ACR,
    faults: [["azure-imds", { kind: "status", status: 429, headers: { "retry-after": "600" } }]],
    expect: { fails: "throttled", exit: 1, says: ["returned 429", "error code too_many_requests"] },
    requests: ["azure-imds/token"],
    times: { "azure-imds/token": [1, 1] },
  },
  {
    name: "an error code of the metadata is reported",
    image: ACR,
    faults: [["azure-imds", { kind: "status", status: 400, body: '{"error":"invalid_request"}' }]],
    expect: {
      fails: "cloud-refused",
      exit: 1,
      says: ["returned 400", "error code invalid_request", "stage identity"],
    },
    requests: ["azure-imds/token"],
  },
  {
    name: "a 404 without Google's header is not from Google's metadata service",
    image: PKG_DEV,
    faults: [["gce", { kind: "status", status: 404, headers: { "metadata-flavor": "" } }]],
    expect: { fails: "metadata-wrong-service", exit: 1, says: ["returned 404", "Metadata-Flavor"] },
    requests: ["gce/universe"],
  },
  {
    name: "a redirect is not from a metadata service",
    image: ECR,
    faults: [["imds/token", { kind: "redirect", status: 307 }]],
    expect: { fails: "metadata-wrong-service", exit: 1, says: ["returned 307"] },
    requests: ["imds/token"],
    times: { "imds/token": [1, 1] },
  },
  {
    name: "a web page is not from a metadata service",
    image: PKG_DEV,
    faults: [["gce", { kind: "html" }]],
    expect: { fails: "metadata-wrong-service", exit: 1 },
    requests: ["gce/universe"],
  },
  {
    name: "an instance without a service account is reported",
    image: PKG_DEV,
    cloud: { google: { serviceAccount: null } },
    expect: { fails: "google-instance-has-no-service-account", exit: 1, says: ["returned 404"] },
    requests: ["gce/universe", "gce/token"],
  },
  {
    name: "a token of another universe is not returned",
    image: PKG_DEV,
    cloud: { google: { universe: "apis-berlin-build0.goog" } },
    expect: { fails: "google-universe-mismatch", exit: 1 },
    requests: ["gce/universe"],
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
    requests: ["azure-imds/token"],
  },
  {
    name: "several managed identities without a selection are an error",
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
    requests: ["azure-imds/token"],
  },
  ...["shop.azurecr.cn", "shop.azurecr.us", "shop.azurecr.sovcloud-azure.fr"].map((host) => ({
    name: `a node in Azure's public cloud sends no token to ${host}`,
    image: `${host}/api`,
    node: "azure" as const,
    expect: { fails: "azure-cloud-mismatch" as const, exit: 1 as const },
    requests: [],
  })),
  {
    name: "an unreadable key of the Arc agent is reported",
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
    requests: ["azure-arc/challenge"],
  },
  {
    name: "a challenge of the Arc agent for another file is refused",
    image: ACR,
    node: "azure-arc",
    faults: [
      [
        "azure-arc",
        { kind: "status", status: 401, headers: { "www-authenticate": "Basic realm=/etc/shadow" } },
      ],
    ],
    expect: { fails: "azure-arc-challenge-failed", exit: 1 },
    requests: ["azure-arc/challenge"],
    times: { "azure-arc/challenge": [1, 1] },
  },
  {
    name: "a service principal's wrong secret is reported with Entra's number",
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
    requests: ["entra/token"],
    times: { "entra/token": [1, 1] },
  },
];

const aws = (type: string, message = "canary"): string => JSON.stringify({ __type: type, message });
const TOKEN: readonly Scene[] = [
  {
    name: "a role without the permission is reported at once with AWS's code",
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
    requests: [...IMDS, "ecr/GetAuthorizationToken"],
    times: { "ecr/GetAuthorizationToken": [1, 1] },
  },
  {
    name: "keys that AWS does not know are reported",
    image: ECR,
    node: null,
    env: { AWS_ACCESS_KEY_ID: "AKIAWRONGWRONGWRONG0", AWS_SECRET_ACCESS_KEY: "x" },
    expect: {
      fails: "aws-credentials-rejected",
      exit: 1,
      says: ["error code UnrecognizedClientException", "identity: environment keys"],
    },
    requests: ["ecr/GetAuthorizationToken"],
    times: { "ecr/GetAuthorizationToken": [1, 1] },
  },
  {
    name: "expired keys are reported",
    image: ECR,
    faults: [["imds/credentials", { kind: "expired" }]],
    expect: { fails: "aws-credentials-expired", exit: 1, says: ["error code ExpiredTokenException"] },
    requests: [...IMDS, "ecr/GetAuthorizationToken"],
  },
  {
    name: "a signature with a wrong time is distinguished from a wrong key",
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
    requests: [...IMDS, "ecr/GetAuthorizationToken"],
  },
  ...[25, -25, 3 * 365 * 24].flatMap((hours): Scene[] => {
    const cloud = { aws: { keyLife: 4 * 365 * 24 * HOUR } };
    const says = [
      new RegExp(`the service's clock is \\d+ s ${hours > 0 ? "ahead of" : "behind"} the node's`),
    ];
    const expect = { fails: "clock-skew", exit: 1, says } as const;
    return [
      {
        name: `no request is signed with the time of ECR's clock, ${hours} h from the node's`,
        image: ECR,
        cloud,
        faults: [["ecr", { kind: "skew", ms: hours * HOUR }]],
        expect,
        requests: [...IMDS, "ecr/GetAuthorizationToken"],
        times: { "ecr/GetAuthorizationToken": [1, 1] },
      },
      {
        name: `no request is signed with the time of STS's clock, ${hours} h from the node's`,
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
        requests: [...IMDS, "sts/AssumeRole"],
        times: { "sts/AssumeRole": [1, 1] },
      },
    ];
  }),
  {
    name: "throttling for longer than the run is reported at once",
    image: ACR,
    faults: [["acr", { kind: "status", status: 429, headers: { "retry-after": "600" } }]],
    expect: { fails: "throttled", exit: 1, says: ["returned 429", "error code TOOMANYREQUESTS"] },
    requests: ["azure-imds/token", "acr/exchange"],
    times: { "acr/exchange": [1, 1] },
  },
  {
    name: "a service whose Retry-After exceeds the retry window is reported as unavailable",
    image: ACR,
    faults: [["acr", { kind: "status", status: 503, headers: { "retry-after": "600" } }]],
    expect: { fails: "cloud-unavailable", exit: 1, says: ["returned 503", "error code UNKNOWN"] },
    requests: ["azure-imds/token", "acr/exchange"],
  },
  {
    name: "a refusal with an undocumented code is reported with its status and without the code",
    image: ECR,
    faults: [["ecr", { kind: "status", status: 400, body: aws("SomethingNewException") }]],
    expect: { fails: "cloud-refused", exit: 1, says: ["error code unrecognised", "returned 400"] },
    requests: [...IMDS, "ecr/GetAuthorizationToken"],
    times: { "ecr/GetAuthorizationToken": [1, 1] },
  },
  {
    name: "broken JSON from ECR is reported and not quoted",
    image: ECR,
    faults: [["ecr", { kind: "broken-json" }]],
    expect: { fails: "response-malformed", exit: 1 },
    requests: [...IMDS, "ecr/GetAuthorizationToken"],
    times: { "ecr/GetAuthorizationToken": [1, 1] },
  },
  {
    name: "broken JSON from ACR is reported and not quoted",
    image: ACR,
    faults: [["acr", { kind: "broken-json" }]],
    expect: { fails: "response-malformed", exit: 1 },
    requests: ["azure-imds/token", "acr/exchange"],
    times: { "acr/exchange": [1, 1] },
  },
  {
    name: "broken JSON from Google's metadata is reported and not quoted",
    image: PKG_DEV,
    faults: [["gce/token", { kind: "broken-json" }]],
    expect: { fails: "response-malformed", exit: 1 },
    requests: ["gce/universe", "gce/token"],
  },
  {
    name: "broken JSON from Azure's metadata is reported and not quoted",
    image: ACR,
    faults: [["azure-imds", { kind: "broken-json" }]],
    expect: { fails: "response-malformed", exit: 1 },
    requests: ["azure-imds/token"],
  },
  {
    name: "broken JSON from EC2's metadata is reported and not quoted",
    image: ECR,
    faults: [["imds/credentials", { kind: "broken-json" }]],
    expect: { fails: "response-malformed", exit: 1 },
    requests: IMDS,
  },
  {
    name: "an expired ECR login is not returned",
    image: ECR,
    faults: [["ecr", { kind: "expired" }]],
    expect: { fails: "token-expired", exit: 1 },
    requests: [...IMDS, "ecr/GetAuthorizationToken"],
  },
  {
    name: "an expired Google token is requested once more and not returned",
    image: PKG_DEV,
    faults: [["gce/token", { kind: "expired" }]],
    expect: { fails: "token-expired", exit: 1 },
    requests: ["gce/universe", "gce/token"],
    times: { "gce/token": [2, 2] },
  },
  {
    name: "an expired registry token is not returned",
    image: ACR,
    faults: [["acr", { kind: "expired" }]],
    expect: { fails: "token-expired", exit: 1 },
    requests: ["azure-imds/token", "acr/exchange"],
  },

  {
    name: "a registry that rejects the token is reported",
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
    requests: ["azure-imds/token", "acr/exchange"],
    times: { "acr/exchange": [1, 1] },
  },
  {
    name: "a registry that rejects the ARM audience is reported",
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
    requests: ["azure-imds/token", "acr/exchange"],
  },
  {
    name: "an identity without a role at the registry is reported at once",
    image: ACR,
    faults: [["azure-imds", { kind: "swapped" }]],
    expect: {
      fails: "acr-access-denied",
      exit: 1,
      says: ["returned 403", "error code DENIED", "request ID ", "identity: the node's managed identity"],
    },
    requests: ["azure-imds/token", "acr/exchange"],
    times: { "acr/exchange": [1, 1] },
  },
  {
    name: "a registry's firewall is distinguished from a missing role",
    image: ACR,
    faults: [["acr", { kind: "status", status: 403 }]],
    expect: { fails: "acr-firewall-blocked", exit: 1 },
    requests: ["azure-imds/token", "acr/exchange"],
    times: { "acr/exchange": [1, 1] },
  },
];

/** An ECR endpoint that the test runs itself, reached without a proxy. */
const direct = (endpoint: string): Pick<Scene, "image" | "env" | "requests" | "hosts"> => ({
  image: ECR,
  env: ({ cloud }) => ({
    AWS_ENDPOINT_URL_ECR: endpoint
      .replace("{refused}", cloud.addresses.refused)
      .replace("{imds}", cloud.addresses.imds),
    NO_PROXY: "*",
  }),
  requests: IMDS,
});

const WIRE: readonly Scene[] = [
  {
    name: "an unknown host name is reported",
    ...direct("https://nowhere.invalid"),
    expect: { fails: "dns-failed", exit: 1, says: ["POST https://nowhere.invalid/", "stage token"] },
  },
  {
    name: "a refused connection is reported with its address",
    ...direct("https://{refused}"),
    expect: {
      fails: "connection-refused",
      exit: 1,
      says: ["https://{refused}/", ": ECONNREFUSED", /\d+ attempts/],
    },
  },
  {
    name: "an address without a route is reported",
    ...direct("https://224.0.0.1"),
    expect: { fails: "network-unreachable", exit: 1 },
  },
  {
    name: "a server without TLS is reported",
    ...direct("https://{imds}"),
    expect: { fails: "tls-failed", exit: 1 },
  },
  {
    name: "a response that breaks off is reported",
    image: ECR,
    faults: [["ecr", { kind: "truncated" }]],
    expect: { fails: "connection-lost", exit: 1, says: [/\d+ attempts/] },
    requests: [...IMDS, "ecr/GetAuthorizationToken"],
    times: { "ecr/GetAuthorizationToken": [2, 60] },
  },
  {
    name: "an endless response is reported",
    image: ACR,
    faults: [["acr", { kind: "endless" }]],
    expect: { fails: "response-too-large", exit: 1 },
    requests: ["azure-imds/token", "acr/exchange"],
    times: { "acr/exchange": [1, 1] },
  },
  {
    name: "the page of a captive portal is reported",
    image: ACR,
    faults: [["acr", { kind: "html" }]],
    expect: { fails: "response-not-json", exit: 1 },
    requests: ["azure-imds/token", "acr/exchange"],
    times: { "acr/exchange": [1, 1] },
  },
  ...([301, 302, 303, 307, 308] as const).map(
    (status): Scene => ({
      name: `a redirect with status ${status} to another host is reported and not followed`,
      image: ACR,
      faults: [["acr", { kind: "redirect", status }]],
      expect: { fails: "redirect-refused", exit: 1, says: [`returned ${status}`, /^((?!attacker).)*$/] },
      requests: ["azure-imds/token", "acr/exchange"],
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
    requests: ["azure-imds/token", "acr/exchange"],
    times: { "acr/exchange": [1, 1] },
  },
  {
    name: "a redirect of ECR is reported and not followed",
    image: ECR,
    faults: [["ecr", { kind: "redirect", status: 307 }]],
    expect: { fails: "redirect-refused", exit: 1 },
    requests: [...IMDS, "ecr/GetAuthorizationToken"],
    times: { "ecr/GetAuthorizationToken": [1, 1] },
  },
  {
    name: "a certificate of an unknown authority is reported",
    image: ACR,
    faults: [["acr", { kind: "untrusted-ca" }]],
    expect: { fails: "tls-untrusted", exit: 1 },
    requests: ["azure-imds/token"],
  },
  {
    name: "an expired certificate is reported",
    image: ACR,
    faults: [["acr", { kind: "expired-certificate" }]],
    expect: { fails: "tls-untrusted", exit: 1 },
    requests: ["azure-imds/token"],
  },
  {
    name: "a certificate for another name is reported",
    image: ACR,
    faults: [["acr", { kind: "wrong-name" }]],
    expect: { fails: "tls-wrong-name", exit: 1 },
    requests: ["azure-imds/token"],
  },
  {
    name: "an unreachable proxy is reported",
    image: ACR,
    env: ({ cloud }) => ({ HTTPS_PROXY: `http://${cloud.addresses.refused}` }),
    expect: { fails: "proxy-unreachable", exit: 1, says: [/\d+ attempts/] },
    requests: ["azure-imds/token"],
  },
  {
    name: "a refusal of the proxy is reported",
    image: ACR,
    faults: [["proxy/connect", { kind: "status", status: 403 }]],
    expect: { fails: "proxy-refused", exit: 1 },
    requests: ["azure-imds/token"],
  },
  {
    name: "a proxy that rejects the password is reported without showing it",
    image: ACR,
    cloud: { proxyLogin: "user:canary-proxy-password" },
    env: ({ cloud }) => ({ HTTPS_PROXY: `http://user:canary-other-password@${cloud.addresses.proxy}` }),
    expect: { fails: "proxy-authentication-required", exit: 1, says: [/^((?!canary).)*$/] },
    requests: ["azure-imds/token"],
  },
];

/** A response may contain anything, such as a property name that every object inherits, or a secret that was sent to the service. */
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
    name: `ECR's error code ${code.slice(0, 16)} is shown as unrecognised`,
    image: ECR,
    env: SESSION_KEYS,
    faults: [["ecr", { kind: "status", status: 400, body: aws(code) }]],
    expect: { fails: "cloud-refused", exit: 1, says: ["error code unrecognised", /^((?!Canary).)*$/] },
    requests: ["ecr/GetAuthorizationToken"],
  }),
);

const ENTRA_CODES: readonly Scene[] = ["constructor", "__proto__", "invalid_request"].map(
  (code): Scene => ({
    name: `Entra's error ${code} is found in a list of error numbers`,
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
    requests: ["entra/token"],
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
    requests: ["ecr/GetAuthorizationToken"],
  }),
);

const MISPLACED: readonly Scene[] = [
  {
    name: "the content of a key file instead of its path is not shown",
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
    requests: [],
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
    requests: [],
  },
  {
    name: "an unencoded password of a proxy is not mistaken for its host",
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
    requests: [],
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
    requests: [],
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
    requests: [],
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
    requests: [],
  },
];

const METADATA_REFUSED: readonly Scene[] = [
  ["AWS", ECR, "imds"],
  ["Google", PKG_DEV, "gce"],
  ["Azure", ACR, "azure-imds"],
].map(
  ([cloud = "", image = ""]): Scene => ({
    name: `a refused connection of ${cloud}'s metadata is reported with its address within 2 s, after several attempts`,
    image,
    refused: true,
    within: 1000 + 2000,
    expect: { fails: "metadata-refused", exit: 1, says: ["http://{refused}/", /; \d+ attempts/] },
  }),
);

/** Runs with exit status 1 or 2 that take at most a few seconds. */
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
    name: "an azure.json with a managed identity leads to the metadata service",
    ...azureJson(MANAGED),
    image: ACR,
    refused: true,
    expect: { fails: "metadata-refused", exit: 1 },
  },
];
