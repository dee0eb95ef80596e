import type { ErrorCode } from "../../src/errors/provider-error.ts";
import {
  ACR,
  APP,
  ECR,
  ECR_LOGIN,
  ECR_PUBLIC,
  GOOGLE_LOGIN,
  IMDS,
  IMDS_IN_REGION,
  PKG_DEV,
  POD_ROLE,
  TENANT,
} from "./answers.ts";
import type { Scene } from "./scene.ts";

const PULLER = "arn:aws:iam::123456789012:role/puller";
const PARTNER = "arn:aws:iam::999988887777:role/images";
const LOGIN = "ecr/GetAuthorizationToken";
const WEB = "sts/AssumeRoleWithWebIdentity";
const ASSUME = "sts/AssumeRole";

const DUAL = "123456789012.dkr-ecr.us-east-1.on.aws/team/app";
const FIPS = "123456789012.dkr.ecr-fips.us-east-1.amazonaws.com/team/app";
const BOTH = "123456789012.dkr-ecr-fips.us-east-1.on.aws/team/app";

interface Kind {
  readonly kind: string;
  readonly image: string;
  readonly sts: string;
  readonly api: string;
}

/** The host of each request, by the variant of the registry's name. */
const KINDS: readonly Kind[] = [
  { kind: "plain", image: ECR, sts: "sts.us-east-1.amazonaws.com", api: "api.ecr.us-east-1.amazonaws.com" },
  { kind: "dual-stack", image: DUAL, sts: "sts.us-east-1.api.aws", api: "ecr.us-east-1.api.aws" },
  {
    kind: "FIPS",
    image: FIPS,
    sts: "sts-fips.us-east-1.amazonaws.com",
    api: "api.ecr-fips.us-east-1.amazonaws.com",
  },
  {
    kind: "dual-stack FIPS",
    image: BOTH,
    sts: "sts-fips.us-east-1.api.aws",
    api: "ecr-fips.us-east-1.api.aws",
  },
];

const ruled = (aws: object): string =>
  JSON.stringify({
    apiVersion: "registry-credential-provider/v1",
    kind: "Config",
    rules: [{ match: ["*.dkr.ecr.*.amazonaws.com", "*.dkr.ecr-fips.*.amazonaws.com", "*.*.*.on.aws"], aws }],
  });

const TRUSTED = { ...POD_ROLE, trustedRoles: ["node-role"] };
const CLOUD = {
  aws: {
    roles: {
      puller: TRUSTED,
      images: { permissions: ["*"], account: "999988887777", trustedRoles: ["puller"] },
    },
  },
} as const;

function createScenes({ kind, image, sts, api }: Kind): readonly Scene[] {
  const common = { image, cloud: CLOUD, hosts: [sts, api], expect: ECR_LOGIN } as const;
  return [
    {
      ...common,
      name: `a pod's role and chain for a ${kind} registry are assumed at the STS of that kind`,
      token: { audience: "sts.amazonaws.com" },
      config: ruled({ roleArn: PULLER, chain: [{ roleArn: PARTNER }] }),
      requests: [WEB, ASSUME, LOGIN],
    },
    {
      ...common,
      name: `upstream's role of a pod for a ${kind} registry is assumed at the STS of that kind`,
      token: { audience: "sts.amazonaws.com" },
      annotations: { "eks.amazonaws.com/ecr-role-arn": PULLER },
      requests: [WEB, LOGIN],
    },
    {
      ...common,
      name: `the node's role by a rule for a ${kind} registry is assumed at the STS of that kind`,
      config: ruled({ roleArn: PULLER }),
      requests: [...IMDS, ASSUME, LOGIN],
    },
    {
      ...common,
      name: `the node's token file for a ${kind} registry is sent to the STS of that kind`,
      node: null,
      files: ({ cloud }) => ({ token: cloud.serviceAccountToken({ audience: "sts.amazonaws.com" }) }),
      env: ({ file }) => ({ AWS_WEB_IDENTITY_TOKEN_FILE: file("token"), AWS_ROLE_ARN: PULLER }),
      requests: [WEB, LOGIN],
    },
  ];
}

