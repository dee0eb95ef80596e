/** Tests how AWS's shared files are parsed, on an instance whose role must not replace the identity in a file. */
import type { Cloud } from "../cloud/cloud.ts";
import { ACR, APP, ECR, ECR_LOGIN, IMDS, TENANT } from "./answers.ts";
import type { Failing, Scene } from "./scene.ts";

const LOGIN = "ecr/GetAuthorizationToken";
const FROM_FILE = { expect: ECR_LOGIN, requests: [LOGIN] } as const;
const FROM_INSTANCE = { expect: ECR_LOGIN, requests: [...IMDS, LOGIN] } as const;
const CONFIG = "AWS_CONFIG_FILE";
const CREDENTIALS = "AWS_SHARED_CREDENTIALS_FILE";

type Variable = typeof CONFIG | typeof CREDENTIALS;
/** <id> and <secret> stand for a valid key of the fake cloud. */
type Text = string;

const ROLE = "arn:aws:iam::123456789012:role/puller";
const KEYS = "aws_access_key_id = <id>\naws_secret_access_key = <secret>\n";

function withKey(text: Text, { awsUserKey: { accessKeyId, secretAccessKey } }: Cloud): string {
  return text.replaceAll("<id>", accessKeyId).replaceAll("<secret>", secretAccessKey);
}

function scene(
  what: string,
  variable: Variable,
  text: Text,
  outcome: Pick<Scene, "expect" | "requests">,
  env: Readonly<Record<string, string>> = {},
): Scene {
  return {
    name: `${variable}: ${what}`,
    image: ECR,
    files: ({ cloud }) => ({ shared: withKey(text, cloud) }),
    env: ({ file }) => ({ [variable]: file("shared"), ...env }),
    ...outcome,
  };
}

const PROFILE_P = { AWS_PROFILE: "p" };

const USED: readonly Scene[] = [
  scene(
    "key names in upper case are read",
    CREDENTIALS,
    "[default]\nAWS_ACCESS_KEY_ID = <id>\nAWS_SECRET_ACCESS_KEY = <secret>\n",
    FROM_FILE,
  ),
  scene(
    "key names in mixed case are read",
    CREDENTIALS,
    "[default]\nAws_Access_Key_Id=<id>\naws_secret_access_KEY=<secret>\n",
    FROM_FILE,
  ),
  scene("a byte order mark is skipped", CREDENTIALS, `\uFEFF[default]\n${KEYS}`, FROM_FILE),
  scene("lines may end in CRLF", CREDENTIALS, `[default]\n${KEYS}`.replaceAll("\n", "\r\n"), FROM_FILE),
  scene(
    "blanks in a section header are ignored",
    CREDENTIALS,
    `[ default ]  # the node's key\n${KEYS}`,
    FROM_FILE,
  ),
  scene(
    "a colon may separate key and value",
    CREDENTIALS,
    "[default]\naws_access_key_id: <id>\naws_secret_access_key : <secret>\n",
    FROM_FILE,
  ),
  scene(
    "quotes around a value are removed",
    CREDENTIALS,
    "[default]\naws_access_key_id = \"<id>\"\naws_secret_access_key = '<secret>'\n",
    FROM_FILE,
  ),
  scene(
    "comments and keys with the same indentation are read",
    CREDENTIALS,
    "# made by hand\n[default]\n  ; of the node\n  aws_access_key_id = <id> ; an id\n  aws_secret_access_key = <secret>\n",
    FROM_FILE,
  ),
  scene("the default profile may be [default]", CONFIG, `[default]\n${KEYS}`, FROM_FILE),
  scene("the default profile may be [profile default]", CONFIG, `[profile default]\n${KEYS}`, FROM_FILE),
  scene(
    "two sections of the same profile are merged",
    CONFIG,
    "[default]\naws_access_key_id = <id>\n[profile default]\naws_secret_access_key = <secret>\n",
    FROM_FILE,
  ),
  scene(
    "nested keys of another setting have no effect",
    CONFIG,
    `[default]\ns3 =\n  addressing_style = path\n${KEYS}output = json\n`,
    FROM_FILE,
  ),
  scene("a quoted profile name is read", CONFIG, `[profile "p"]\n${KEYS}`, FROM_FILE, PROFILE_P),
  scene(
    "a session token with its older key name is read",
    CREDENTIALS,
    "[default]\naws_access_key_id = <id>\naws_secret_access_key = <secret>\naws_security_token =\n",
    FROM_FILE,
  ),
  scene(
    "the instance's role is used if the default profile has no credentials",
    CONFIG,
    "[default]\nregion = us-east-1\noutput = json\n",
    FROM_INSTANCE,
  ),
  scene(
    "the instance's role is used if only another profile than the default exists",
    CREDENTIALS,
    `[p]\n${KEYS}`,
    FROM_INSTANCE,
  ),
  scene(
    "the instance's role is used if a section that AWS's tools ignore has no credential key",
    CONFIG,
    "[q]\nregion = us-east-1\n[Profile q]\noutput = json\n[plugins]\nlogin = awscli_login\n",
    FROM_INSTANCE,
  ),
  scene(
    "the instance's role is used beside an SSO session and a person's profile",
    CONFIG,
    "[sso-session s]\nsso_region = us-east-1\n[profile s] # a person's\nsso_session = s\n[profile default-old]\nlogin_session = x\n",
    FROM_INSTANCE,
  ),
  scene(
    "a comment may follow a header without a blank",
    CREDENTIALS,
    `[default]; owner=infra\n${KEYS}`,
    FROM_FILE,
  ),
  scene("the instance's role is used if the file is empty", CREDENTIALS, "", FROM_INSTANCE),
  scene(
    "settings without effect on this program are ignored",
    CONFIG,
    "[default]\nuse_fips_endpoint = False\nsts_regional_endpoints = regional\nretry_mode = adaptive\n",
    FROM_INSTANCE,
  ),
];

