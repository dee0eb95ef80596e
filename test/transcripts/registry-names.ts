/** A rule or a mirror for one name of a registry applies to all of its names. */
import { ACR_LOGIN, ECR_LOGIN, GOOGLE_LOGIN, IMDS } from "./answers.ts";
import type { Scene } from "./scene.ts";

const HEAD = "apiVersion: registry-credential-provider/v1\nkind: Config\n";
const ACCOUNT = "123456789012";
const API = "api.ecr.us-east-1.amazonaws.com";
const DUAL_STACK_API = "ecr.us-east-1.api.aws";
const ECR_IPV4 = `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com`;
const ECR_DUAL_STACK = `${ACCOUNT}.dkr-ecr.us-east-1.on.aws`;
const BY_ROLE = { requests: [...IMDS, "ecr/GetAuthorizationToken"] } as const;
const BY_INSTANCE = { requests: ["gce/universe", "gce/token"], hosts: [] } as const;

/** Names of one image under all names of its registry, from the vendors' documents. */
const REPOSITORIES: Readonly<Record<string, readonly string[]>> = {
  ECR: [
    `${ECR_IPV4}/secret/x`,
    `${ACCOUNT}.dkr.ecr-fips.us-east-1.amazonaws.com/secret/x`,
    `${ECR_DUAL_STACK}/secret/x`,
    `${ACCOUNT}.dkr-ecr-fips.us-east-1.on.aws/secret/x`,
  ],
  "ECR of GovCloud": [
    `${ACCOUNT}.dkr.ecr.us-gov-west-1.amazonaws.com/secret/x`,
    `${ACCOUNT}.dkr-ecr-fips.us-gov-west-1.on.aws/secret/x`,
  ],
  "ECR of China": [
    `${ACCOUNT}.dkr.ecr.cn-north-1.amazonaws.com.cn/secret/x`,
    `${ACCOUNT}.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn/secret/x`,
  ],
  "ECR of the European Sovereign Cloud": [
    `${ACCOUNT}.dkr.ecr.eusc-de-east-1.amazonaws.eu/secret/x`,
    `${ACCOUNT}.dkr.ecr-fips.eusc-de-east-1.amazonaws.eu/secret/x`,
  ],
  "ECR Public": ["public.ecr.aws/secret/x", "ecr-public.aws.com/secret/x"],
  ACR: [
    "shop.azurecr.io/secret/x",
    "shop.eastus.geo.azurecr.io/secret/x",
    "shop.westeurope.geo.azurecr.io/secret/x",
  ],
  "ACR with a domain name label": [
    "shop-a1b2.azurecr.cn/secret/x",
    "shop-a1b2.chinaeast2.geo.azurecr.cn/secret/x",
  ],
  "Artifact Registry": ["us-east1-docker.pkg.dev/p/secret/x", "docker.us-east1.rep.pkg.dev/p/secret/x"],
  "gcr.io": [
    "gcr.io/p/secret/x",
    "container.cloud.google.com/p/secret/x",
    "us-docker.pkg.dev/p/gcr.io/secret/x",
    "docker.us.rep.pkg.dev/p/gcr.io/secret/x",
  ],
  "us.gcr.io": ["us.gcr.io/p/secret/x", "us-docker.pkg.dev/p/us.gcr.io/secret/x"],
  "eu.gcr.io of a domain's project": [
    "eu.gcr.io/example.com/p/secret/x",
    "europe-docker.pkg.dev/example.com/p/eu.gcr.io/secret/x",
  ],
  "asia.gcr.io": ["asia.gcr.io/p/secret/x", "asia-docker.pkg.dev/p/asia.gcr.io/secret/x"],
  "a partner's cloud": [
    "docker.s3nsregistry.fr/p/secret/x",
    "u-france-east1-docker.s3nsregistry.fr/p/secret/x",
  ],
  "a registry at HTTPS's port": ["harbor.example/secret/x", "harbor.example:443/secret/x"],
};

/** The kubelet sends `index.docker.io` as `docker.io`, and `registry-1.docker.io` as it stands (distribution/reference `normalize.go`). */
const HUB = ["docker.io/secret/x", "index.docker.io/secret/x", "registry-1.docker.io/secret/x"];

const STATIC = "static: { username: u, passwordEnv: P }";