const USE_FIPS = "AWS_USE_FIPS_ENDPOINT";
const USE_DUAL = "AWS_USE_DUALSTACK_ENDPOINT";

/** The variant that the variables require, for a registry with a standard name. */
const REQUIRED: readonly (readonly [env: Readonly<Record<string, string>>, kind: string])[] = [
  [{ [USE_DUAL]: "true" }, "dual-stack"],
  [{ [USE_FIPS]: "TRUE" }, "FIPS"],
  [{ [USE_FIPS]: "true", [USE_DUAL]: "True" }, "dual-stack FIPS"],
  [{ [USE_FIPS]: "false", [USE_DUAL]: "False" }, "plain"],
];

const byVariables: readonly Scene[] = REQUIRED.flatMap(([env, kind]): Scene[] => {
  const { sts = "", api = "" } = KINDS.find((one) => one.kind === kind) ?? {};
  const named = Object.entries(env)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
  return [
    {
      name: `${named}: the node's role and login are requested at ${kind} endpoints`,
      image: ECR,
      env,
      cloud: CLOUD,
      config: ruled({ roleArn: PULLER }),
      hosts: [sts, api],
      expect: ECR_LOGIN,
      requests: [...IMDS, ASSUME, LOGIN],
    },
  ];
});

function fails(code: ErrorCode, exit: 1 | 2, says: readonly string[], more: Partial<Scene>): Scene {
  return { name: says.join(", "), image: ECR, expect: { fails: code, exit, says }, ...more };
}

/** The error names what chose the region and what requires FIPS, and no setting that is not set. */
function lacksFips(name: string, says: string, hint: RegExp, more: Partial<Scene>): Scene {
  return {
    name,
    image: FIPS,
    expect: { fails: "aws-no-fips-endpoint", exit: 2, says: [says], hint },
    requests: [],
    ...more,
  };
}

const BY_NAME =
  /^pull from a registry in a region with FIPS endpoints, or pull by the registry's name without -fips; (?!.*AWS_)/;
const ROLE_PROFILE = `[default]\nrole_arn = ${PULLER}\nsource_profile = default\naws_access_key_id = x\naws_secret_access_key = y\n`;