const refused = (fails: Failing["fails"], ...says: readonly (string | RegExp)[]) =>
  ({ expect: { fails, exit: fails === "aws-profile-unusable" ? 1 : 2, says }, requests: [] }) as const;
const unusable = (...says: readonly (string | RegExp)[]) => refused("aws-profile-unusable", ...says);
const malformed = (line: number, problem: string) =>
  refused(
    "aws-file-malformed",
    new RegExp(`/shared, line ${line}: [^.]*${problem}[^.]*\\. `),
    /^(?!.*canary)/,
  );
const setting = (key: string) => refused("aws-profile-setting-invalid", `profile default: ${key}: `);

const HEADERS_WITH_TEXT_BEHIND = [
  "[profile admin] (owner=infra)",
  "[profile admin] // team: infra",
  "[profile admin] role_arn = x",
  "[profile admin) ; owner: infra",
  "[profile admin # owner: infra]",
  "[default] (owner=platform)",
  "[default ; role=pull",
  "[default ; role=pull]",
  "[[default]] owner=infra",
];

const NOT_IN_CONFIG = "ignore its section; a profile of the config file is \\[default\\] or";
const MISSPELT_DEFAULT = "must be \\[default\\]";
const IGNORED_HEADERS: readonly (readonly [header: string, says: string, kind?: Variable])[] = [
  ["[profile: default]", MISSPELT_DEFAULT],
  ["[profile.default]", MISSPELT_DEFAULT],
  ["[profiles default]", MISSPELT_DEFAULT],
  ["[default (main)]", MISSPELT_DEFAULT],
  ["[default:]", MISSPELT_DEFAULT],
  ["[profile: default]", MISSPELT_DEFAULT, CREDENTIALS],
  ["[default main]", MISSPELT_DEFAULT, CREDENTIALS],
  ["[defaults]", NOT_IN_CONFIG],
  ["[Profile q]", NOT_IN_CONFIG],
  ["[q]", NOT_IN_CONFIG],
  ["[profile q]", "ignore its section; a profile of the credentials file is \\[NAME\\]", CREDENTIALS],
];

