import { test } from "node:test";
import { HEAD, read } from "./invalid-configs.ts";

const ROLE = 'roleArn: "arn:aws:iam::111122223333:role/a"';
const APP = "tenantId: t, clientId: 00000000-0000-0000-0000-000000000000";
const POOL = "workloadIdentityProvider: projects/1/locations/global/workloadIdentityPools/p/providers/k";

/** Valid configurations, each similar to an invalid one in test/config/{shape,match,settings}.test.ts. */
const ACCEPTED: readonly (readonly [name: string, text: string])[] = [
  ["nothing but what it is", ""],
  ["no rules", "rules: []\nmirrors: []"],
  ["a path with every sign that paths have", 'rules: [{ match: ["a.azurecr.io/a-b_c.d/e"] }]'],
  ["a path that ends in a slash", 'rules: [{ match: ["a.azurecr.io/app/"] }]'],
  ["a * in each label", 'rules: [{ match: ["*.dkr.ecr*.*-west-*.amazonaws.com"] }]'],
  ["a pattern of several clouds' hosts", 'rules: [{ match: ["*.*"], google: {} }]'],
  [
    "any host and port, with a login",
    'rules: [{ match: ["*.*.corp.example:8443"], static: { dockerConfig: /a } }]',
  ],
  [
    "a host that stands for a registry",
    'rules: [{ match: ["a.example", "b.example:5000"], registry: a.azurecr.io }]',
  ],
  [
    "a login for a host that stands for another",
    'rules: [{ match: ["a.example"], registry: ghcr.io, static: { dockerConfig: /a } }]',
  ],
  ["a narrower rule before a wider", 'rules: [{ match: ["a.azurecr.io"] }, { match: ["*.azurecr.io"] }]'],
  ["a longer path before a shorter", 'rules: [{ match: ["gcr.io/a/b"] }, { match: ["gcr.io/a"] }]'],
  [
    "paths that only begin with the same letters",
    'rules: [{ match: ["gcr.io/a"] }, { match: ["gcr.io/ab"] }]',
  ],
  [
    "a rule of which one pattern is taken",
    'rules: [{ match: ["*.azurecr.io"] }, { match: ["a.azurecr.io", "gcr.io"] }]',
  ],
  [
    "one pattern for two clouds",
    'rules: [{ match: ["*.*.*"], google: {} }, { match: ["*.*.*"], azure: {} }]',
  ],
  [
    "one pattern for a cloud, then for the others",
    'rules: [{ match: ["*.*.*"], azure: {} }, { match: ["*.*.*"] }]',
  ],
  [
    "a login for a host that a wider pattern of a cloud has too",
    'rules: [{ match: ["*.*.*"], azure: {} }, { match: ["harbor.corp.example"], static: { dockerConfig: /a } }]',
  ],
  [
    "the same host with another port",
    'rules: [{ match: ["a.b"], static: { dockerConfig: /a } }, { match: ["a.b:1"], static: { dockerConfig: /a } }]',
  ],
  [
    "mirrors of two paths",
    "mirrors: [{ source: docker.io/a, registry: a.azurecr.io }, { source: docker.io, registry: b.azurecr.io }]",
  ],
  [
    "a mirror from one path to another of the host",
    "mirrors: [{ source: a.azurecr.io/x, registry: a.azurecr.io/y }]",
  ],
  [
    "a mirror at a host with a login",
    'rules: [{ match: ["*.corp.example:5000/hub"], static: { dockerConfig: /a } }]\nmirrors: [{ source: docker.io, registry: "proxy.corp.example:5000/hub" }]',
  ],
  [
    "a rule for a mirror's source to which another mirror leads",
    'rules: [{ match: ["gcr.io"] }]\nmirrors: [{ source: docker.io, registry: gcr.io }, { source: gcr.io, registry: a.azurecr.io }]',
  ],
  ["a role for a pod", `rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], identity: pod, aws: { ${ROLE} } }]`],
  [
    "roles by annotation for pods of any cloud's registries",
    'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], identity: pod, allow: { annotationRoles: ["arn:*:iam::*:role/*"] } }]',
  ],
  [
    "an external id of the node's role",
    `rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], aws: { externalId: abc, ${ROLE} } }]`,
  ],
  [
    "an external id at the end of a chain from a pod",
    `rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], identity: pod, aws: { ${ROLE}, chain: [{ externalId: abc, ${ROLE} }] } }]`,
  ],
  [
    "the agent's role, then another",
    `rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], aws: { podIdentity: true, chain: [{ ${ROLE} }] } }]`,
  ],
  [
    "a pod's pool, and a key for the node",
    `rules: [{ match: ["gcr.io"], identity: pod-then-node, google: { ${POOL}, credentialsFile: /a } }]`,
  ],
  ["GKE's pool for those that opt in", 'rules: [{ match: ["gcr.io"], google: { gke: { optIn: true } } }]'],
  [
    "a managed identity by its client id",
    'rules: [{ match: ["*.azurecr.io"], azure: { clientId: 00000000-0000-0000-0000-000000000000 } }]',
  ],
  [
    "a tenant for annotated clients",
    'rules: [{ match: ["*.azurecr.io"], azure: { tenantId: t }, allow: { annotationClients: ["*/*"] } }]',
  ],
  [
    "Azure's token for an application",
    `rules: [{ match: ["gcr.io"], google: { ${POOL}, subjectToken: azure, subjectTokenAudience: "api://x" } }]`,
  ],
  [
    "a token for an application",
    `rules: [{ match: ["*.azurecr.io"], azure: { ${APP}, subjectToken: aws } }]`,
  ],
  [
    "a login kept for a day",
    'rules: [{ match: ["ghcr.io"], static: { dockerConfig: /a, cacheDuration: 24h } }]',
  ],
  [
    "a host without a dot, at a port",
    'rules: [{ match: ["localhost", "registry:5000"], static: { dockerConfig: /a } }]',
  ],
  ["Docker Hub", 'rules: [{ match: ["docker.io/nginx", "docker.io"], static: { dockerConfig: /a } }]'],
  [
    "every kind of pattern in allow",
    'rules: [{ match: ["gcr.io", "a.azurecr.io/shop"], allow: { serviceAccounts: ["*/*", "shop/web-*", "*-x/a.b"], annotationRoles: ["arn:aws:iam::111122223333:role/team-*", "arn:aws-cn:iam::1*:role/a/b"], annotationClients: ["example.com/*", "*/00000000-0000-0000-0000-000000000000"], repositories: ["shop", "shop/*/x", "*", "example.com/project"] } }]',
  ],
  [
    "accounts of a project for annotations",
    `rules: [{ match: ["gcr.io"], google: { ${POOL} }, allow: { annotationServiceAccounts: ["*@*.gserviceaccount.com", "a-*@b.iam.gserviceaccount.com"] } }]`,
  ],
  ["a login not kept", 'rules: [{ match: ["ghcr.io"], static: { dockerConfig: /a, cacheDuration: 0s } }]'],
];

for (const [name, text] of ACCEPTED) {
  test(`accepts ${name}`, async () => {
    await read(`${HEAD}${text}\n`);
  });
}