function rule(match: string, allow: string): string {
  const login = /^(harbor|([a-z0-9-]+\.)?docker\.io)/.test(match) ? `\n    ${STATIC}` : "";
  return `${HEAD}rules:\n  - match: ["${match}"]${login}\n    allow: { ${allow} }\n`;
}

const NOBODY = "serviceAccounts: [nobody/nothing]";
const REFUSED = { fails: "service-account-not-allowed", exit: 1, hint: /tokenAttributes/ } as const;

function refuseBypass(kind: string, written: string, requested: string): Scene {
  return {
    name: `${kind}: a rule for ${written} cannot be bypassed with ${requested}`,
    image: requested,
    node: null,
    config: rule(written.slice(0, -"/x".length), NOBODY),
    expect: { ...REFUSED, says: ["(rule rules[0])"] },
  };
}

function toUpperCaseHost(image: string): string {
  return image.replace(/^[^/]*/, (host) => host.toUpperCase());
}

const PAIRS = Object.entries(REPOSITORIES).flatMap(([kind, images]) =>
  images.flatMap((written) =>
    images
      .filter((requested) => requested !== written)
      .flatMap((requested) => [
        refuseBypass(kind, written, requested),
        refuseBypass(kind, written, toUpperCaseHost(requested)),
      ]),
  ),
);

const DOMAIN = "images.corp.example";
const OPEN = `  - match: [${DOMAIN}]\n    registry: ${ECR_IPV4}\n    identity: node\n`;
const RESTRICTED = `rules:\n  - match: [${ECR_IPV4}/secret]\n    allow: { ${NOBODY} }\n`;
/** Rules for one registry under its own name and under a custom domain, by their special feature. */
const DOMAIN_RULES: Readonly<Record<string, string>> = {
  "the node's identity": `requireRule: true\n${RESTRICTED}${OPEN}`,
  "a pod's identity": `${RESTRICTED.replace("    allow", `    identity: pod\n    aws: { roleArn: "arn:aws:iam::${ACCOUNT}:role/pull" }\n    allow`)}${OPEN}`,
  "another custom domain": `rules:\n  - match: [a.corp.example/secret]\n    registry: ${ECR_IPV4}\n    allow: { ${NOBODY} }\n${OPEN}`,
  "a custom domain below two paths": `rules:\n  - match: [a.corp.example/x, a.corp.example/secret]\n    registry: ${ECR_IPV4}\n    allow: { ${NOBODY} }\n${OPEN}`,
  "a custom domain of a dual-stack name": `${RESTRICTED}${OPEN.replace(ECR_IPV4, ECR_DUAL_STACK)}`,
};
const DOMAIN_IMAGES = [DOMAIN, `${DOMAIN}:443`, DOMAIN.toUpperCase(), ECR_IPV4, ECR_DUAL_STACK];
const GCR_DOMAIN = "rules:\n  - match: [gcr.io/p/secret]\n    allow: { serviceAccounts: [nobody/nothing] }\n";