const REFUSED: readonly Scene[] = [
  scene(
    "a secret without its key id",
    CREDENTIALS,
    "[default]\naws_secret_access_key = <secret>\n",
    unusable("it needs both aws_access_key_id and aws_secret_access_key"),
  ),
  scene(
    "a key id without its secret",
    CREDENTIALS,
    "[default]\naws_access_key_id = <id>\n",
    unusable("it needs both aws_access_key_id and aws_secret_access_key"),
  ),
  scene(
    "a session token alone",
    CREDENTIALS,
    "[default]\naws_session_token = <secret>\n",
    unusable("it needs both aws_access_key_id and aws_secret_access_key"),
  ),
  scene(
    "keys without values",
    CREDENTIALS,
    "[default]\naws_access_key_id =\naws_secret_access_key =\n",
    unusable("empty"),
  ),
  scene(
    "key names of another tool",
    CREDENTIALS,
    "[default]\naccess_key = <id>\nsecret_key = <secret>\n",
    unusable("empty or unknown to AWS's tools"),
  ),
  scene(
    "misspelt key names",
    CREDENTIALS,
    "[default]\naws_acess_key_id = <id>\naws_secret_acess_key = <secret>\n",
    unusable("empty or unknown to AWS's tools"),
  ),
  scene(
    "an SSO session of a person",
    CONFIG,
    "[default]\nsso_start_url = https://x.example\nsso_account_id = 1\n",
    unusable("sso_start_url requires an interactive login"),
  ),
  scene(
    "a sign-in session of a person",
    CONFIG,
    "[default]\nlogin_session = x\n",
    unusable("login_session requires an interactive login"),
  ),
  scene(
    "a source_profile without role_arn",
    CONFIG,
    `[default]\nsource_profile = p\n[profile p]\n${KEYS}`,
    unusable("source_profile without role_arn"),
  ),
  scene(
    "a web_identity_token_file without role_arn",
    CONFIG,
    "[default]\nweb_identity_token_file = /t\n",
    unusable("web_identity_token_file without role_arn"),
  ),
  scene(
    "two credential sources at once",
    CONFIG,
    `[default]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = p\ncredential_source = Environment\n[profile p]\n${KEYS}`,
    unusable("source_profile and credential_source exclude each other"),
  ),
  scene(
    "a role without a credential source",
    CONFIG,
    "[default]\nROLE_ARN = arn:aws:iam::123456789012:role/x\n",
    unusable("role_arn without"),
  ),

  scene(
    "a key set twice",
    CREDENTIALS,
    `[default]\n${KEYS}aws_access_key_id = canary\n`,
    malformed(4, "already set"),
  ),
  scene(
    "a key set in two sections of one profile",
    CREDENTIALS,
    `[default]\n${KEYS}[default]\n${KEYS}`,
    malformed(5, "already set"),
  ),
  scene(
    "a key set in [default] and in [profile default]",
    CONFIG,
    `[default]\n${KEYS}[profile default]\nAWS_ACCESS_KEY_ID = canary\n`,
    malformed(5, "already set"),
  ),
  scene(
    "a default section in upper case",
    CREDENTIALS,
    `[DEFAULT]\n${KEYS}`,
    malformed(1, "must be \\[default\\]"),
  ),
  scene(
    "a default section with a capital letter",
    CONFIG,
    `[Default]\n${KEYS}`,
    malformed(1, "must be \\[default\\]"),
  ),
  scene(
    "a quoted default section",
    CREDENTIALS,
    `["default"]\n${KEYS}`,
    malformed(1, "must be \\[default\\]"),
  ),
  scene(
    "[profile default] in the credentials file",
    CREDENTIALS,
    `[profile default]\n${KEYS}`,
    malformed(1, "must be \\[default\\]"),
  ),
  scene("a header without its closing bracket", CREDENTIALS, `[default\n${KEYS}`, malformed(1, "neither")),
  ...HEADERS_WITH_TEXT_BEHIND.map((header) =>
    scene(
      `${header} is not a key of the section before it`,
      CONFIG,
      `[profile ops]\nregion = us-east-1\n${header}\nrole_arn = ${ROLE}\ncredential_source = Ec2InstanceMetadata\n`,
      malformed(3, "only a comment may follow the \\]"),
      { AWS_PROFILE: "ops" },
    ),
  ),
  scene(
    "a header with text after it, indented below a key without a value",
    CONFIG,
    "[default]\ns3 =\n  [profile p] (owner=infra)\n",
    malformed(3, "only a comment may follow the \\]"),
  ),
  ...IGNORED_HEADERS.map(([header, says, kind = CONFIG]) =>
    scene(
      `credential keys in the section ${header}, which AWS's tools ignore`,
      kind,
      `[profile p]\nregion = us-east-1\n${header}\noutput = json\nrole_arn = ${ROLE}\ncredential_source = Ec2InstanceMetadata\n`,
      malformed(says === "must be \\[default\\]" ? 3 : 5, says),
    ),
  ),
  scene(
    "a key with a blank instead of its separator",
    CONFIG,
    `[default]\ncredential_process = /bin/true\nrole_arn ${ROLE}\n`,
    malformed(3, "its key contains a blank"),
  ),
  scene("keys before the first section", CREDENTIALS, KEYS, malformed(1, "no \\[section\\] precedes it")),
  scene(
    "a key without a separator",
    CREDENTIALS,
    "[default]\naws_access_key_id canary\n",
    malformed(2, "neither"),
  ),
  scene(
    "a key that is indented below another",
    CREDENTIALS,
    "[default]\naws_access_key_id = <id>\n  aws_secret_access_key = canary\n",
    malformed(3, "indented below a key"),
  ),
  scene(
    "a section that is indented below a key",
    CONFIG,
    `[profile p]\nregion = x\n  [default]\n${KEYS}`,
    malformed(3, "indented below a key"),
  ),
  scene(
    "a file of another format",
    CREDENTIALS,
    '{"AccessKeyId":"canary"}\n',
    malformed(1, "no \\[section\\] precedes it"),
  ),
  scene("a file in UTF-16", CREDENTIALS, [..."[default]\n"].join("\0"), malformed(1, "neither")),

  scene(
    "a profile header of the other kind of file",
    CONFIG,
    "[p]\nregion = us-east-1\n",
    refused("aws-profile-missing", "p"),
    PROFILE_P,
  ),
  scene(
    "an unsupported setting beside keys",
    CREDENTIALS,
    `[default]\n${KEYS}ca_bundle = /ca.pem\n`,
    setting("ca_bundle"),
  ),
  ...[
    ["use_fips_endpoint", "yes"],
    ["use_dualstack_endpoint", "1"],
    ["ignore_configured_endpoint_urls", "on"],
    ["endpoint_url", "vpce.example"],
    ["services", "nowhere"],
    ["ca_bundle", "/ca.pem"],
    ["mfa_serial", "arn:aws:iam::123456789012:mfa/x"],
    ["sts_regional_endpoints", "legacy"],
    ["ec2_metadata_service_endpoint", "http://127.0.0.1"],
    ["ec2_metadata_service_endpoint_mode", "IPv6"],
  ].map(([key = "", value]) =>
    scene(
      `a setting that would change the destination of requests: ${key} = ${value}`,
      CONFIG,
      `[default]\n${key} = ${value}\n`,
      setting(key.toLowerCase()),
    ),
  ),
];

