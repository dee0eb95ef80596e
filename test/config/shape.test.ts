import { type InvalidConfig, rejects } from "./invalid-configs.ts";

const TEXTS: readonly InvalidConfig[] = [
  {
    name: "an unknown key of the file",
    text: "rulez: []",
    errors: ['3:1: rulez: unknown key; the closest known key is "rules"'],
  },
  {
    name: "an unknown key without showing its value",
    text: 'rules: [{ match: ["a.azurecr.io"], password: hunter2 }]',
    errors: [
      "3:36: rules[0].password: unknown key; secrets are not allowed in this file: static.passwordFile names a file",
    ],
  },
  {
    name: "an unknown key that is not a word",
    text: 'rules: [{ match: ["a.azurecr.io"], "a b": c }]',
    errors: ['3:36: rules[0][(value not shown)]: unknown key; the closest known key is "aws"'],
  },
  {
    name: "a key with a different case",
    text: "Rules: []",
    errors: ['3:1: Rules: unknown key; the closest known key is "rules"'],
  },
  {
    name: "a missing key",
    text: "mirrors: [{ source: docker.io }]",
    errors: ['3:11: mirrors[0]: the required key "registry" is missing'],
  },
  { name: "a text in place of a list", text: "rules: all", errors: ["3:8: rules: a string is not a list"] },
  { name: "nothing in place of a list", text: "rules:", errors: ["3:7: rules: rules has no value"] },
  {
    name: "a list instead of a mapping",
    text: "rules: [[]]",
    errors: ["3:9: rules[0]: a list is not a mapping"],
  },
  {
    name: "a string instead of a mapping",
    text: 'rules: [{ match: ["a.azurecr.io"], azure: none }]',
    errors: ["3:43: rules[0].azure: a string is not a mapping"],
  },
  {
    name: "a mapping instead of a string",
    text: "rules: [{ match: [{ a: b }] }]",
    errors: ["3:19: rules[0].match[0]: a mapping is not a pattern of printable characters without spaces"],
  },
  {
    name: "a number instead of a string",
    text: "rules: [{ match: [10] }]",
    errors: [
      "3:19: rules[0].match[0]: the value (not shown) is not a pattern of printable characters without spaces",
    ],
  },
  {
    name: "a string instead of a boolean",
    text: 'rules: [{ match: ["gcr.io"], google: { gke: { optIn: yes } } }]',
    errors: ["3:54: rules[0].google.gke.optIn: the value (not shown) is not true or false"],
  },
  {
    name: "an empty list",
    text: "rules: [{ match: [] }]",
    errors: ["3:18: rules[0].match: a list of 0 is too short: at least 1"],
  },
  {
    name: "a list that is too long",
    text: 'rules: [{ match: ["1.dkr.ecr.*.amazonaws.com"], aws: { chain: [{ roleArn: "arn:aws:iam::111122223333:role/a" }, { roleArn: "arn:aws:iam::111122223333:role/a" }, { roleArn: "arn:aws:iam::111122223333:role/a" }, { roleArn: "arn:aws:iam::111122223333:role/a" }] } }]',
    errors: ["3:63: rules[0].aws.chain: a list of 4 is too long: at most 3"],
  },
  {
    name: "a value that is not one of the allowed ones",
    text: 'rules: [{ match: ["a.azurecr.io"], identity: pods }]',
    errors: ['3:46: rules[0].identity: "pods" is not one of "pod", "node", "pod-then-node"'],
  },
  {
    name: "a value in another format",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], aws: { roleArn: pull } }]',
    errors: ["3:65: rules[0].aws.roleArn: the value (not shown) is not the ARN of an IAM role"],
  },
  ...["role/a//b", "role//a", "role/../a", "role/a/.", "role/a/", `role/${"a".repeat(513)}`].map((role) => ({
    name: `the ARN of no role: ${role.slice(0, 20)}`,
    text: `rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], aws: { roleArn: "arn:aws:iam::111122223333:${role}" } }]`,
    errors: [`3:65: rules[0].aws.roleArn: the value (not shown) is not the ARN of an IAM role`],
  })),
  {
    name: "a long value, which is cut",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], aws: { roleArn: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx } }]',
    errors: ["3:65: rules[0].aws.roleArn: the value (not shown) is not the ARN of an IAM role"],
  },
  {
    name: "a secret instead of its file's path without showing it",
    text: 'rules: [{ match: ["a.azurecr.io"], azure: { tenantId: t, clientId: 00000000-0000-0000-0000-000000000000, clientSecretFile: hunter2 } }]',
    errors: ["3:124: rules[0].azure.clientSecretFile: the value (not shown) is not an absolute path"],
  },
  {
    name: "a secret instead of its variable's name without showing it",
    text: 'rules: [{ match: ["ghcr.io"], static: { username: a, passwordEnv: "hunter 2" } }]',
    errors: [
      "3:67: rules[0].static.passwordEnv: the value (not shown) is not the name of an environment variable",
    ],
  },
  {
    name: "a number that may be a secret without showing it",
    text: 'rules: [{ match: ["ghcr.io"], static: { username: a, passwordFile: 12345 } }]',
    errors: ["3:68: rules[0].static.passwordFile: the value (not shown) is not an absolute path"],
  },
  {
    name: "a secret in another key without showing it",
    text: 'rules: [{ match: ["a.azurecr.io"], azure: { tenantId: "hunter 2", clientId: hunter2, objectId: hunter2, resourceId: hunter2, subjectToken: hunter2, endpoints: { authority: hunter2 } } }, { match: ["ghcr.io"], static: { username: "hunter 2", cacheDuration: hunter2 } }, { match: ["1.dkr.ecr.*.amazonaws.com"], aws: { externalId: "hunter 2", chain: [{ roleArn: pull, externalId: "hunter 2" }] } }]',
    errors: [
      "3:55: rules[0].azure.tenantId: the value (not shown) is not a tenant's id or domain",
      "3:77: rules[0].azure.clientId: the value (not shown) is not an id such as 00000000-0000-0000-0000-000000000000",
      "3:96: rules[0].azure.objectId: the value (not shown) is not an id such as 00000000-0000-0000-0000-000000000000",
      "3:117: rules[0].azure.resourceId: the value (not shown) is not the resource id of a managed identity",
      "3:140: rules[0].azure.subjectToken: the value (not shown) is not request, google, aws, azure or file:PATH",
      "3:173: rules[0].azure.endpoints.authority: the value (not shown) is not https:// and an exact host, without a path",
      "3:230: rules[1].static.username: the value (not shown) is not a user name without spaces",
      "3:257: rules[1].static.cacheDuration: the value (not shown) is not a duration such as 30s, 5m or 1h30m",
      "3:329: rules[2].aws.externalId: the value (not shown) is not an AWS external ID",
      "3:360: rules[2].aws.chain[0].roleArn: the value (not shown) is not the ARN of an IAM role",
      "3:378: rules[2].aws.chain[0].externalId: the value (not shown) is not an AWS external ID",
    ],
  },
  {
    name: "a secret instead of a login without showing it",
    text: 'rules: [{ match: ["ghcr.io"], static: hunter2 }, { match: ["a.b"], static: [hunter2] }]',
    errors: [
      "3:39: rules[0].static: a string is not a mapping",
      "3:76: rules[1].static: a list is not a mapping",
    ],
  },
  {
    name: "a key for a secret instead of its file",
    text: 'rules: [{ match: ["a.azurecr.io"], azure: { clientSecret: hunter2, secret: hunter2 } }, { match: ["ghcr.io"], static: { password: hunter2, pass: hunter2, secret: hunter2 }, clientsecret: hunter2 }]',
    errors: [
      "3:45: rules[0].azure.clientSecret: unknown key; secrets are not allowed in this file: clientSecretFile names a file",
      "3:68: rules[0].azure.secret: unknown key; secrets are not allowed in this file: clientSecretFile names a file",
      "3:121: rules[1].static.password: unknown key; secrets are not allowed in this file: passwordFile names a file",
      "3:140: rules[1].static.pass: unknown key; secrets are not allowed in this file: passwordFile names a file",
      "3:155: rules[1].static.secret: unknown key; secrets are not allowed in this file: passwordFile names a file",
      "3:174: rules[1].clientsecret: unknown key; secrets are not allowed in this file: azure.clientSecretFile names a file",
    ],
  },
  {
    name: "a mapping with nothing indented below it",
    text: 'rules:\n  - match: ["*.dkr.ecr.*.amazonaws.com"]\n    aws:\n    roleArn: a',
    errors: [
      "5:9: rules[0].aws: aws has no value",
      "6:5: rules[0].roleArn: it belongs to aws: indent it further",
    ],
  },
  {
    name: "a key one level too high",
    text: "match: []\nmirrors:\nsource: a.b",
    errors: [
      "3:1: match: it belongs to rules: move it there",
      "4:9: mirrors: mirrors has no value",
      "5:1: source: it belongs to mirrors: indent it further",
    ],
  },
  {
    name: "a string instead of a list of strings",
    text: "rules: [{ match: a.azurecr.io }]",
    errors: ['3:18: rules[0].match: "a.azurecr.io" is not a list: write ["a.azurecr.io"]'],
  },
  {
    name: "an empty list item",
    text: "rules: [{ match: [null] }]",
    errors: [
      "3:19: rules[0].match[0]: an empty value is not a pattern of printable characters without spaces",
    ],
  },
  {
    name: "quotes of a word processor",
    text: 'rules: [{ match: [\u201ca.azurecr.io\u201d] }, { match: ["ghcr.io"], static: { dockerConfig: \u2018/a\u2019 } }]',
    errors: [
      "3:19: rules[0].match[0]: the value (not shown) is not a pattern of printable characters without spaces; it contains U+201C",
      "3:84: rules[1].static.dockerConfig: the value (not shown) is not an absolute path; it contains U+2018",
    ],
  },
  {
    name: "an unusual character in a hidden value",
    text: 'rules: [{ match: ["ghcr.io"], static: { dockerConfig: \u00fc } }]',
    errors: ["3:55: rules[0].static.dockerConfig: the value (not shown) is not an absolute path"],
  },
  {
    name: "a no-break space",
    text: "\u00a0rules: []",
    errors: ['3:1: [(value not shown)]: unknown key; the closest known key is "rules"; it contains U+00A0'],
  },
  {
    name: "a no-break space in a line with a syntax error",
    text: "rules:\u00a0[]\n",
    errors: [
      "3:1: a character is missing: a closing quote or bracket, a comma, or a space after a colon; the line contains U+00A0",
    ],
  },
  ...["shop", "*", "shop/web/x", "Shop/web", "shop/", "/web", "-/web", "shop.a/web"].map((pattern) => ({
    name: `a ServiceAccount of no name: ${pattern}`,
    text: `rules: [{ match: ["gcr.io"], allow: { serviceAccounts: ["${pattern}"] } }]`,
    errors: [
      `3:57: rules[0].allow.serviceAccounts[0]: the value (not shown) is not NAMESPACE/NAME, such as shop/* (to allow all, remove the key)`,
    ],
  })),
  ...[
    "*",
    "pull",
    "role/*",
    "arn:*",
    "arn:x:iam::*:role/a",
    "arn:aws:iam::1:role/a",
    "arn:aws:iam:*:*:role/a",
  ].map((pattern) => ({
    name: `a role that no ARN is: ${pattern}`,
    text: `rules: [{ match: ["gcr.io"], allow: { annotationRoles: ["${pattern}"] } }]`,
    errors: [
      `3:57: rules[0].allow.annotationRoles[0]: the value (not shown) is not the ARN of an IAM role, with an optional * in each part, such as arn:aws:iam::111122223333:role/pull-*`,
    ],
  })),
  ...["*", "puller", "puller@example.com", "@a.iam.gserviceaccount.com", "a@b/c.gserviceaccount.com"].map(
    (pattern) => ({
      name: `a Google service account of no email: ${pattern}`,
      text: `rules: [{ match: ["gcr.io"], allow: { annotationServiceAccounts: ["${pattern}"] } }]`,
      errors: [
        `3:67: rules[0].allow.annotationServiceAccounts[0]: the value (not shown) is not the email of a Google service account, such as *@PROJECT.iam.gserviceaccount.com`,
      ],
    }),
  ),
  ...["*", "a/b/*", "00000000-0000-0000-0000-000000000000", "t/client", "t/0000", "t/"].map((pattern) => ({
    name: `an application without its tenant: ${pattern}`,
    text: `rules: [{ match: ["gcr.io"], allow: { annotationClients: ["${pattern}"] } }]`,
    errors: [
      `3:59: rules[0].allow.annotationClients[0]: the value (not shown) is not TENANT/CLIENT, such as TENANT/*`,
    ],
  })),
  ...["/a", "a/", "a//b", "a:v1", "a@sha256:00", "A", "gcr.io:443/a", ".."].map((pattern) => ({
    name: `a repository of no image: ${pattern}`,
    text: `rules: [{ match: ["gcr.io"], allow: { repositories: ["${pattern}"] } }]`,
    errors: [
      `3:54: rules[0].allow.repositories[0]: the value (not shown) is not the path of a repository without host, tag, digest or a slash at its ends`,
    ],
  })),
  {
    name: "two documents",
    text: "---\nkind: Config",
    errors: ["3:1: a second document is not allowed"],
  },
  { name: "a key twice", text: "kind: Config", errors: ["3:1: kind: duplicate key, first defined at 2:1"] },
  {
    name: "an alias",
    text: "rules: [{ match: [*.azurecr.io] }]",
    errors: ["3:19: aliases are not supported; quote a string that starts with *"],
  },
  {
    name: "an anchor",
    text: "rules: &all []",
    errors: ["3:13: anchors are not supported; quote a string that starts with &"],
  },
  {
    name: "a tag",
    text: "rules: !!seq []",
    errors: ["3:14: tags are not supported; quote a string that starts with !"],
  },
  {
    name: "a merge key, which is an ordinary key",
    text: "<<: { rules: [] }",
    errors: ['3:1: [(value not shown)]: unknown key; the closest known key is "kind"'],
  },
  {
    name: "a tab as indentation",
    text: "rules:\n\t- match: [a.azurecr.io]",
    errors: ["4:1: tabs are not allowed as indentation"],
  },
  {
    name: "an unclosed bracket",
    text: "rules: [{ match: [a.azurecr.io] }",
    errors: ["4:1: the indentation matches no line above, or a bracket above is not closed"],
  },
  {
    name: "an unclosed quote",
    text: 'rules: "a',
    errors: ["3:8: the quote that starts here is not closed"],
  },
  {
    name: "one colon too many",
    text: "rules: a: b",
    errors: ["3:8: more than one key on a line: a string that contains a colon and a space needs quotes"],
  },
  {
    name: "a second key on the line of a string",
    text: "rules: x\n  y: z",
    errors: [
      "3:8: more than one key on a line: a string that contains a colon and a space needs quotes",
      "3:8: a key, or the colon after it, is missing",
    ],
  },
  {
    name: "several kinds of errors at once",
    text: 'rulez: []\nrules:\n  - match: ["ghcr.io", "*.azurecr.io"]\n    azure: { tenantid: x }\n  - match: ["a.azurecr.io"]\n    identity: pod\n  - match: [5]\nmirrors: [{ source: a.b }]',
    errors: [
      '3:1: rulez: unknown key; the closest known key is "rules"',
      '6:14: rules[0].azure.tenantid: unknown key; the closest known key is "tenantId"',
      "8:5: rules[1].identity: no pod identity is configured: set aws, google or azure, or allow.annotationRoles or annotationClients",
      "9:13: rules[2].match[0]: the value (not shown) is not a pattern of printable characters without spaces",
      '10:11: mirrors[0]: the required key "registry" is missing',
    ],
  },
];

for (const row of TEXTS) rejects(row);
