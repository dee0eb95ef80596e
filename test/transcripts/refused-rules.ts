/** Rules and mirrors that are refused, each with a similar one that is accepted. */
import type { Scene } from "./scene.ts";

const HEAD = "apiVersion: registry-credential-provider/v1\nkind: Config\n";
const FOREIGN = "ghcr.example/app";
const ROLES = 'annotationRoles: ["arn:aws:iam::111122223333:role/team-*"]';
const ACCOUNTS = 'annotationServiceAccounts: ["*@p.iam.gserviceaccount.com"]';
const CLIENTS = 'annotationClients: ["*/*"]';
const ROLE = 'roleArn: "arn:aws:iam::111122223333:role/a"';
const POOL = "workloadIdentityProvider: projects/1/locations/global/workloadIdentityPools/p/providers/k";
const APP = "tenantId: t, clientId: 00000000-0000-0000-0000-000000000000";

const inAws = (text: string) => `rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], ${text} }]`;
const inGoogle = (text: string) => `rules: [{ match: ["gcr.io"], ${text} }]`;
const inAzure = (text: string) => `rules: [{ match: ["*.azurecr.io"], ${text} }]`;

type Row = readonly [what: string, text: string, says: string];

/** Settings that have no effect under the rule's identity. */
const WITHOUT_EFFECT: readonly Row[] = [
  [
    "annotations under a shared file",
    inAws(`aws: { configFile: /a }, allow: { ${ROLES} }`),
    "rules[0].allow.annotationRoles: annotations apply to pods, but aws.configFile implies identity: node",
  ],
  [
    "annotations under a profile",
    inAws(`aws: { profile: a }, allow: { ${ROLES} }`),
    "rules[0].allow.annotationRoles: annotations apply to pods, but aws.profile implies identity: node",
  ],
  [
    "annotations under a token of the node's",
    inAws(`aws: { ${ROLE}, subjectToken: "file:/t" }, allow: { ${ROLES} }`),
    "rules[0].allow.annotationRoles: annotations apply to pods, but subjectToken implies identity: node",
  ],
  [
    "annotations under the agent of EKS Pod Identity",
    inAws(`aws: { podIdentity: true }, allow: { ${ROLES} }`),
    "rules[0].allow.annotationRoles: annotations have no effect with aws.podIdentity",
  ],
  [
    "annotations under a key of Google",
    inGoogle(`google: { credentialsFile: /k }, allow: { ${ACCOUNTS} }`),
    "rules[0].allow.annotationServiceAccounts: annotations apply to pods, but google.credentialsFile implies identity: node",
  ],
  [
    "annotations under a token for a provider of Google",
    inGoogle(`google: { ${POOL}, subjectToken: aws }, allow: { ${ACCOUNTS} }`),
    "rules[0].allow.annotationServiceAccounts: annotations apply to pods, but subjectToken implies identity: node",
  ],
  [
    "annotations under a secret of Azure",
    inAzure(`azure: { ${APP}, clientSecretFile: /s }, allow: { ${CLIENTS} }`),
    "rules[0].allow.annotationClients: annotations apply to pods, but azure.clientSecretFile implies identity: node",
  ],
  [
    "annotations under a secret in a variable",
    inAzure(`azure: { ${APP}, clientSecretEnv: S }, allow: { ${CLIENTS} }`),
    "rules[0].allow.annotationClients: annotations apply to pods, but azure.clientSecretEnv implies",
  ],
  [
    "annotations under a certificate",
    inAzure(`azure: { ${APP}, certificateFile: /c }, allow: { ${CLIENTS} }`),
    "rules[0].allow.annotationClients: annotations apply to pods, but azure.certificateFile implies",
  ],
  [
    "annotations under identity: node",
    inAws(`identity: node, aws: { ${ROLE} }, allow: { ${ROLES} }`),
    "rules[0].allow.annotationRoles: annotations apply to pods, but identity is node",
  ],
  [
    "the agent of EKS Pod Identity under a profile",
    inAws("aws: { profile: a, podIdentity: true }"),
    "rules[0].aws.podIdentity: EKS Pod Identity requires a pod's token, but aws.profile implies identity: node",
  ],
  [
    "the request's token under a profile",
    inAws(`aws: { profile: a, ${ROLE}, subjectToken: request }`),
    "rules[0].aws.subjectToken: request is the pod's token, but aws.profile implies identity: node",
  ],
  [
    "the request's token under a certificate",
    inAzure(`azure: { ${APP}, certificateFile: /c, subjectToken: request }`),
    "rules[0].azure.subjectToken: request is the pod's token, but azure.certificateFile implies identity: node",
  ],
  [
    "the request's token for nothing",
    inAws("aws: { subjectToken: request }"),
    "rules[0].aws.subjectToken: no pod identity is configured: set aws.roleArn",
  ],
  [
    "an external id under the request's token",
    inAws(`aws: { ${ROLE}, externalId: abc, subjectToken: request }`),
    "rules[0].aws.externalId: AssumeRoleWithWebIdentity accepts no external ID",
  ],
  [
    "a managed identity under the request's token",
    inAzure(
      `azure: { objectId: 00000000-0000-0000-0000-000000000000, subjectToken: request }, allow: { ${CLIENTS} }`,
    ),
    "rules[0].azure.objectId: not allowed with subjectToken: request, which implies identity: pod (these are node credentials)",
  ],
  [
    "an audience under a profile",
    inAws("aws: { profile: a, subjectTokenAudience: sts.amazonaws.com }"),
    "rules[0].aws.subjectTokenAudience: no token is exchanged: aws.profile implies identity: node, and subjectToken is not set",
  ],
  [
    "an audience under a key of Google",
    inGoogle("google: { credentialsFile: /k, subjectTokenAudience: a }"),
    "rules[0].google.subjectTokenAudience: no token is exchanged: google.credentialsFile implies",
  ],
  [
    "an audience without a pool",
    inGoogle("google: { subjectTokenAudience: a }"),
    "rules[0].google.subjectTokenAudience: no token is exchanged: set google.workloadIdentityProvider or google.gke",
  ],
  [
    "an audience under identity: node",
    inAzure(`identity: node, azure: { subjectTokenAudience: a }`),
    "rules[0].azure.subjectTokenAudience: no token is exchanged: identity is node",
  ],
  [
    "GKE's pool under another token",
    inGoogle(`google: { gke: {}, subjectToken: aws }`),
    "rules[0].google.gke: GKE's workload identity pool accepts only pods' tokens, but subjectToken implies identity: node",
  ],
];