const TWO_FILES: readonly Scene[] = [
  ...([CONFIG, CREDENTIALS] as const).map((missing): Scene => {
    const there = missing === CONFIG ? CREDENTIALS : CONFIG;
    return {
      name: `${missing} with a missing file is an error, even if ${there} names a file with keys`,
      image: ECR,
      files: ({ cloud }) => ({ shared: withKey(`[default]\n${KEYS}`, cloud) }),
      env: ({ file }) => ({ [there]: file("shared"), [missing]: file("misspelt") }),
      expect: {
        fails: "referenced-file-missing",
        exit: 2,
        says: [new RegExp(`${missing}: \\S+/misspelt: it does not exist`)],
      },
    };
  }),
  {
    name: "the key of the credentials file is not combined with the session of the config file",
    image: ECR,
    files: ({ cloud }) => ({
      config: "[default]\naws_access_key_id = x\naws_secret_access_key = y\naws_session_token = z\n",
      credentials: withKey(`[default]\n${KEYS}`, cloud),
    }),
    env: ({ file }) => ({ [CONFIG]: file("config"), [CREDENTIALS]: file("credentials") }),
    ...FROM_FILE,
  },
  {
    name: "an incomplete key in the credentials file is not completed from the config file",
    image: ECR,
    files: ({ cloud }) => ({
      config: withKey(`[default]\n${KEYS}`, cloud),
      credentials: withKey("[default]\naws_secret_access_key = <secret>\n", cloud),
    }),
    env: ({ file }) => ({ [CONFIG]: file("config"), [CREDENTIALS]: file("credentials") }),
    ...unusable("it needs both aws_access_key_id and aws_secret_access_key"),
  },
];

const withUserKey = (id: string, secret: string) => ({
  env: ({ cloud: { awsUserKey } }: { readonly cloud: Cloud }) => ({
    [id]: awsUserKey.accessKeyId,
    [secret]: awsUserKey.secretAccessKey,
  }),
});

const VPC_ECR = "vpce-0a1b.api.ecr.us-east-1.vpce.amazonaws.com";
const VPC_STS = "vpce-0a1b.sts.us-east-1.vpce.amazonaws.com";
const OWN = "api.ecr.us-east-1.amazonaws.com";