const NO_FIPS: readonly Scene[] = [
  lacksFips(
    "a region without a FIPS endpoint is an error, and no other endpoint is requested",
    `ecr in eu-west-1, the region of the registry; ${USE_FIPS} requires FIPS`,
    /^pull from a registry in a region with FIPS endpoints, or remove AWS_USE_FIPS_ENDPOINT; /,
    { image: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app", env: { [USE_FIPS]: "true" } },
  ),
  lacksFips(
    "a FIPS registry of a region without FIPS endpoints is an error",
    "ecr in eu-west-1, the region of the registry; the registry's name requires FIPS",
    BY_NAME,
    { image: "123456789012.dkr.ecr-fips.eu-west-1.amazonaws.com/app" },
  ),
  lacksFips(
    "a FIPS registry of a partition without FIPS endpoints is an error",
    "ecr in cn-north-1, the region of the registry; the registry's name requires FIPS",
    BY_NAME,
    {
      image: "123456789012.dkr.ecr-fips.cn-north-1.amazonaws.com.cn/app",
      cloud: { aws: { partition: "aws-cn", region: "cn-north-1" } },
    },
  ),
  lacksFips(
    "STS without a FIPS endpoint in the region that the rule names is an error, and no token is shown",
    "sts in eu-west-1, the region by aws.region of the rule; the registry's name requires FIPS",
    /^set aws\.region of the rule to a region with FIPS endpoints, or remove it, or /,
    { token: { audience: "sts.amazonaws.com" }, config: ruled({ roleArn: PULLER, region: "eu-west-1" }) },
  ),
  ...["AWS_REGION", "AWS_DEFAULT_REGION"].map((variable) =>
    lacksFips(
      `STS without a FIPS endpoint in the region by ${variable} is an error that names the variable`,
      `sts in eu-west-1, the region by ${variable}; the registry's name requires FIPS`,
      new RegExp(`^set ${variable} to a region with FIPS endpoints, or remove it, (?!.*AWS_USE_FIPS)`),
      {
        files: { config: ROLE_PROFILE },
        env: ({ file }) => ({ [variable]: "eu-west-1", AWS_CONFIG_FILE: file("config") }),
      },
    ),
  ),
  lacksFips(
    "STS without a FIPS endpoint in the profile's region is an error that names its key",
    "sts in eu-west-1, the region by region of profile default; use_fips_endpoint of the profile requires FIPS",
    /^set region of profile default to a region .* or remove use_fips_endpoint of the profile; /,
    {
      image: ECR,
      files: { config: `${ROLE_PROFILE}region = eu-west-1\nuse_fips_endpoint = true\n` },
      env: ({ file }) => ({ AWS_CONFIG_FILE: file("config") }),
    },
  ),
];

const REFUSED: readonly Scene[] = [
  ...["1", "yes", "truee", " true"].flatMap((value) =>
    [USE_FIPS, USE_DUAL].map((name) =>
      fails("environment-invalid", 2, [`${name} must be true or false`], {
        name: `${name}="${value}" is an error`,
        env: { [name]: value },
      }),
    ),
  ),
  ...["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_ECR"].flatMap((endpoint) =>
    [USE_FIPS, USE_DUAL].map((name) =>
      fails("environment-invalid", 2, [`${name} cannot be combined with ${endpoint}`], {
        env: { [name]: "true", [endpoint]: "https://vpce-0a1b.api.ecr.us-east-1.vpce.amazonaws.com" },
      }),
    ),
  ),
  fails("environment-invalid", 2, [`${USE_FIPS} cannot be combined with aws.endpoints.ecr`], {
    env: { [USE_FIPS]: "true" },
    config: ruled({ endpoints: { ecr: "https://vpce-0a1b.api.ecr.us-east-1.vpce.amazonaws.com" } }),
  }),
  ...NO_FIPS,
  {
    name: "ECR Public has no FIPS endpoint: its images are pulled without a login",
    image: ECR_PUBLIC,
    env: { [USE_FIPS]: "true" },
    expect: { anonymous: true },
  },
  {
    name: "a login of ECR Public's dual-stack name is requested at the dual-stack API",
    image: "ecr-public.aws.com/nginx/nginx",
    hosts: ["ecr-public.us-east-1.api.aws"],
    expect: ECR_LOGIN,
    requests: [...IMDS, "ecr-public/GetAuthorizationToken"],
  },
  {
    name: "AWS_USE_DUALSTACK_ENDPOINT applies to ECR Public",
    image: ECR_PUBLIC,
    env: { [USE_DUAL]: "true" },
    hosts: ["ecr-public.us-east-1.api.aws"],
    expect: ECR_LOGIN,
    requests: [...IMDS, "ecr-public/GetAuthorizationToken"],
  },
];

/** If no AWS registry is involved, the variables select the variant. */
const OUTBOUND: readonly Scene[] = REQUIRED.map(([env, kind]) => ({
  name: `${JSON.stringify(env)}: the node's token for another cloud is requested at the ${kind} STS`,
  image: ACR,
  node: "aws",
  env: { ...env, AWS_REGION: "us-east-1" },
  cloud: { aws: { outboundFederation: false } },
  config: JSON.stringify({
    apiVersion: "registry-credential-provider/v1",
    kind: "Config",
    rules: [
      { match: ["*.azurecr.io"], azure: { tenantId: TENANT, clientId: APP.clientId, subjectToken: "aws" } },
    ],
  }),
  hosts: [KINDS.find((one) => one.kind === kind)?.sts ?? ""],
  expect: { fails: "aws-federation-disabled", exit: 1 },
  requests: [...IMDS_IN_REGION, "sts/GetWebIdentityToken"],
}));

const VPC_ECR = "vpce-0a1b.api.ecr.us-east-1.vpce.amazonaws.com";

/** The parts that an endpoint's URL may have in addition to scheme, host and port. */
const URLS: readonly Scene[] = [
  ...["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_ECR"].flatMap((name): Scene[] => [
    fails("cloud-refused", 1, [`POST https://${VPC_ECR}/gateway/ecr/`], {
      name: `the path of ${name} is kept`,
      env: { [name]: `https://${VPC_ECR}/gateway/ecr` },
      hosts: [VPC_ECR],
      requests: [...IMDS, "ecr/GetAuthorizationToken"],
    }),
    {
      name: `${name} with a port and without a path is honoured`,
      image: ECR,
      env: { [name]: `https://${VPC_ECR}:443/` },
      hosts: [VPC_ECR],
      expect: ECR_LOGIN,
      requests: [...IMDS, LOGIN],
    },
    ...refusals(name, `https://${VPC_ECR}`, {}),
  ]),
  ...refusals("AWS_ENDPOINT_URL_STS", "https://vpce-0a1b.sts.us-east-1.vpce.amazonaws.com", {
    config: ruled({ roleArn: PULLER }),
    cloud: CLOUD,
    requests: IMDS,
  }),
  ...refusals("AWS_ENDPOINT_URL_ECR_PUBLIC", "https://ecr-public.us-east-1.api.aws", { image: ECR_PUBLIC }),
  ...refusals("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://169.254.169.254", {}, true),
  ...refusals("GCE_METADATA_HOST", "169.254.169.254", { image: PKG_DEV }, true),
  ...refusals("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://169.254.169.254", { image: ACR }),
  ...["IDENTITY_ENDPOINT", "IMDS_ENDPOINT"].flatMap((name) =>
    refusals(name, "http://127.0.0.1:40342/metadata/identity/oauth2/token", { image: ACR }),
  ),
  {
    name: "GCE_METADATA_HOST with a scheme and a slash is honoured",
    image: PKG_DEV,
    env: ({ cloud }) => ({ GCE_METADATA_HOST: `http://${cloud.addresses.gce}/` }),
    expect: GOOGLE_LOGIN,
    requests: ["gce/universe", "gce/token"],
  },
  {
    name: "AWS_EC2_METADATA_SERVICE_ENDPOINT with a slash at its end is honoured",
    image: ECR,
    env: ({ cloud }) => ({ AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://${cloud.addresses.imds}/` }),
    expect: ECR_LOGIN,
    requests: [...IMDS, LOGIN],
  },
  ...["http://user:pass@127.0.0.1:1/creds", "http://127.0.0.1:1/creds#x"].map((url) =>
    fails("aws-container-endpoint-invalid", 1, ["must not contain"], {
      name: `AWS_CONTAINER_CREDENTIALS_FULL_URI=${url} is an error`,
      env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: url },
    }),
  ),
  fails("aws-container-endpoint-invalid", 1, ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must begin with /"], {
    env: {
      AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "creds",
      AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1:1/",
    },
  }),
];

function refusals(name: string, url: string, more: Partial<Scene>, hasNoPath = false): readonly Scene[] {
  const bad: readonly (readonly [value: string, problem: string])[] = [
    [url.replace(/^(https?:\/\/)?/, "$1user:secret-4711@"), "must not contain a user name or password"],
    [`${url}?x=1`, "must not contain a query or a fragment"],
    [`${url}?`, "must not contain a query or a fragment"],
    [`${url}#x`, "must not contain a query or a fragment"],
    [`${url} `, "must be an http:// or https:// URL"],
    ...(hasNoPath ? ([[`${url}/latest`, "must not contain a path"]] as const) : []),
    ...(/^http/.test(url) ? ([[url.replace(/^https?/, "ftp"), "must be an http"]] as const) : []),
  ];
  return bad.map(([value, problem]) =>
    fails("environment-invalid", 2, [`${name} ${problem}`], {
      name: `${name}="${value}" is an error`,
      env: { [name]: value },
      ...more,
    }),
  );
}

export const AWS_ENDPOINTS: readonly Scene[] = [
  ...KINDS.flatMap(createScenes),
  ...byVariables,
  ...OUTBOUND,
  ...REFUSED,
  ...URLS,
];