/** A custom domain does not bypass a rule for another name of its registry. */
const CUSTOM_DOMAINS: readonly Scene[] = [
  ...Object.entries(DOMAIN_RULES).flatMap(([kind, rules]): readonly Scene[] => [
    ...DOMAIN_IMAGES.map(
      (host): Scene => ({
        name: `a rule for a registry, beside a custom domain with ${kind}, cannot be bypassed with ${host}`,
        image: `${host}/secret/x`,
        node: "aws",
        token: true,
        config: `${HEAD}${rules}`,
        expect: {
          fails: "service-account-not-allowed",
          exit: 1,
          hint: /allow\.serviceAccounts/,
          says: ["; rule rules[0])"],
        },
      }),
    ),
    {
      name: `an image of a custom domain with ${kind} that only the second rule covers gets the login of its registry`,
      image: `${DOMAIN}/team/x`,
      node: "aws",
      token: true,
      config: `${HEAD}${rules}`,
      loginAt: `${ECR_IPV4}/team/x`,
      expect: { ...ECR_LOGIN, for: "Image" },
      ...BY_ROLE,
      hosts: [kind.includes("dual-stack") ? DUAL_STACK_API : API],
    },
  ]),
  ...["us-docker.pkg.dev/p/gcr.io/secret/x", "docker.us.rep.pkg.dev/p/gcr.io/secret/x"].map(
    (requested): Scene => ({
      name: `a rule for a custom domain of gcr.io cannot be bypassed with ${requested}`,
      image: requested,
      node: null,
      config: `${HEAD}rules:\n  - match: [${DOMAIN}/p/secret]\n    registry: gcr.io\n    allow: { ${NOBODY} }\n`,
      expect: { ...REFUSED, says: ["(rule rules[0])"] },
    }),
  ),
  {
    name: "a rule for gcr.io applies to a custom domain of its Artifact Registry, with the path translated",
    image: `${DOMAIN}/p/gcr.io/secret/x`,
    node: null,
    config: `${HEAD}${GCR_DOMAIN}  - match: [${DOMAIN}]\n    registry: us-docker.pkg.dev\n`,
    expect: { ...REFUSED, says: ["(rule rules[0])"] },
  },
  {
    name: "a rule with a static login for a registry applies to a proxy of the registry",
    image: "proxy.corp.example/secret/x",
    node: null,
    env: { P: "password-of-a-proxy" },
    config: `${HEAD}rules:\n  - match: [harbor.example/secret]\n    ${STATIC}\n    allow: { ${NOBODY} }\n  - match: [proxy.corp.example]\n    registry: harbor.example\n    ${STATIC}\n`,
    expect: { ...REFUSED, says: ["(rule rules[0])"] },
  },
  {
    name: "a rule for a registry applies to a mirror that leads to a custom domain of it",
    image: "docker.io/library/busybox",
    node: "aws",
    config: `${HEAD}rules:\n  - match: [${ECR_IPV4}/hub]\n    allow: { ${NOBODY} }\n${OPEN}mirrors:\n  - source: docker.io\n    registry: ${DOMAIN}/hub\n`,
    expect: { ...REFUSED, says: ["(rule rules[0])"] },
  },
  {
    name: "an image outside the path of a custom domain is not of the registry",
    image: `${DOMAIN}/secret/x`,
    node: "aws",
    config: `${HEAD}rules:\n  - match: [${DOMAIN}/team]\n    registry: ${ECR_IPV4}\n`,
    expect: { none: true },
  },
  {
    name: "a static login for a custom domain's other images does not apply to the registry",
    image: `${ECR_IPV4}/other/x`,
    env: { P: "password-of-a-proxy" },
    config: `${HEAD}rules:\n  - match: [${DOMAIN}/team]\n    registry: ${ECR_IPV4}\n  - match: [${DOMAIN}]\n    ${STATIC}\n`,
    expect: { ...ECR_LOGIN, for: "Image" },
    ...BY_ROLE,
    hosts: [API],
  },
];