/** The hosts that are requested, by the settings of the default profile. */
const ENDPOINTS: readonly (readonly [
  what: string,
  text: Text,
  hosts: readonly string[],
  env?: Readonly<Record<string, string>>,
])[] = [
  ["nothing", "", [OWN]],
  ["use_fips_endpoint", "USE_FIPS_ENDPOINT = True\n", ["api.ecr-fips.us-east-1.amazonaws.com"]],
  ["use_dualstack_endpoint", "use_dualstack_endpoint = true\n", ["ecr.us-east-1.api.aws"]],
  ["endpoint_url", `endpoint_url = https://${VPC_ECR}\n`, [VPC_ECR]],
  [
    "a services section",
    `services = vpc\n[services vpc]\necr =\n  endpoint_url = https://${VPC_ECR}\n`,
    [VPC_ECR],
  ],
  [
    "a services section before endpoint_url",
    `endpoint_url = https://elsewhere.example\nservices = vpc\n[services vpc]\necr =\n  endpoint_url = https://${VPC_ECR}\n`,
    [VPC_ECR],
  ],
  [
    "a services section of another service",
    `services = vpc\n[services vpc]\ns3 =\n  endpoint_url = https://elsewhere.example\n`,
    [OWN],
  ],
  [
    "a services section that no key names",
    "[services vpc]\necr =\n  endpoint_url = https://elsewhere.example\n",
    [OWN],
  ],
  [
    "endpoint_url, where a variable names another",
    "endpoint_url = https://elsewhere.example\n",
    [VPC_ECR],
    { AWS_ENDPOINT_URL: `https://${VPC_ECR}` },
  ],
  [
    "endpoint_url, where the variables are ignored by the profile",
    "ignore_configured_endpoint_urls = true\nendpoint_url = https://elsewhere.example\n",
    [OWN],
    { AWS_ENDPOINT_URL: "https://elsewhere.example" },
  ],
  [
    "use_fips_endpoint, where the variable says no",
    "use_fips_endpoint = true\n",
    [OWN],
    { AWS_USE_FIPS_ENDPOINT: "false" },
  ],
];

const SETTINGS: readonly Scene[] = [
  ...ENDPOINTS.map(([what, text, hosts, env = {}]) => ({
    ...scene(`the endpoint by the profile: ${what}`, CONFIG, `[default]\n${text}`, FROM_INSTANCE, env),
    hosts,
  })),
  {
    name: "a role of a profile is assumed at the endpoint of its services section",
    image: ECR,
    cloud: { aws: { roles: { puller: { permissions: ["*"], trustedRoles: ["user"] } } } },
    files: ({ cloud }) => ({
      shared: withKey(
        `[default]\nrole_arn = ${ROLE}\nsource_profile = base\nservices = vpc\n[profile base]\n${KEYS}[services vpc]\nSTS =\n  endpoint_url = https://${VPC_STS}\n`,
        cloud,
      ),
    }),
    env: ({ file }) => ({ [CONFIG]: file("shared") }),
    hosts: [VPC_STS, OWN],
    expect: ECR_LOGIN,
    requests: ["sts/AssumeRole", LOGIN],
  },
  {
    name: "the endpoint of the rule's profile is used instead of that of the environment's profile",
    image: ECR,
    config: ({ file }) =>
      JSON.stringify({
        apiVersion: "registry-credential-provider/v1",
        kind: "Config",
        rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], aws: { profile: "p", configFile: file("ruled") } }],
      }),
    files: ({ cloud }) => ({
      ruled: withKey(`[profile p]\n${KEYS}endpoint_url = https://${VPC_ECR}\n`, cloud),
      shared: "[profile p]\nendpoint_url = https://elsewhere.example\n",
    }),
    env: ({ file }) => ({ [CONFIG]: file("shared"), AWS_PROFILE: "p" }),
    hosts: [VPC_ECR],
    ...FROM_FILE,
  },
  scene(
    "FIPS and a custom endpoint exclude each other",
    CONFIG,
    "[default]\nuse_fips_endpoint = true\nendpoint_url = https://elsewhere.example\n",
    refused(
      "aws-profile-setting-invalid",
      "profile default: use_fips_endpoint: cannot be combined with endpoint_url",
    ),
  ),
];

const WITHOUT_ADDRESS: Pick<Scene, "expect"> = {
  expect: {
    fails: "aws-container-endpoint-invalid",
    exit: 1,
    says: [
      "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set",
      /^(?!.*canary)/,
    ],
    hint: /^set one of them in the provider's env/,
  },
};

