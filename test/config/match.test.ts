import { type InvalidConfig, rejects } from "./invalid-configs.ts";

/** Each of two rules shadows the other. */
const MERGE =
  ", and above it this rule would match all images of rules[0]: merge both into one rule, or remove one";

const TEXTS: readonly InvalidConfig[] = [
  {
    name: "a scheme in a pattern",
    text: 'rules: [{ match: ["https://a.azurecr.io"] }]',
    errors: ['3:19: rules[0].match[0]: "https://a.azurecr.io" can never match: image names have no scheme'],
  },
  {
    name: "upper case in a pattern",
    text: 'rules: [{ match: ["A.azurecr.io"] }]',
    errors: ["3:19: rules[0].match[0]: (value not shown) can never match: hosts and paths are lower case"],
  },
  {
    name: "an unsupported wildcard",
    text: 'rules: [{ match: ["a?.azurecr.io", "[ab].azurecr.io"] }]',
    errors: [
      "3:19: rules[0].match[0]: (value not shown) can never match: only * is supported as a wildcard",
      "3:36: rules[0].match[1]: (value not shown) can never match: only * is supported as a wildcard",
    ],
  },
  {
    name: "a tag in a pattern",
    text: 'rules: [{ match: ["a.azurecr.io/app:v1"] }]',
    errors: [
      '3:19: rules[0].match[0]: "a.azurecr.io/app:v1" can never match: patterns have no tag or digest',
    ],
  },
  {
    name: "a digest in a pattern",
    text: 'rules: [{ match: ["a.azurecr.io/app@sha256:00"] }]',
    errors: ["3:19: rules[0].match[0]: (value not shown) can never match: patterns have no tag or digest"],
  },
  {
    name: "a * in a path",
    text: 'rules: [{ match: ["a.azurecr.io/team-*"] }]',
    errors: ['3:19: rules[0].match[0]: "a.azurecr.io/team-*" can never match: * is not supported in a path'],
  },
  {
    name: "an empty label",
    text: 'rules: [{ match: ["a..azurecr.io", ".azurecr.io", "azurecr.io."] }]',
    errors: [
      '3:19: rules[0].match[0]: "a..azurecr.io" can never match: the host has an empty label',
      "3:36: rules[0].match[1]: (value not shown) can never match: the host has an empty label",
      "3:51: rules[0].match[2]: (value not shown) can never match: the host has an empty label",
    ],
  },
  {
    name: "an empty path segment",
    text: 'rules: [{ match: ["a.azurecr.io//app"] }]',
    errors: ['3:19: rules[0].match[0]: "a.azurecr.io//app" can never match: the path has an empty segment'],
  },
  {
    name: "a character that hosts do not have",
    text: 'rules: [{ match: ["a_b.azurecr.io", "-a.azurecr.io"] }]',
    errors: [
      '3:19: rules[0].match[0]: "a_b.azurecr.io" can never match: it is not a valid image name',
      "3:37: rules[0].match[1]: (value not shown) can never match: it is not a valid image name",
    ],
  },
  {
    name: "two * in one label",
    text: 'rules: [{ match: ["**.azurecr.io"] }]',
    errors: [
      '3:19: rules[0].match[0]: "**.azurecr.io": * matches within one label; for two labels write *.*',
    ],
  },
  {
    name: "a short name that the kubelet expands",
    text: 'rules: [{ match: ["nginx", "acme/app", "nginx:5000", "*"], static: { dockerConfig: /a } }]',
    errors: [
      '3:19: rules[0].match[0]: "nginx" can never match: the kubelet requests it as docker.io/library/nginx',
      '3:28: rules[0].match[1]: "acme/app" can never match: the kubelet requests it as docker.io/acme/app',
      '3:54: rules[0].match[3]: "*" matches only localhost: * matches within one label of a host',
    ],
  },
  {
    name: "a mirror of a short name that the kubelet expands",
    text: "mirrors: [{ source: library/nginx, registry: a.azurecr.io }]",
    errors: [
      '3:21: mirrors[0].source: "library/nginx" can never match: the kubelet requests it as docker.io/library/nginx',
    ],
  },
  {
    name: "a repository with its host",
    text: 'rules: [{ match: ["*.azurecr.io"], allow: { repositories: ["a.azurecr.io/team", "team"] } }]',
    errors: [
      '3:60: rules[0].allow.repositories[0]: "a.azurecr.io/team" can never match: repository patterns have no host',
    ],
  },
  {
    name: "a repository outside of the rule's path",
    text: 'rules: [{ match: ["a.azurecr.io/shop/web"], allow: { repositories: ["web", "shop", "shop/*/x", "shop/app"] } }]',
    errors: [
      '3:69: rules[0].allow.repositories[0]: "web" can never match: the rule matches only images below "shop/web"',
      '3:96: rules[0].allow.repositories[3]: "shop/app" can never match: the rule matches only images below "shop/web"',
    ],
  },
  {
    name: "a host of no cloud without a static login",
    text: 'rules: [{ match: ["ghcr.io"] }]',
    errors: [
      '3:19: rules[0].match[0]: "ghcr.io" can never match: it is not a registry of a supported cloud; set registry if the host is a custom domain or proxy, or set static',
    ],
  },
  {
    name: "a host of no cloud with a cloud's identity",
    text: 'rules: [{ match: ["ghcr.io"], azure: {} }]',
    errors: [
      '3:19: rules[0].match[0]: "ghcr.io" can never match: it is not a registry of azure; set registry if the host is a custom domain or proxy, or set static',
    ],
  },
  {
    name: "a host of another cloud",
    text: 'rules: [{ match: ["a.azurecr.io"], aws: {} }]',
    errors: [
      '3:19: rules[0].match[0]: "a.azurecr.io" can never match: it is not a registry of aws; set registry if the host is a custom domain or proxy, or set static',
    ],
  },
  {
    name: "a pattern of another cloud",
    text: 'rules: [{ match: ["*.azurecr.io"], google: {} }]',
    errors: [
      '3:19: rules[0].match[0]: "*.azurecr.io" can never match: it is not a registry of google; set registry if the host is a custom domain or proxy, or set static',
    ],
  },
  {
    name: "a host similar to a cloud's",
    text: 'rules: [{ match: ["12345.dkr.ecr.us-east-1.amazonaws.com"] }]',
    errors: [
      '3:19: rules[0].match[0]: "12345.dkr.ecr.us-east-1.amazonaws.com" can never match: it is not a registry of a supported cloud; set registry if the host is a custom domain or proxy, or set static',
    ],
  },
  {
    name: "a pattern similar to a cloud's",
    text: 'rules: [{ match: ["*.*.dkr.ecr.*.amazonaws.com"] }]',
    errors: [
      '3:19: rules[0].match[0]: "*.*.dkr.ecr.*.amazonaws.com" can never match: it is not a registry of a supported cloud; set registry if the host is a custom domain or proxy, or set static',
    ],
  },
  {
    name: "a port on a cloud's host",
    text: 'rules: [{ match: ["a.azurecr.io:443"] }]',
    errors: [
      '3:19: rules[0].match[0]: "a.azurecr.io:443" can never match: a registry of a supported cloud has no port; set registry if the host is a custom domain or proxy, or set static',
    ],
  },
  {
    name: "a rule with registry and a wildcard in match",
    text: 'rules: [{ match: ["*.corp.example"], registry: a.azurecr.io }]',
    errors: [
      '3:19: rules[0].match[0]: "*.corp.example" is not an exact host: a rule with registry requires exact hosts',
    ],
  },
  {
    name: "a registry of no cloud",
    text: 'rules: [{ match: ["images.corp.example"], registry: ghcr.io }]',
    errors: ['3:53: rules[0].registry: "ghcr.io" is not a registry of a supported cloud'],
  },
  {
    name: "a registry of another cloud",
    text: 'rules: [{ match: ["images.corp.example"], registry: a.azurecr.io, aws: {} }]',
    errors: ['3:53: rules[0].registry: "a.azurecr.io" is not a registry of aws'],
  },
  {
    name: "a registry that is not a host",
    text: 'rules: [{ match: ["images.corp.example"], registry: a..azurecr.io }]',
    errors: ['3:53: rules[0].registry: "a..azurecr.io" is not a valid host'],
  },
  {
    name: "a pattern twice in one rule",
    text: 'rules: [{ match: ["a.azurecr.io", "a.azurecr.io"] }]',
    errors: ['3:35: rules[0].match[1]: "a.azurecr.io" is listed twice'],
  },
  {
    name: "a pattern in two rules",
    text: 'rules: [{ match: ["a.azurecr.io"] }, { match: ["a.azurecr.io"] }]',
    errors: [
      '3:48: rules[1].match[0]: "a.azurecr.io" is already in rules[0]; `allow` only restricts a rule: it does not select one',
    ],
  },
  {
    name: "a pattern in two rules, the second with another pattern",
    text: 'rules: [{ match: ["a.azurecr.io"] }, { match: ["b.azurecr.io", "a.azurecr.io"] }]',
    errors: [
      '3:64: rules[1].match[1]: "a.azurecr.io" is already in rules[0]; `allow` only restricts a rule: it does not select one',
    ],
  },
  {
    name: "a rule after a wider one",
    text: 'rules: [{ match: ["*.azurecr.io"] }, { match: ["a.azurecr.io", "b.azurecr.io/x"] }]',
    errors: [
      '3:38: rules[1]: the rule is never used: rules[0] matches "*.azurecr.io" first: move it above rules[0]',
    ],
  },
  {
    name: "a rule after one with the same host and a shorter path",
    text: 'rules: [{ match: ["gcr.io/a"] }, { match: ["gcr.io/a/b"], google: {} }]',
    errors: [
      '3:34: rules[1]: the rule is never used: rules[0] matches "gcr.io/a" first: move it above rules[0]',
    ],
  },
  {
    name: "a rule for all clouds after a wider one for its cloud",
    text: 'rules: [{ match: ["*.azurecr.io"], azure: {} }, { match: ["a.azurecr.io"] }]',
    errors: [
      '3:49: rules[1]: the rule is never used: rules[0] matches "*.azurecr.io" first: move it above rules[0]',
    ],
  },
  {
    name: "a static rule after a rule of the host's cloud",
    text: 'rules: [{ match: ["*.azurecr.io"], azure: {} }, { match: ["a.azurecr.io"], static: { dockerConfig: /a } }]',
    errors: [
      '3:49: rules[1]: the rule is never used: rules[0] matches "*.azurecr.io" first: move it above rules[0]',
    ],
  },
  {
    name: "a rule after a wider static rule",
    text: 'rules: [{ match: ["a.*.geo.azurecr.io"], static: { dockerConfig: /a } }, { match: ["a.eastus.geo.azurecr.io"], azure: {} }]',
    errors: [
      '3:74: rules[1]: the rule is never used: rules[0] matches "a.*.geo.azurecr.io" first, and above it this rule would match all images of rules[0]: merge both into one rule, or remove one',
    ],
  },
  {
    name: "a rule after two rules that each match a part of it",
    text: 'rules: [{ match: ["b.azurecr.io"] }, { match: ["a.azurecr.io"] }, { match: ["a.azurecr.io/x", "b.azurecr.io/x"] }]',
    errors: [
      '3:67: rules[2]: the rule is never used: rules[1] matches "a.azurecr.io" first: move it above rules[0]',
    ],
  },
  {
    name: "a rule after a mirror",
    text: 'rules: [{ match: ["gcr.io/a"] }]\nmirrors: [{ source: gcr.io, registry: a.azurecr.io }]',
    errors: ['3:9: rules[0]: the rule is never used: mirrors[0] matches "gcr.io" first'],
  },
  {
    name: "two mirrors of the same source",
    text: "mirrors: [{ source: docker.io, registry: a.azurecr.io }, { source: docker.io, registry: b.azurecr.io }]",
    errors: ['3:68: mirrors[1].source: the mirror is never used: mirrors[0] matches "docker.io" first'],
  },
  {
    name: "a mirror after one with a shorter path",
    text: "mirrors: [{ source: docker.io, registry: a.azurecr.io }, { source: docker.io/team, registry: b.azurecr.io }]",
    errors: ['3:68: mirrors[1].source: the mirror is never used: mirrors[0] matches "docker.io" first'],
  },
  ...[
    ["123456789012.dkr.ecr.us-east-1.amazonaws.com", "123456789012.dkr-ecr-fips.us-east-1.on.aws", MERGE],
    ["*.dkr-ecr.*.on.aws", "123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/team"],
    ["public.ecr.aws", "ecr-public.aws.com/team"],
    ["*.azurecr.io", "*.*.geo.azurecr.io", MERGE],
    ["a.eastus.geo.azurecr.io", "a.azurecr.io", MERGE],
    ["*.pkg.dev", "docker.*.rep.pkg.dev", MERGE],
    ["docker.*.rep.pkg.dev", "*.pkg.dev", MERGE],
    ["us-docker.pkg.dev", "gcr.io"],
    ["gcr.io/p", "docker.us.rep.pkg.dev/p/gcr.io/team"],
    ["eu.gcr.io", "europe-docker.pkg.dev/example.com/p/eu.gcr.io"],
    ["docker.s3nsregistry.fr", "u-france-east1-docker.s3nsregistry.fr", MERGE],
  ].map(
    ([first = "", second = "", remedy = ": move it above rules[0]"]): InvalidConfig => ({
      name: `${second} after ${first}, another name of the same registry`,
      text: `rules:\n- match: ["${first}"]\n- match: ["${second}"]`,
      errors: [
        `5:3: rules[1]: the rule is never used: rules[0] matches "${first}" (another name of the same registry) first${remedy}`,
      ],
    }),
  ),
  {
    name: "a rule for a registry after one for its custom domain",
    text: "rules: [{ match: [i.corp.example], registry: a.azurecr.io }, { match: [a.eastus.geo.azurecr.io] }]",
    errors: [
      '3:62: rules[1]: the rule is never used: rules[0] matches "i.corp.example" (another name of the same registry) first, and above it this rule would match all images of rules[0]: merge both into one rule, or remove one',
    ],
  },
  {
    name: "a mirror after one for another name of the registry",
    text: "mirrors: [{ source: gcr.io, registry: a.azurecr.io }, { source: us-docker.pkg.dev/p/gcr.io, registry: b.azurecr.io }]",
    errors: [
      '3:65: mirrors[1].source: the mirror is never used: mirrors[0] matches "gcr.io" (another name of the same registry) first',
    ],
  },
  {
    name: "a mirror to its own source",
    text: "mirrors: [{ source: a.azurecr.io/x, registry: a.azurecr.io/x }]",
    errors: ['3:47: mirrors[0].registry: "a.azurecr.io/x" is the same as source'],
  },
  {
    name: "a mirror to a registry without a login",
    text: "mirrors: [{ source: docker.io, registry: proxy.corp.example }]",
    errors: [
      '3:42: mirrors[0].registry: "proxy.corp.example" is not a registry of a supported cloud, and no rule has a static login for it',
    ],
  },
  {
    name: "a mirror to an invalid host",
    text: "mirrors: [{ source: docker.io, registry: a..b }]",
    errors: ['3:42: mirrors[0].registry: "a..b" is not a valid host'],
  },
  {
    name: "a mirror of an invalid host",
    text: "mirrors: [{ source: a..b, registry: a.azurecr.io }]",
    errors: ['3:21: mirrors[0].source: "a..b" can never match: the host has an empty label'],
  },
  {
    name: "two clouds in one rule",
    text: 'rules: [{ match: ["a.azurecr.io"], azure: {}, google: {}, static: { dockerConfig: /a } }]',
    errors: [
      "3:36: rules[0].azure: the rule already has google: move azure to a rule of its own",
      "3:59: rules[0].static: the rule already has google: move static to a rule of its own",
    ],
  },
];

for (const row of TEXTS) rejects(row);