export const REGISTRY_NAMES: readonly Scene[] = [
  ...PAIRS,
  ...HUB.flatMap((written) => HUB.map((requested) => refuseBypass("Docker Hub", written, requested))),
  {
    name: "a rule for one of Docker Hub's names does not apply to another host below docker.io",
    image: "hub.docker.io/secret/x",
    node: null,
    config: rule("index.docker.io", NOBODY),
    expect: { none: true },
  },
  {
    name: "a mirror of one of Docker Hub's names is a mirror of the name that the kubelet sends",
    image: "docker.io/library/busybox",
    node: "aws",
    config: `${HEAD}mirrors:\n  - source: index.docker.io\n    registry: ${ECR_IPV4}/hub\n`,
    loginAt: `${ECR_IPV4}/hub/library/busybox`,
    expect: { ...ECR_LOGIN, for: "Registry" },
    ...BY_ROLE,
    hosts: [API],
  },
  {
    name: "the pattern of the vendor's samples applies to the other names: allow.repositories",
    image: `${ECR_DUAL_STACK}/secret/x`,
    node: "aws",
    config: rule("*.dkr.ecr.*.amazonaws.com", "repositories: [team]"),
    expect: { fails: "repository-not-allowed", exit: 1, says: ["(rule rules[0])"] },
  },
  {
    name: "the pattern of the vendor's samples applies to the other names: identity pod",
    image: `${ECR_DUAL_STACK}/secret/x`,
    node: "aws",
    config: `${HEAD}rules:\n  - match: ["*.dkr.ecr.*.amazonaws.com"]\n    identity: pod\n    aws: { podIdentity: true }\n`,
    expect: { fails: "pod-token-missing", exit: 1 },
  },
  {
    name: "an allowed image gets its login from the API of the name in the request",
    image: `${ECR_DUAL_STACK}/team/x`,
    config: rule("*.dkr.ecr.*.amazonaws.com", "repositories: [team]"),
    expect: { ...ECR_LOGIN, for: "Image" },
    ...BY_ROLE,
    hosts: [DUAL_STACK_API],
  },
  {
    name: "a rule for one account does not apply to another account's dual-stack name",
    image: `${ECR_DUAL_STACK}/secret/x`,
    config: rule("111122223333.dkr.ecr.us-east-1.amazonaws.com", NOBODY),
    expect: { ...ECR_LOGIN, for: "Registry" },
    ...BY_ROLE,
    hosts: [DUAL_STACK_API],
  },
  {
    name: "a rule for one region does not apply to another region's dual-stack name",
    image: `${ECR_DUAL_STACK}/secret/x`,
    config: rule(`${ACCOUNT}.dkr.ecr.us-east-2.amazonaws.com`, NOBODY),
    expect: { ...ECR_LOGIN, for: "Registry" },
    ...BY_ROLE,
    hosts: [DUAL_STACK_API],
  },
  {
    name: "a rule for one ACR registry does not apply to another registry's regional name",
    image: "shop.eastus.geo.azurecr.io/secret/x",
    config: rule("shops.azurecr.io", NOBODY),
    expect: { ...ACR_LOGIN, for: "Registry" },
    requests: ["azure-imds/token", "acr/exchange"],
    hosts: ["shop.eastus.geo.azurecr.io"],
  },
  {
    name: "a rule for gcr.io does not apply to the other repositories of its location",
    image: "us-docker.pkg.dev/p/images/secret/x",
    config: rule("gcr.io", NOBODY),
    expect: { ...GOOGLE_LOGIN, for: "Image" },
    ...BY_INSTANCE,
  },
  {
    name: "a rule for gcr.io does not apply to us.gcr.io",
    image: "us.gcr.io/p/secret/x",
    config: rule("gcr.io", NOBODY),
    expect: { ...GOOGLE_LOGIN, for: "Registry" },
    ...BY_INSTANCE,
  },
  {
    name: "allow.repositories is compared with the path under the rule's host",
    image: "us-docker.pkg.dev/p/gcr.io/team/x",
    config: rule("gcr.io", "repositories: [p/team]"),
    expect: { ...GOOGLE_LOGIN, for: "Image" },
    ...BY_INSTANCE,
  },
  {
    name: "a refused repository is shown by the path that the rule's host has for it",
    image: "us-docker.pkg.dev/proj/us.gcr.io/no",
    config: rule("us.gcr.io/proj", "repositories: [proj/yes]"),
    expect: {
      fails: "repository-not-allowed",
      exit: 1,
      says: ['the rule does not allow this repository: "proj/no", its path at us.gcr.io (rule rules[0])'],
    },
  },
  {
    name: "the path in the error is the one that would allow the repository",
    image: "us-docker.pkg.dev/proj/us.gcr.io/no",
    config: rule("us.gcr.io/proj", "repositories: [proj/no]"),
    expect: { ...GOOGLE_LOGIN, for: "Image" },
    ...BY_INSTANCE,
  },
  {
    name: "a path at gcr.io is not that of a repository of Artifact Registry with the same segments",
    image: "gcr.io/p/team/x",
    config: rule("us-docker.pkg.dev", "repositories: [p/team]"),
    expect: { fails: "repository-not-allowed", exit: 1 },
  },
  {
    name: "an impossible repository path does not bypass a rule for another name",
    image: "us-docker.pkg.dev/p/gcr.io/../gcr.io/secret",
    config: rule("gcr.io/p/secret", NOBODY),
    expect: { fails: "repository-malformed", exit: 2 },
  },
  {
    name: "a mirror of one name is a mirror of the other names, with the path under the name in the file",
    image: "us-docker.pkg.dev/p/gcr.io/team/x",
    node: "aws",
    config: `${HEAD}mirrors:\n  - source: gcr.io/p\n    registry: ${ECR_IPV4}/mirrored\n`,
    loginAt: `${ECR_IPV4}/mirrored/team/x`,
    expect: { ...ECR_LOGIN, for: "Image" },
    ...BY_ROLE,
    hosts: [API],
  },
  {
    name: "a rule for another name of a mirror's target applies to the mirror",
    image: "docker.io/library/busybox",
    node: "aws",
    config: `${rule(`${ECR_IPV4}/hub`, NOBODY)}mirrors:\n  - source: docker.io\n    registry: ${ECR_DUAL_STACK}/hub\n`,
    expect: { ...REFUSED, says: ["(rule rules[0])"] },
  },
  {
    name: "a rule for a custom domain cannot be bypassed with the registry's own name",
    image: "shop.azurecr.io/secret/x",
    config: `${HEAD}rules:\n  - match: ["images.corp.example"]\n    registry: shop.azurecr.io\n    allow: { repositories: [team] }\n`,
    expect: { fails: "repository-not-allowed", exit: 1, says: ["(rule rules[0])"] },
  },
  {
    name: "a rule for a custom domain cannot be bypassed with another name of the registry, whose own API is requested",
    image: "shop.eastus.geo.azurecr.io/team/x",
    config: `${HEAD}rules:\n  - match: ["images.corp.example"]\n    registry: shop.azurecr.io\n    allow: { repositories: [team] }\n`,
    expect: { ...ACR_LOGIN, for: "Image" },
    requests: ["azure-imds/token", "acr/exchange"],
    hosts: ["shop.eastus.geo.azurecr.io"],
  },
  {
    name: "a rule for a custom domain applies only to the registry that it names",
    image: "shops.azurecr.io/secret/x",
    config: `${HEAD}rules:\n  - match: ["images.corp.example"]\n    registry: shop.azurecr.io\n    allow: { repositories: [team] }\n`,
    expect: { ...ACR_LOGIN, for: "Registry" },
    requests: ["azure-imds/token", "acr/exchange"],
    hosts: ["shops.azurecr.io"],
  },
  ...CUSTOM_DOMAINS,
  ...["b", "www", "us-mirror", "l", "k8s", "europe"].map(
    (label): Scene => ({
      name: `${label}.gcr.io, which accepts no login, gets none beside a rule for gcr.io`,
      image: `${label}.gcr.io/shop/x`,
      config: rule("gcr.io/shop", NOBODY),
      expect: { none: true },
    }),
  ),
  ...["marketplace.gcr.io", "staging-k8s.gcr.io", "us.gcr.io", "eu.gcr.io", "asia.gcr.io"].map(
    (host): Scene => ({
      name: `${host}, which accepts a login, gets the node's beside a rule for gcr.io`,
      image: `${host}/shop/x`,
      config: rule("gcr.io/shop", NOBODY),
      expect: { ...GOOGLE_LOGIN, for: "Registry" },
      ...BY_INSTANCE,
    }),
  ),
  {
    name: "a file whose later rule for another name of the same registry is shadowed is refused",
    image: ECR_IPV4,
    config: `${HEAD}rules:\n  - match: ["*.dkr.ecr.*.amazonaws.com"]\n  - match: ["${ACCOUNT}.dkr-ecr.*.on.aws"]\n    identity: node\n`,
    expect: {
      fails: "config-invalid",
      exit: 2,
      says: [
        'rules[1]: the rule is never used: rules[0] matches "*.dkr.ecr.*.amazonaws.com" (another name of the same registry) first: move it above rules[0]',
      ],
    },
  },
  {
    name: "a partition without dual-stack registries has none under another suffix either",
    image: "123456789012.dkr-ecr.us-iso-east-1.undefined/team/app",
    node: "aws",
    expect: { none: true },
  },
  {
    name: "one rule may list several names of the same registry",
    image: `${ECR_DUAL_STACK}/team/x`,
    config: `${HEAD}rules:\n  - match: ["*.dkr.ecr.*.amazonaws.com", "*.dkr-ecr.*.on.aws"]\n    identity: node\n`,
    expect: { ...ECR_LOGIN, for: "Registry" },
    ...BY_ROLE,
    hosts: [DUAL_STACK_API],
  },
  {
    name: "a registry of a custom Azure cloud has regional names too",
    image: "shop.north.geo.azurecr.stack.example/secret/x",
    node: null,
    env: ({ file }) => ({
      AZURE_ENVIRONMENT_FILEPATH: file("environment.json"),
      AZURE_ENVIRONMENT: "AzureStackCloud",
    }),
    files: {
      "environment.json": JSON.stringify({
        name: "akscustom",
        activeDirectoryEndpoint: "https://login.stack.example/",
        containerRegistryDNSSuffix: ".azurecr.stack.example",
        resourceManagerEndpoint: "https://management.stack.example/",
      }),
    },
    config: rule("shop.azurecr.stack.example", NOBODY),
    expect: { ...REFUSED, says: ["(rule rules[0])"] },
  },
];