/** Variables that AWS's SDK for Go reads, and that give upstream's provider another identity than the instance's. */
const VARIABLES: readonly Scene[] = [
  {
    name: "AWS_ACCESS_KEY and AWS_SECRET_KEY form a key",
    image: ECR,
    ...withUserKey("AWS_ACCESS_KEY", "AWS_SECRET_KEY"),
    ...FROM_FILE,
  },
  {
    name: "AWS_ACCESS_KEY_ID and AWS_SECRET_KEY form a key",
    image: ECR,
    ...withUserKey("AWS_ACCESS_KEY_ID", "AWS_SECRET_KEY"),
    ...FROM_FILE,
  },
  ...["AWS_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_SESSION_TOKEN"].map(
    (name): Scene => ({
      name: `${name} alone is an incomplete key, and the instance's role does not replace it`,
      image: ECR,
      env: { [name]: "canary" },
      ...refused("aws-environment-keys-incomplete", /^(?!.*canary)/),
    }),
  ),
  {
    name: "AWS_CREDENTIAL_EXPIRATION alone is an incomplete key",
    image: ECR,
    env: { AWS_CREDENTIAL_EXPIRATION: "2999-01-01T00:00:00Z" },
    ...refused("aws-environment-keys-incomplete"),
  },
  ...(
    [
      [{ AWS_ROLE_ARN: ROLE }, "AWS_WEB_IDENTITY_TOKEN_FILE is not"],
      [{ AWS_WEB_IDENTITY_TOKEN_FILE: "/token" }, "AWS_ROLE_ARN is not"],
    ] as const
  ).map(
    ([env, says]): Scene => ({
      name: `${Object.keys(env)} alone is an incomplete web identity, and the instance's role does not replace it`,
      image: ECR,
      env,
      expect: {
        fails: "aws-web-identity-file-invalid",
        exit: 2,
        says: [says],
        hint: /^set AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE /,
      },
    }),
  ),
  ...["AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"].map(
    (name): Scene => ({
      name: `${name} without the endpoint's address is an error, and the instance's role does not replace it`,
      image: ECR,
      env: { [name]: "canary" },
      ...WITHOUT_ADDRESS,
    }),
  ),
  scene(
    "credential_source = EcsContainer without the endpoint's address",
    CONFIG,
    `[default]\nrole_arn = ${ROLE}\ncredential_source = EcsContainer\n`,
    WITHOUT_ADDRESS,
  ),
  {
    name: "AWS_ROLE_SESSION_NAME alone selects no identity",
    image: ECR,
    env: { AWS_ROLE_SESSION_NAME: "node" },
    ...FROM_INSTANCE,
  },
  {
    name: "AWS_ROLE_ARN has no effect beside environment keys",
    image: ECR,
    env: ({ cloud: { awsUserKey } }) => ({
      AWS_ROLE_ARN: ROLE,
      AWS_ACCESS_KEY_ID: awsUserKey.accessKeyId,
      AWS_SECRET_ACCESS_KEY: awsUserKey.secretAccessKey,
    }),
    ...FROM_FILE,
  },
  {
    name: "a setting of the default profile applies to environment keys",
    image: ECR,
    files: { shared: "[default]\nca_bundle = /ca.pem\n" },
    env: ({ file }) => ({ [CONFIG]: file("shared"), AWS_ACCESS_KEY_ID: "x", AWS_SECRET_ACCESS_KEY: "y" }),
    ...setting("ca_bundle"),
  },
  {
    name: "a setting of another profile does not apply to environment keys",
    image: ECR,
    files: { shared: "[profile p]\nca_bundle = /ca.pem\n" },
    env: ({ file, cloud: { awsUserKey } }) => ({
      [CONFIG]: file("shared"),
      AWS_ACCESS_KEY_ID: awsUserKey.accessKeyId,
      AWS_SECRET_ACCESS_KEY: awsUserKey.secretAccessKey,
    }),
    ...FROM_FILE,
  },
  scene("AWS_DEFAULT_PROFILE selects the profile", CREDENTIALS, `[p]\n${KEYS}`, FROM_FILE, {
    AWS_DEFAULT_PROFILE: "p",
  }),
  scene(
    "AWS_PROFILE takes precedence over AWS_DEFAULT_PROFILE",
    CREDENTIALS,
    `[p]\n${KEYS}[q]\nregion = x\n`,
    FROM_FILE,
    { AWS_PROFILE: "p", AWS_DEFAULT_PROFILE: "q" },
  ),
  scene(
    "AWS_DEFAULT_PROFILE without an existing profile is an error",
    CREDENTIALS,
    `[p]\n${KEYS}`,
    refused("aws-profile-missing", "q"),
    { AWS_DEFAULT_PROFILE: "q" },
  ),
];