const WITH_EFFECT: readonly (readonly [what: string, text: string])[] = [
  ["annotations beside a role", inAws(`aws: { ${ROLE} }, allow: { ${ROLES} }`)],
  [
    "annotations before a shared file",
    inAws(`identity: pod-then-node, aws: { configFile: /a }, allow: { ${ROLES} }`),
  ],
  ["annotations with the request's token", inAws(`aws: { subjectToken: request }, allow: { ${ROLES} }`)],
  [
    "ServiceAccounts that may use a shared file",
    inAws("aws: { configFile: /a }, allow: { serviceAccounts: [a/b] }"),
  ],
  ["annotations with a pool", inGoogle(`google: { ${POOL} }, allow: { ${ACCOUNTS} }`)],
  ["annotations with an application", inAzure(`azure: { ${APP} }, allow: { ${CLIENTS} }`)],
  ["a profile with a role and an external id", inAws(`aws: { profile: a, ${ROLE}, externalId: abc }`)],
  [
    "the agent of EKS Pod Identity",
    inAws("aws: { podIdentity: true, subjectTokenAudience: pods.eks.amazonaws.com }"),
  ],
  [
    "an audience of a token of the node's",
    inAws(`aws: { ${ROLE}, subjectToken: google, subjectTokenAudience: a }`),
  ],
];

const inRules = (...matches: readonly string[]) =>
  `rules: [${matches.map((match) => `{ match: ["${match}"] }`).join(", ")}]`;
