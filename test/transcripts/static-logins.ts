import { MINUTE } from "../../src/core/time.ts";
import type { Scene } from "./scene.ts";

const HARBOR = "harbor.corp.example:8443";
const IMAGE = `${HARBOR}/team/app`;
const LIFE = 5 * MINUTE;

/** Passwords with different beginnings, so that a leak of one is not mistaken for the other. */
const PASSWORDS = {
  team: "Team-password-5Kq8",
  all: "All-of-harbor:password",
  ghcr: "Ghcr-token-Zz71",
  hub: "Hub-token-Aa09",
  next: "Neighbour-password-3",
} as const;

const CLOUD = {
  registries: {
    [HARBOR]: { robot$team: PASSWORDS.team, robot$all: PASSWORDS.all },
    "ghcr.io": { "acme-puller": PASSWORDS.ghcr },
    "registry-1.docker.io": { acme: PASSWORDS.hub },
    "harbor.corp.example.attacker.example": { next: PASSWORDS.next },
  },
} as const;

const auth = (user: string, password: string): string =>
  Buffer.from(`${user}:${password}`).toString("base64");

const AUTHS = {
  "https://index.docker.io/v1/": { auth: auth("acme", PASSWORDS.hub) },
  "ghcr.io": { username: "acme-puller", password: PASSWORDS.ghcr },
  [HARBOR]: { auth: auth("robot$all", PASSWORDS.all) },
  [`${HARBOR}/team`]: { auth: auth("robot$team", PASSWORDS.team).replace(/=+$/, "") },
} as const;

const DOCKER_JSON = JSON.stringify({ auths: AUTHS });

interface Rule {
  readonly match: readonly string[];
  readonly static: object;
  readonly allow?: object;
  readonly registry?: string;
}

/** A configuration file of these rules: JSON is YAML. */
function createConfig(rules: readonly Rule[], mirrors: readonly object[] = []): string {
  return JSON.stringify({ apiVersion: "registry-credential-provider/v1", kind: "Config", rules, mirrors });
}

const MATCH = [HARBOR, "ghcr.io", "docker.io"];

type Part = Pick<Scene, "config" | "files" | "cloud" | "node" | "hosts">;

/** One rule for all registries, with docker's configuration. */
function docker(text: string = DOCKER_JSON, allow?: object): Part {
  return {
    node: null,
    cloud: CLOUD,
    files: { "docker.json": text },
    config: ({ file }) =>
      createConfig([
        {
          match: MATCH,
          static: { dockerConfig: file("docker.json") },
          ...(allow === undefined ? {} : { allow }),
        },
      ]),
  };
}

/** One rule with a user name and a password from files or variables. */
function pair(
  login: (file: (name: string) => string) => object,
  files: Readonly<Record<string, string>>,
): Part {
  return {
    node: null,
    cloud: CLOUD,
    files,
    config: ({ file }) => createConfig([{ match: [HARBOR], static: login(file) }]),
  };
}

const createDockerJson = (more: object): string => JSON.stringify({ auths: {}, ...more });