const NAMED_P = "[profile p]\nuse_fips_endpoint = true\n";

/** A selected profile must exist even if the credentials come from another source: its settings would be lost. */
const MISSPELT_PROFILES: readonly Scene[] = [
  ...(["AWS_PROFILE", "AWS_DEFAULT_PROFILE"] as const).flatMap((variable): Scene[] => {
    const base = (profile: string, what: string): Scene => ({
      name: `${variable}=${profile} beside environment keys: ${what}`,
      image: ECR,
      files: { shared: NAMED_P },
      env: (place) => ({
        ...withUserKey("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY").env(place),
        [CONFIG]: place.file("shared"),
        [variable]: profile,
      }),
      expect: ECR_LOGIN,
    });
    return [
      {
        ...base("p", "its FIPS setting applies"),
        hosts: ["api.ecr-fips.us-east-1.amazonaws.com"],
        requests: [LOGIN],
      },
      {
        ...base("pp", "a missing profile is an error"),
        ...refused("aws-profile-missing", `${variable} names pp`),
      },
    ];
  }),
  {
    name: "AWS_PROFILE without an existing profile is an error beside a web identity, before STS is requested",
    image: ECR,
    files: { shared: NAMED_P, token: "x" },
    env: ({ file }) => ({
      [CONFIG]: file("shared"),
      AWS_PROFILE: "pp",
      AWS_WEB_IDENTITY_TOKEN_FILE: file("token"),
      AWS_ROLE_ARN: ROLE,
    }),
    ...refused("aws-profile-missing", "AWS_PROFILE names pp"),
  },
  {
    name: "AWS_PROFILE without an existing profile is an error for a token for another cloud",
    image: ACR,
    node: "aws",
    files: { shared: NAMED_P },
    env: (place) => ({
      ...withUserKey("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY").env(place),
      [CONFIG]: place.file("shared"),
      AWS_PROFILE: "pp",
    }),
    config: JSON.stringify({
      apiVersion: "registry-credential-provider/v1",
      kind: "Config",
      rules: [
        {
          match: ["*.azurecr.io"],
          azure: { tenantId: TENANT, clientId: APP.clientId, subjectToken: "aws" },
        },
      ],
    }),
    ...refused("aws-profile-missing", "AWS_PROFILE names pp"),
  },
  {
    name: "the error about a rule's missing profile names the rule's key",
    image: ECR,
    config: JSON.stringify({
      apiVersion: "registry-credential-provider/v1",
      kind: "Config",
      rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], aws: { profile: "pp" } }],
    }),
    files: { shared: NAMED_P },
    env: ({ file }) => ({ [CONFIG]: file("shared"), AWS_PROFILE: "p" }),
    ...refused("aws-profile-missing", "aws.profile of the rule names pp"),
  },
  scene(
    "the error about a missing source_profile names the source_profile",
    CONFIG,
    `[default]\nrole_arn = ${ROLE}\nsource_profile = a\n`,
    refused("aws-profile-missing", "source_profile of profile default names a"),
  ),
];

const hinted = (fails: Failing["fails"], exit: 1 | 2, says: string, hint: RegExp) =>
  ({ expect: { fails, exit, says: [says], hint }, requests: [] }) as const;

const WRONG_VALUES: readonly Scene[] = [
  ...["environment", "Foo", "Ec2InstanceMetaData"].map((value) =>
    scene(
      `credential_source = ${value} is an unknown source, not a missing one`,
      CONFIG,
      `[default]\nrole_arn = ${ROLE}\ncredential_source = ${value}\n`,
      unusable("default: credential_source must be Environment, Ec2InstanceMetadata or EcsContainer"),
    ),
  ),
  scene(
    "the error about a missing web_identity_token_file names the key and no variable",
    CONFIG,
    `[default]\nrole_arn = ${ROLE}\nweb_identity_token_file = /nonexistent/token\n`,
    hinted(
      "aws-web-identity-file-invalid",
      2,
      "web_identity_token_file of profile default: /nonexistent/token does not exist",
      /^correct web_identity_token_file of profile default,(?!.*AWS_)/,
    ),
  ),
  scene(
    "a relative web_identity_token_file is refused",
    CONFIG,
    `[default]\nrole_arn = ${ROLE}\nweb_identity_token_file = token\n`,
    hinted(
      "aws-web-identity-file-invalid",
      2,
      "web_identity_token_file of profile default must be an absolute path",
      /^correct web_identity_token_file/,
    ),
  ),
  ...[
    ["aws_access_key_id = <id>\naws_secret_access_key = <secret>", "useast1"],
    [`role_arn = ${ROLE}\nsource_profile = default\n${KEYS}`, "us-gv-west-1"],
  ].map(([keys, region]) =>
    scene(
      `refuses a profile's region that does not exist: ${region}`,
      CONFIG,
      `[default]\nregion = ${region}\n${keys}`,
      refused("aws-profile-setting-invalid", "profile default: region: is not an AWS region"),
    ),
  ),
];