/** Rules for two names of one registry, in both orders: neither order helps. */
const SAME_IMAGES: readonly Row[] = [
  ["111122223333.dkr.ecr.eu-west-1.amazonaws.com", "111122223333.dkr-ecr.eu-west-1.on.aws"],
  ["gcr.io/p", "us-docker.pkg.dev/p/gcr.io"],
  ["shop.azurecr.io", "shop.eastus.geo.azurecr.io"],
]
  .flatMap(([one = "", other = ""]) => [
    [one, other],
    [other, one],
  ])
  .map(
    ([first = "", second = ""]): Row => [
      `${second} after ${first}`,
      inRules(first, second),
      `rules[0] matches "${first}" (another name of the same registry) first, and above it this rule would match all images of rules[0]: merge both into one rule, or remove one. Hint`,
    ],
  );
/** A rule for some of the images of another, after it. */
const PART_OF_IMAGES: readonly Row[] = [
  [
    "a part of a registry after the whole",
    inRules("shop.azurecr.io", "shop.eastus.geo.azurecr.io/team"),
    "first: move it above rules[0]. Hint",
  ],
];

const STATIC = "static: { username: u, passwordEnv: P }";
const inStatic = (match: string) => `rules: [{ match: ["${match}"], ${STATIC} }]`;
const ANYONE = "would send the login to hosts that anyone can register";

/** Patterns that would send a secret to hosts that anyone can register. */
const SHOWN_TO_ANYONE: readonly Row[] = [
  ...[
    "*.*",
    "*.*.*",
    "*.example",
    "harbor.*",
    "harbor.corp*.example",
    "*.corp.*",
    "*corp.example",
    "*:5000",
    "harbor*:5000",
  ].map(
    (match): Row => [
      match,
      inStatic(match),
      `rules[0].match[0]: "${match}" ${ANYONE}: write at least the last two labels`,
    ],
  ),
  ...[
    "co.uk",
    "com.br",
    "jfrog.io",
    "on.aws",
    "eu-west-1.elb.amazonaws.com",
    "cloudapp.azure.com",
    "github.io",
    ..."ts.net cloudapp.net azurecontainerapps.io azurestaticapps.net ondigitalocean.app up.railway.app deno.dev r2.dev".split(
      " ",
    ),
    ..."amplifyapp.com us-east-1.elasticbeanstalk.com app.github.dev devtunnels.ms hopto.org eu.org my.id azurefd.us".split(
      " ",
    ),
    ..."cloudapp.azure.cn prod.eastus.azurecontainerapps.io eu-central-1.awsapprunner.com uk.com".split(" "),
  ].map(
    (domain): Row => [
      `*.${domain}`,
      inStatic(`*.${domain}`),
      `rules[0].match[0]: "*.${domain}" ${ANYONE}: every customer gets a name under ${domain}`,
    ],
  ),
  [
    "several addresses",
    inStatic("10.*.0.1:5000"),
    '"10.*.0.1:5000" would send the login to several addresses: list each',
  ],
  ...(
    [
      ["*.azurecr.io", "azure"],
      ["*.azurecr.io:443", "azure"],
      ["*.eastus.geo.azurecr.io", "azure"],
      ["*.dkr.ecr.us-east-1.amazonaws.com.cn", "aws"],
      ["*-docker.pkg.dev", "google"],
      ["docker.*.rep.pkg.dev", "google"],
      ["*.gcr.io", "google"],
    ] as const
  ).map(
    ([match, cloud]): Row => [
      match,
      inStatic(match),
      `"${match}" would send the login to ${cloud === "aws" ? "hosts that anyone can register" : "registries that anyone can create"}`,
    ],
  ),
];

const SHOWN_TO_OWN = [
  ...[
    "harbor.corp.example",
    "*.corp.example",
    "*.*.corp.example:8443",
    "harbor-*.corp.example/team",
    "localhost",
    "registry:5000",
  ],
  ...[
    "*.shop.co.uk",
    "*.shop.jfrog.io",
    "*.team.eu.org",
    "*.corp.my.id",
    "*.corp.io",
    "10.0.0.1:5000",
    "shop.azurecr.io",
    "shop.*.geo.azurecr.io",
    "us-docker.pkg.dev",
  ],
].map((match) => [match, inStatic(match)] as const);