export const STATIC_LOGINS: readonly Scene[] = [
  {
    name: "docker's configuration: the longest key that covers the image provides the login, with a port",
    image: IMAGE,
    ...docker(),
    expect: { login: "robot$team", life: LIFE },
  },
  {
    name: "docker's configuration: another image of the same host gets the host's login",
    image: `${HARBOR}/teams/app`,
    ...docker(),
    expect: { login: "robot$all", life: LIFE },
  },
  {
    name: "docker's configuration: a user name and a password instead of auth",
    image: "ghcr.io/acme/app",
    ...docker(),
    expect: { login: "acme-puller", life: LIFE },
  },
  {
    name: "docker's configuration: Docker Hub under docker's own name for it",
    image: "docker.io/library/busybox",
    ...docker(),
    loginAt: "registry-1.docker.io/library/busybox",
    expect: { login: "acme", life: LIFE },
  },
  {
    name: "docker's configuration: a host in upper case is the same host and is returned in its own spelling",
    image: "GHCR.io/acme/app",
    ...docker(),
    expect: { login: "acme-puller", life: LIFE },
  },
  {
    name: "docker's configuration: the same host at another port has no login",
    image: "harbor.corp.example:9443/team/app",
    ...docker(),
    expect: { none: true },
  },
  {
    name: "docker's configuration: a host that only starts like a host with a login has none",
    image: "harbor.corp.example.attacker.example/team/app",
    ...docker(),
    expect: { none: true },
  },
  {
    name: "docker's configuration: a host with a rule and without a key is reported",
    image: "ghcr.io/acme/app",
    ...docker(createDockerJson({ auths: { "ghcr.io:443": AUTHS["ghcr.io"], [HARBOR]: AUTHS[HARBOR] } })),
    expect: { fails: "static-login-missing", exit: 2, says: ['"ghcr.io"', "docker.json"] },
  },
  {
    name: "docker's configuration: a custom domain gets the login of its registry",
    image: "images.corp.example/team/app",
    node: null,
    cloud: CLOUD,
    files: { "docker.json": DOCKER_JSON },
    config: ({ file }) =>
      createConfig([
        {
          match: ["images.corp.example"],
          registry: HARBOR,
          static: { dockerConfig: file("docker.json") },
        },
      ]),
    loginAt: IMAGE,
    expect: { login: "robot$team", life: LIFE },
  },
  {
    name: "docker's configuration: a mirror gets the login for its own path, under the name of the source",
    image: "docker.io/acme/app",
    node: null,
    cloud: CLOUD,
    files: { "docker.json": DOCKER_JSON },
    config: ({ file }) =>
      createConfig(
        [{ match: [HARBOR], static: { dockerConfig: file("docker.json") } }],
        [{ source: "docker.io/acme", registry: `${HARBOR}/team/hub` }],
      ),
    loginAt: IMAGE,
    expect: { login: "robot$team", life: LIFE },
  },
  ...(
    [
      ["harbor.corp.example:443/team/app", "harbor.corp.example", { login: "robot$team", life: LIFE }],
      [
        "harbor.corp.example:443/teams/app",
        "harbor.corp.example",
        { fails: "static-login-missing", exit: 2 },
      ],
      ["harbor.corp.example:443/team/app", "other.corp.example", { none: true }],
    ] as const
  ).map(
    ([image, match, expect]): Scene => ({
      name: `docker's configuration: ${image} is also looked up without the port under a rule for ${match}`,
      image,
      node: null,
      cloud: CLOUD,
      files: {
        "docker.json": createDockerJson({
          auths: { "harbor.corp.example/team": { auth: auth("robot$team", PASSWORDS.team) } },
        }),
      },
      config: ({ file }) => createConfig([{ match: [match], static: { dockerConfig: file("docker.json") } }]),
      loginAt: IMAGE,
      expect,
    }),
  ),
  ...(
    [
      ["harbor.corp.example:443/team", "Image"],
      ["harbor.corp.example:444/team", "Registry"],
    ] as const
  ).map(
    ([key, scope]): Scene => ({
      name: `docker's configuration: beside a key for ${key}, the host's login for harbor.corp.example:443/other/app is for the ${scope.toLowerCase()}`,
      image: "harbor.corp.example:443/other/app",
      node: null,
      cloud: CLOUD,
      files: {
        "docker.json": createDockerJson({
          auths: {
            [key]: { auth: auth("other", "not-a-secret-of-this-run") },
            "harbor.corp.example": { auth: auth("robot$team", PASSWORDS.team) },
          },
        }),
      },
      config: ({ file }) =>
        createConfig([{ match: ["harbor.corp.example"], static: { dockerConfig: file("docker.json") } }]),
      loginAt: IMAGE,
      expect: { login: "robot$team", life: LIFE, for: scope },
    }),
  ),
  {
    name: "docker's configuration: an identity token is a login for ACR until it expires",
    image: "shop.azurecr.io/app",
    node: null,
    cloud: {
      registries: {
        "login.shop.example": { "00000000-0000-0000-0000-000000000000": "Refresh-token-of-ACR" },
      },
    },
    files: {
      "docker.json": createDockerJson({
        auths: {
          "shop.azurecr.io": {
            auth: auth("00000000-0000-0000-0000-000000000000", ""),
            identitytoken: "Refresh-token-of-ACR",
          },
        },
      }),
    },
    config: ({ file }) =>
      createConfig([{ match: ["shop.azurecr.io"], static: { dockerConfig: file("docker.json") } }]),
    loginAt: "login.shop.example/app",
    expect: { login: "00000000-0000-0000-0000-000000000000", life: LIFE },
  },
  {
    name: "docker's configuration: an identity token for another registry is refused with the reason",
    image: IMAGE,
    ...docker(
      createDockerJson({
        auths: { [HARBOR]: { auth: auth("robot$all", ""), identitytoken: PASSWORDS.all } },
      }),
    ),
    expect: { fails: "static-login-unusable", exit: 2, says: ["identity token"] },
  },
  {
    name: "docker's configuration: a credential helper is refused and not run",
    image: IMAGE,
    ...docker(createDockerJson({ auths: AUTHS, credHelpers: { [HARBOR]: "corp" } })),
    expect: { fails: "static-login-unusable", exit: 2, says: ["credHelpers", "not run"] },
  },
  {
    name: "docker's configuration: a credential store is refused and not run",
    image: IMAGE,
    ...docker(createDockerJson({ auths: { [HARBOR]: {} }, credsStore: "desktop" })),
    expect: { fails: "static-login-unusable", exit: 2, says: ["credsStore", "not run"] },
  },
  {
    name: "docker's configuration: an entry without a password is refused",
    image: IMAGE,
    ...docker(createDockerJson({ auths: { [HARBOR]: { username: "robot$all" } } })),
    expect: { fails: "static-login-unusable", exit: 2, says: ["the password is empty"] },
  },
  {
    name: "docker's configuration: an invalid file is refused and not quoted",
    image: IMAGE,
    ...docker(`auths: {${PASSWORDS.team}}`),
    expect: { fails: "docker-config-malformed", exit: 2, says: ["not a JSON object"] },
  },
  ...(
    [
      ["auths", `{"auths": {}, "auths": {"${HARBOR}": {"auth": "${auth("robot$all", PASSWORDS.all)}"}}}`],
      [
        "the host",
        `{"auths": {"${HARBOR}": {}, "${HARBOR}": {"auth": "${auth("robot$all", PASSWORDS.all)}"}}}`,
      ],
    ] as const
  ).map(
    ([key, text]): Scene => ({
      name: `docker's configuration: a duplicate ${key} is refused`,
      image: IMAGE,
      ...docker(text),
      expect: { fails: "docker-config-malformed", exit: 2, says: ["docker.json: it has a duplicate key"] },
    }),
  ),
  {
    name: "docker's configuration: the same key in two entries is not a duplicate",
    image: IMAGE,
    ...docker(
      `{"auths": {"a.example": {"auth": ""}, "${HARBOR}": {"auth": "${auth("robot$all", PASSWORDS.all)}"}}}`,
    ),
    loginAt: IMAGE,
    expect: { login: "robot$all", life: LIFE },
  },
  {
    name: "docker's configuration: a file that other users may read is refused",
    image: IMAGE,
    ...docker(),
    modes: { "docker.json": 0o644 },
    expect: { fails: "file-unsafe", exit: 2, says: ["docker.json", "others may read it"] },
  },
  {
    name: "docker's configuration: a missing file is reported",
    image: IMAGE,
    ...docker(),
    files: {},
    expect: { fails: "referenced-file-missing", exit: 2, says: ["docker.json: it does not exist"] },
  },
  {
    name: "files: a user name and a password, each with a line feed at its end",
    image: IMAGE,
    ...pair((file) => ({ usernameFile: file("user"), passwordFile: file("password") }), {
      user: "robot$all\n",
      password: `${PASSWORDS.all}\n`,
    }),
    expect: { login: "robot$all", life: LIFE },
  },
  {
    name: "files: a password file that other users may read is refused",
    image: IMAGE,
    ...pair((file) => ({ username: "robot$all", passwordFile: file("password") }), {
      password: PASSWORDS.all,
    }),
    modes: { password: 0o604 },
    expect: { fails: "file-unsafe", exit: 2, says: ["others may read it"] },
  },
  {
    name: "files: a password of two lines is refused",
    image: IMAGE,
    ...pair((file) => ({ username: "robot$all", passwordFile: file("password") }), {
      password: `${PASSWORDS.all}\n${PASSWORDS.team}\n`,
    }),
    expect: { fails: "static-login-unusable", exit: 2, says: ["more than one line"] },
  },
  {
    name: "a variable: the password comes from the provider's env",
    image: IMAGE,
    ...pair(() => ({ username: "robot$all", passwordEnv: "HARBOR_PASSWORD" }), {}),
    env: { HARBOR_PASSWORD: PASSWORDS.all },
    expect: { login: "robot$all", life: LIFE },
  },
  {
    name: "a variable: an unset variable is reported",
    image: IMAGE,
    ...pair(() => ({ username: "robot$all", passwordEnv: "HARBOR_PASSWORD" }), {}),
    env: { HARBOR_PASSWORDS: PASSWORDS.all },
    expect: { fails: "variable-missing", exit: 2, says: ["passwordEnv"] },
  },
  {
    name: "cacheDuration: the kubelet caches the login for the configured time",
    image: IMAGE,
    ...pair((file) => ({ username: "robot$all", passwordFile: file("password"), cacheDuration: "2m" }), {
      password: PASSWORDS.all,
    }),
    expect: { login: "robot$all", life: 2 * MINUTE },
  },
  {
    name: "allow.serviceAccounts: a pod on the list gets the login",
    image: IMAGE,
    ...docker(DOCKER_JSON, { serviceAccounts: ["shop/*"] }),
    token: { audience: "anybody", subject: "system:serviceaccount:shop:web" },
    expect: { login: "robot$team", life: LIFE },
  },
  {
    name: "allow.serviceAccounts: a pod that is not on the list is refused",
    image: IMAGE,
    ...docker(DOCKER_JSON, { serviceAccounts: ["shop/*"] }),
    token: { audience: "anybody", subject: "system:serviceaccount:shops:web" },
    expect: { fails: "service-account-not-allowed", exit: 1, says: ["shops/web"] },
  },
  {
    name: "allow.serviceAccounts: a request without a token is refused",
    image: IMAGE,
    ...docker(DOCKER_JSON, { serviceAccounts: ["*/*"] }),
    expect: {
      fails: "service-account-not-allowed",
      exit: 1,
      hint: /tokenAttributes/,
      says: ["the request has no ServiceAccount token"],
    },
  },
  {
    name: "allow.repositories: an image on the list gets the login, a similar one does not",
    image: `${HARBOR}/teams/app`,
    ...docker(DOCKER_JSON, { repositories: ["team"] }),
    expect: { fails: "repository-not-allowed", exit: 1, says: ['"teams/app"'] },
  },
];