const PROGRAMS: readonly Scene[] = [
  ...(
    [
      ["/nonexistent/keys", "/nonexistent/keys does not exist"],
      ["nonexistent-keys", "nonexistent-keys is not in PATH"],
      ["<file>", /credential_process of profile default: \S+\/program is not executable/],
    ] as const
  ).map(
    ([program, says]): Scene => ({
      name: `credential_process = ${program}: the error explains why it cannot be run`,
      image: ECR,
      files: ({ file }) => ({
        program: "#!/bin/sh\n",
        shared: `[default]\ncredential_process = ${program.replace("<file>", file("program"))}\n`,
      }),
      env: ({ file }) => ({ [CONFIG]: file("shared") }),
      expect: { fails: "aws-process-failed", exit: 1, says: [says] },
      requests: [],
    }),
  ),
  ...["./keys", "~/bin/keys", "bin/keys --now"].map((command) =>
    scene(
      `credential_process = ${command} is refused as a relative path`,
      CONFIG,
      `[default]\ncredential_process = ${command}\n`,
      hinted(
        "aws-process-failed",
        1,
        "credential_process of profile default: the program's path is relative",
        /^write the program's absolute path/,
      ),
    ),
  ),
];

const RELATIVE_PATHS: readonly Scene[] = [
  ...[
    ["HOME", "home", "HOME must be an absolute path"],
    [CONFIG, "config", `${CONFIG} must be an absolute path`],
    [CREDENTIALS, "./credentials", `${CREDENTIALS} must be an absolute path`],
    [CONFIG, "~/config", "HOME must be an absolute path"],
  ].map(
    ([variable = "", value = "", says = ""]): Scene => ({
      name: `a relative path is refused: ${variable}=${value}`,
      image: ECR,
      env: { HOME: variable === CREDENTIALS ? "/nonexistent" : "home", [variable]: value },
      ...refused("environment-invalid", says),
    }),
  ),
  {
    name: "a relative HOME has no effect if both shared files are configured",
    image: ECR,
    files: ({ cloud }) => ({ shared: withKey(`[default]\n${KEYS}`, cloud), config: "" }),
    env: ({ file }) => ({ HOME: "home", [CONFIG]: file("config"), [CREDENTIALS]: file("shared") }),
    ...FROM_FILE,
  },
  {
    name: "the error about a relative AWS_WEB_IDENTITY_TOKEN_FILE names the variable",
    image: ECR,
    env: { AWS_WEB_IDENTITY_TOKEN_FILE: "token", AWS_ROLE_ARN: ROLE },
    ...hinted(
      "aws-web-identity-file-invalid",
      2,
      "AWS_WEB_IDENTITY_TOKEN_FILE must be an absolute path",
      /^correct AWS_WEB_IDENTITY_TOKEN_FILE,/,
    ),
  },
  ...[
    ["token", " must be an absolute path"],
    ["/nonexistent/token", ": /nonexistent/token does not exist"],
  ].map(
    ([value = "", says]): Scene => ({
      name: `the error about AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=${value} names the variable`,
      image: ECR,
      env: {
        AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1:1/",
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: value,
      },
      expect: {
        fails: "aws-container-endpoint-invalid",
        exit: 1,
        says: [`AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE${says}`],
      },
      requests: [],
    }),
  ),
];

export const AWS_FILES: readonly Scene[] = [
  ...USED,
  ...REFUSED,
  ...TWO_FILES,
  ...SETTINGS,
  ...VARIABLES,
  ...MISSPELT_PROFILES,
  ...WRONG_VALUES,
  ...PROGRAMS,
  ...RELATIVE_PATHS,
];