const inMirror = (source: string, registry: string) =>
  `mirrors: [{ source: "${source}", registry: "${registry}" }]`;
const HARBOR = `rules: [{ match: ["harbor.corp.example"], ${STATIC} }]\n`;

/** Paths that no repository can have. */
const BENT = [
  "a/../b",
  "a/./b",
  "a//b",
  "../b",
  "a/..",
  "a/",
  "A/b",
  "a%2fb",
  "a/%2e%2e/b",
  "a/-b",
  "a/b-",
  "a/b.",
  ".a",
  "a/b:1",
  "a/b@x",
  "a/*",
];
const BENT_PATHS: readonly Row[] = BENT.flatMap((path): readonly Row[] => [
  [
    `a mirror to ${path}`,
    HARBOR + inMirror("docker.io", `harbor.corp.example/${path}`),
    "mirrors[0].registry: ",
  ],
  [
    `a mirror of ${path}`,
    HARBOR + inMirror(`docker.io/${path}`, "harbor.corp.example"),
    "mirrors[0].source: ",
  ],
  [
    `a custom domain for ${path}`,
    `rules: [{ match: ["i.corp.example"], registry: "shop.azurecr.io/${path}" }]`,
    "rules[0].registry: ",
  ],
  ...(path === "a/"
    ? []
    : [[`a rule for ${path}`, inStatic(`harbor.corp.example/${path}`), "rules[0].match[0]: "] as const]),
  ...(path === "a/*"
    ? []
    : [
        [
          `a repository ${path} that is allowed`,
          `rules: [{ match: ["gcr.io"], allow: { repositories: ["${path}"] } }]`,
          "rules[0].allow.repositories[0]: ",
        ] as const,
      ]),
]);

const STRAIGHT = ["a/b", "a.b/c_d/e-f", "a..b", "a__b/1"];
const STRAIGHT_PATHS = STRAIGHT.flatMap((path) => [
  [`a mirror to ${path}`, HARBOR + inMirror("docker.io", `harbor.corp.example/${path}`)] as const,
  [`a mirror of ${path}`, HARBOR + inMirror(`docker.io/${path}`, "harbor.corp.example")] as const,
  [`a rule for ${path}`, inStatic(`harbor.corp.example/${path}`)] as const,
  [
    `a repository ${path} that is allowed`,
    `rules: [{ match: ["gcr.io"], allow: { repositories: ["${path}"] } }]`,
  ] as const,
]);

const inDomain = (host: string, registry: string, login = "") =>
  `  - { match: [${host}], registry: ${registry}${login} }\n`;
const ONE_REGISTRY = "in another rule: a host can stand for only one registry";
/** Rules after which a host would be a name of two registries. */
const TWO_REGISTRIES: readonly Row[] = [
  [
    "a host for two registries",
    `rules:\n${inDomain("i.corp.example/a", "a.azurecr.io")}${inDomain("i.corp.example/b", "b.azurecr.io")}`,
    `rules[0].match[0]: "i.corp.example" stands for "b.azurecr.io" ${ONE_REGISTRY}`,
  ],
  [
    "a host for two registries, once with the port of HTTPS",
    `rules:\n${inDomain("i.corp.example/a", "a.azurecr.io")}${inDomain('"i.corp.example:443/b"', "b.azurecr.io")}`,
    `rules[1].match[0]: "i.corp.example" stands for "a.azurecr.io" ${ONE_REGISTRY}`,
  ],
  [
    "a host for a registry with several names and for one of its repositories",
    `rules:\n${inDomain("i.corp.example/a", "gcr.io")}${inDomain("i.corp.example/b", "us-docker.pkg.dev")}`,
    `"i.corp.example" stands for "us-docker.pkg.dev" ${ONE_REGISTRY}`,
  ],
  [
    "a host for a host that stands for a registry",
    `rules:\n${inDomain("proxy.example", "i.corp.example", `, ${STATIC}`)}${inDomain("i.corp.example", "a.azurecr.io")}`,
    `rules[0].registry: "i.corp.example" stands for "a.azurecr.io" ${ONE_REGISTRY}`,
  ],
  [
    "a registry of a supported cloud for another one",
    `rules:\n${inDomain("a.azurecr.io", "b.azurecr.io")}`,
    'rules[0].match[0]: "a.azurecr.io" is a registry of azure: it cannot stand for another registry',
  ],
  [
    "a repository of gcr.io's for gcr.io",
    `rules:\n${inDomain("us-docker.pkg.dev", "gcr.io")}`,
    'rules[0].match[0]: "us-docker.pkg.dev" is a registry of google: it cannot stand for another registry',
  ],
];

