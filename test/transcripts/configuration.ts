import { ACR, ACR_LOGIN, ECR, ECR_LOGIN, IMDS } from "./answers.ts";
import type { Scene } from "./scene.ts";

const HEAD = "apiVersion: registry-credential-provider/v1\nkind: Config\n";
const API = "api.ecr.us-east-1.amazonaws.com";
const [HOST = ""] = ECR.split("/");
const [ACR_HOST = ""] = ACR.split("/");
const FOREIGN = "docker.io/library/busybox";
const BY_NODE = { requests: [...IMDS, "ecr/GetAuthorizationToken"], hosts: [API] } as const;
const BY_ACR = { requests: ["azure-imds/token", "acr/exchange"], hosts: [ACR_HOST] } as const;

const FAULTY = `${HEAD}rulez: []
rules:
  - match: ["ghcr.io"]
  - match: ["*.dkr.ecr.*.amazonaws.com"]
    aws: { rolArn: secret-of-nobody, externalId: "?", roleArn: pull }
  - match: ["*.azurecr.io"]
    azure: { clientSecretFile: hunter2 }
`;

export const CONFIGURATION: readonly Scene[] = [
  {
    name: "all errors of a configuration file are reported at once, each with its place, and without possible secrets",
    image: ECR,
    files: { "faulty.yaml": FAULTY },
    args: ({ file }) => ["--config", file("faulty.yaml")],
    expect: {
      fails: "config-invalid",
      exit: 2,
      says: [
        /: \/\S+\/faulty\.yaml:3:1: rulez: unknown key; the closest known key is "rules"; /,
        /; \/\S+\/faulty\.yaml:5:13: rules\[0\]\.match\[0\]: "ghcr\.io" can never match: /,
        /; \/\S+\/faulty\.yaml:7:12: rules\[1\]\.aws\.rolArn: unknown key; the closest known key is "roleArn"; /,
        /; \/\S+\/faulty\.yaml:7:50: rules\[1\]\.aws\.externalId: the value \(not shown\) is not an AWS external ID; /,
        /; \/\S+\/faulty\.yaml:9:32: rules\[2\]\.azure\.clientSecretFile: the value \(not shown\) is not an absolute path\. Hint/,
        /^(?!.*(hunter2|secret-of-nobody))/,
      ],
    },
  },
  {
    name: "an invalid configuration file is reported for an image from an unsupported registry too",
    image: FOREIGN,
    config: "{ this is no configuration",
    expect: { fails: "config-invalid", exit: 2, says: [/config\.yaml:\d+:\d+: /] },
  },
  {
    name: "a configuration file that an argument names must exist",
    image: FOREIGN,
    args: ["--config=/nonexistent/config.yaml"],
    expect: { fails: "config-unreadable", exit: 2, says: ["/nonexistent/config.yaml does not exist"] },
  },
  {
    name: "a folder is not a configuration file",
    image: FOREIGN,
    args: ["--config", "/usr"],
    expect: { fails: "config-unreadable", exit: 2, says: ["/usr: not a regular file"] },
  },
  {
    name: "a configuration file that other users may write to is refused",
    image: ECR,
    files: { "open.yaml": HEAD },
    modes: { "open.yaml": 0o666 },
    args: ({ file }) => [`--config=${file("open.yaml")}`],
    expect: { fails: "file-unsafe", exit: 2, says: ["open.yaml: its group and others may write to it"] },
  },
  {
    name: "a configuration file that a group may write to is refused",
    image: ECR,
    files: { "open.yaml": HEAD },
    modes: { "open.yaml": 0o660 },
    args: ({ file }) => [`--config=${file("open.yaml")}`],
    expect: {
      fails: "file-unsafe",
      exit: 2,
      says: ["open.yaml: its group, or others by an access control list, may write to it"],
    },
  },
  {
    name: "a configuration file that other users may read is accepted, because it contains no secrets",
    image: ECR,
    config: HEAD,
    modes: { "config.yaml": 0o644 },
    expect: { ...ECR_LOGIN, for: "Registry" },
    ...BY_NODE,
  },
  {
    name: "a configuration without rules has no effect",
    image: FOREIGN,
    config: `${HEAD}rules: []\nmirrors: []\n`,
    expect: { none: true },
  },
  {
    name: "a configuration file may be JSON",
    image: `${HOST}/other/app`,
    files: {
      "config.json": JSON.stringify({
        apiVersion: "registry-credential-provider/v1",
        kind: "Config",
        rules: [{ match: [HOST], allow: { repositories: ["team"] } }],
      }),
    },
    args: ({ file }) => [`--config=${file("config.json")}`],
    expect: { fails: "repository-not-allowed", exit: 1 },
  },
  {
    name: "a configuration file may use all of YAML",
    image: `${HOST}/other/app`,
    config: `${HEAD}"rules":\r\n- {match: [\r\n  ${HOST}\r\n  ], "allow": {repositories: [ "te\\u0061m" ]}}\r\n`,
    expect: { fails: "repository-not-allowed", exit: 1 },
  },
  ...["\r", "\u0085", "\u2028", "\u2029"].flatMap((sign): readonly Scene[] => {
    const code = `U+${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
    const says = [`3:4: ${code} is not a line break: end lines with LF or CRLF`];
    return [
      {
        name: `a configuration file in which ${code} ends a comment is refused`,
        image: ECR,
        config: `${HEAD}# x${sign}requireRule: true\nrules: []\n`,
        expect: { fails: "config-invalid", exit: 2, says },
      },
      {
        name: `a configuration file with YAML that is not plain, in which ${code} ends a comment, is refused`,
        image: ECR,
        config: `${HEAD}# x${sign}requireRule: true\n"rul\\u0065s": []\n`,
        expect: { fails: "config-invalid", exit: 2, says },
      },
    ];
  }),
  {
    name: "a comment in a configuration file may contain any characters and ends at the line feed",
    image: ECR,
    config: `${HEAD}# \u00e9 \u2013 x\nrequireRule: true\nrules: [{ match: [gcr.io] }]\n`,
    expect: { fails: "rule-missing", exit: 1 },
  },
  {
    name: "a rule for a path limits the login to the image",
    image: ECR,
    config: `${HEAD}rules:\n  - match: ["${HOST}/other"]\n    identity: pod\n    allow: { annotationRoles: ["arn:aws:iam::*:role/*"] }\n`,
    expect: { ...ECR_LOGIN, for: "Image" },
    ...BY_NODE,
  },
  {
    name: "only the first matching rule is used",
    image: ECR,
    config: `${HEAD}rules:
  - match: ["${HOST}/team"]
    allow: { repositories: ["team/other"] }
  - match: ["${HOST}"]
    identity: node
`,
    expect: { fails: "repository-not-allowed", exit: 1, says: ["(rule rules[0])"] },
  },
  {
    name: "an error under a later rule names that rule",
    image: ECR,
    config: `${HEAD}rules:
  - match: ["${HOST}/other"]
    identity: node
  - match: ["${HOST}"]
    allow: { repositories: ["other"] }
`,
    expect: { fails: "repository-not-allowed", exit: 1, says: ["(rule rules[1])"] },
  },
  {
    name: "a rule whose path ends within a word does not match",
    image: ECR,
    config: `${HEAD}rules:
  - match: ["${HOST}/te"]
    allow: { serviceAccounts: ["nobody/nothing"] }
  - match: ["${HOST}"]
    identity: node
`,
    expect: { ...ECR_LOGIN, for: "Image" },
    ...BY_NODE,
  },
  {
    name: "an impossible repository path does not bypass a rule for a path",
    image: `${HOST}/secret/../secret/app`,
    config: `${HEAD}rules:
  - match: ["${HOST}/secret"]
    allow: { serviceAccounts: ["nobody/nothing"] }
  - match: ["${HOST}"]
    identity: node
`,
    expect: { fails: "repository-malformed", exit: 2, says: [/"secret\/\.\.\/secret\/app"/] },
  },
  {
    name: "an image of a mirrored registry gets the mirror's login under its own host",
    image: "docker.io/library/busybox",
    node: "aws",
    config: `${HEAD}mirrors:\n  - source: docker.io\n    registry: ${HOST}/hub\n`,
    loginAt: `${HOST}/hub/library/busybox`,
    expect: { ...ECR_LOGIN, for: "Registry" },
    ...BY_NODE,
  },
  {
    name: "an image outside the mirrored part of a registry is unsupported",
    image: "docker.io/library/busybox",
    node: "aws",
    config: `${HEAD}mirrors:\n  - source: docker.io/team\n    registry: ${HOST}/hub\n`,
    expect: { none: true },
  },
  {
    name: "a custom domain gets the login of its registry",
    image: "images.corp.example/team/app",
    node: "azure",
    config: `${HEAD}rules:\n  - match: ["images.corp.example"]\n    registry: ${ACR_HOST}\n`,
    loginAt: ACR,
    expect: { ...ACR_LOGIN, for: "Registry" },
    ...BY_ACR,
  },
  {
    name: "requireRule refuses an image of a supported registry that no rule matches",
    image: ECR,
    node: null,
    config: `${HEAD}requireRule: true\nrules:\n  - match: ["*.azurecr.io"]\n`,
    expect: { fails: "rule-missing", exit: 1, says: [`: "${ECR}". Hint: add a rule`] },
  },
  {
    name: "requireRule refuses an image that only a rule of another cloud matches",
    image: ACR,
    node: null,
    config: `${HEAD}requireRule: true\nrules:\n  - match: ["*.*.*"]\n    google: {}\n`,
    expect: { fails: "rule-missing", exit: 1 },
  },
  {
    name: "requireRule refuses the target of a mirror that no rule matches",
    image: "docker.io/library/busybox",
    node: null,
    config: `${HEAD}requireRule: true\nrules:\n  - match: ["*.azurecr.io"]\nmirrors:\n  - { source: docker.io, registry: ${HOST}/hub }\n`,
    expect: { fails: "rule-missing", exit: 1, says: [`"${HOST}/hub/library/busybox"`] },
  },
  {
    name: "requireRule is satisfied by a rule for another name of the registry",
    image: ECR,
    config: `${HEAD}requireRule: true\nrules:\n  - match: ["*.dkr-ecr.*.on.aws"]\n`,
    expect: { ...ECR_LOGIN, for: "Registry" },
    ...BY_NODE,
  },
  {
    name: "with requireRule an image of an unsupported registry still has no login",
    image: FOREIGN,
    config: `${HEAD}requireRule: true\nrules:\n  - match: ["*.azurecr.io"]\n`,
    expect: { none: true },
  },
  {
    name: "requireRule: false has no effect",
    image: ECR,
    config: `${HEAD}requireRule: false\n`,
    expect: { ...ECR_LOGIN, for: "Registry" },
    ...BY_NODE,
  },
  {
    name: "requireRule without any rule is an error",
    image: FOREIGN,
    config: `${HEAD}requireRule: true\n`,
    expect: {
      fails: "config-invalid",
      exit: 2,
      says: [/:3:14: requireRule: every image of a supported registry would be refused/],
    },
  },
];