const ECR = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";
/** Rules for a custom domain whose images all match an earlier rule or mirror. */
const TAKEN_DOMAINS: readonly Row[] = [
  [
    "a custom domain after its registry's cloud",
    `rules:\n  - { match: ["*.dkr.ecr.*.amazonaws.com"], aws: { profile: p } }\n${inDomain("i.corp.example", ECR)}`,
    'rules[1]: the rule is never used: rules[0] matches "*.dkr.ecr.*.amazonaws.com" (another name of the same registry) first',
  ],
  [
    "a custom domain after another one",
    `rules:\n${inDomain("a.corp.example", ECR)}${inDomain("b.corp.example/team", ECR)}`,
    'rules[1]: the rule is never used: rules[0] matches "a.corp.example" (another name of the same registry) first',
  ],
  [
    "a proxy of a mirror's source",
    `rules:\n${inDomain("proxy.example", "docker.io", `, ${STATIC}`)}mirrors:\n  - { source: docker.io, registry: ${ECR}/hub }\n`,
    'rules[0]: the rule is never used: mirrors[0] matches "docker.io" (another name of the same registry) first',
  ],
];

const DOMAINS = [
  [
    "one host below two paths, for two names of one registry",
    `rules:\n${inDomain("i.corp.example/a", "a.azurecr.io")}${inDomain("i.corp.example/b", "a.eastus.geo.azurecr.io")}`,
  ],
  ["a custom domain beside its registry", `rules:\n${inDomain(`i.corp.example, ${ECR}`, ECR)}`],
  [
    "a custom domain before its registry's cloud",
    `rules:\n${inDomain("i.corp.example", ECR)}  - { match: ["*.dkr.ecr.*.amazonaws.com"] }\n`,
  ],
  [
    "a custom domain after a part of its registry",
    `rules:\n  - { match: [${ECR}/secret] }\n${inDomain("i.corp.example", ECR)}`,
  ],
  [
    "custom domains of two registries",
    `rules:\n${inDomain("a.corp.example", "a.azurecr.io")}${inDomain("b.corp.example", "b.azurecr.io")}`,
  ],
] as const;

function refused([what, text, says]: Row, why: string): Scene {
  return {
    name: `${what}: ${why}, and the file is refused`,
    image: FOREIGN,
    node: null,
    config: `${HEAD}${text}\n`,
    expect: { fails: "config-invalid", exit: 2, says: [says] },
  };
}

export const REFUSED_RULES: readonly Scene[] = [
  ...WITHOUT_EFFECT.map((row) => refused(row, "it would have no effect")),
  ...SHOWN_TO_ANYONE.map((row) => refused(row, "a secret would go to hosts that anyone can register")),
  ...TWO_REGISTRIES.map((row) => refused(row, "a rule for one registry would apply to the other")),
  ...[...SAME_IMAGES, ...PART_OF_IMAGES, ...TAKEN_DOMAINS].map((row) => refused(row, "it is never used")),
  ...BENT_PATHS.map((row) => refused(row, "no repository has such a path")),
  ...[
    ...WITH_EFFECT,
    [
      "a part of a registry before the whole",
      inRules("shop.eastus.geo.azurecr.io/team", "shop.azurecr.io"),
    ] as const,
    ...SHOWN_TO_OWN,
    ...STRAIGHT_PATHS,
    ...DOMAINS,
  ].map(
    ([what, text]): Scene => ({
      name: `${what}: the file is accepted`,
      image: FOREIGN,
      node: null,
      config: `${HEAD}${text}\n`,
      expect: { none: true },
    }),
  ),
];
