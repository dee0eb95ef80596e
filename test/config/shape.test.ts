import { type FaultyText, refuses } from "./faulty-texts.ts";

const TEXTS: readonly FaultyText[] = [
  {
    name: "an unknown key of the file",
    text: "rulez: []",
    faults: ['3:1: rulez: no such key; the nearest known one is "rules"'],
  },
  {
    name: "an unknown key shows no value",
    text: 'rules: [{ match: ["a.azurecr.io"], password: hunter2 }]',
    faults: ['3:36: rules[0].password: no such key; the nearest known one is "aws"'],
  },
  {
    name: "an unknown key that is no word",
    text: 'rules: [{ match: ["a.azurecr.io"], "a b": c }]',
    faults: ['3:36: rules[0]["a b"]: no such key; the nearest known one is "aws"'],
  },
  {
    name: "keys are compared letter by letter",
    text: "Rules: []",
    faults: ['3:1: Rules: no such key; the nearest known one is "rules"'],
  },
  {
    name: "a missing key",
    text: "mirrors: [{ source: docker.io }]",
    faults: ['3:11: mirrors[0]: the key "registry" is missing'],
  },
  { name: "a text in place of a list", text: "rules: all", faults: ['3:8: rules: "all" is not a list'] },
  { name: "nothing in place of a list", text: "rules:", faults: ["3:7: rules: null is not a list"] },
  {
    name: "a list in place of a mapping",
    text: "rules: [[]]",
    faults: ["3:9: rules[0]: a list is not a mapping"],
  },
  {
    name: "a text in place of a mapping",
    text: 'rules: [{ match: ["a.azurecr.io"], azure: none }]',
    faults: ['3:43: rules[0].azure: "none" is not a mapping'],
  },
  {
    name: "a mapping in place of a text",
    text: "rules: [{ match: [{ a: b }] }]",
    faults: ["3:19: rules[0].match[0]: a mapping is not a pattern of printable characters without blanks"],
  },
  {
    name: "a number in place of a text",
    text: "rules: [{ match: [10] }]",
    faults: ["3:19: rules[0].match[0]: 10 is not a pattern of printable characters without blanks"],
  },
  {
    name: "a text in place of true or false",
    text: 'rules: [{ match: ["gcr.io"], google: { gke: { optIn: yes } } }]',
    faults: ['3:54: rules[0].google.gke.optIn: "yes" is not true or false'],
  },
  {
    name: "an empty list",
    text: "rules: [{ match: [] }]",
    faults: ["3:18: rules[0].match: a list of 0 is too short: at least 1"],
  },
  {
    name: "a list that is too long",
    text: 'rules: [{ match: ["1.dkr.ecr.*.amazonaws.com"], aws: { chain: [{ roleArn: "arn:aws:iam::111122223333:role/a" }, { roleArn: "arn:aws:iam::111122223333:role/a" }, { roleArn: "arn:aws:iam::111122223333:role/a" }, { roleArn: "arn:aws:iam::111122223333:role/a" }] } }]',
    faults: ["3:63: rules[0].aws.chain: a list of 4 is too long: at most 3"],
  },
  {
    name: "a value that is none of those allowed",
    text: 'rules: [{ match: ["a.azurecr.io"], identity: pods }]',
    faults: ['3:46: rules[0].identity: "pods" is not one of "pod", "node", "pod-then-node"'],
  },
  {
    name: "a value of another shape",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], aws: { roleArn: pull } }]',
    faults: ['3:65: rules[0].aws.roleArn: "pull" is not the ARN of an IAM role'],
  },
  {
    name: "a long value is cut",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], aws: { roleArn: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx } }]',
    faults: [
      '3:65: rules[0].aws.roleArn: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx..." is not the ARN of an IAM role',
    ],
  },
  {
    name: "a secret in place of its file's path is not shown",
    text: 'rules: [{ match: ["a.azurecr.io"], azure: { tenantId: t, clientId: 00000000-0000-0000-0000-000000000000, clientSecretFile: hunter2 } }]',
    faults: ["3:124: rules[0].azure.clientSecretFile: the value (not shown) is not an absolute path"],
  },
  {
    name: "a secret in place of its variable's name is not shown",
    text: 'rules: [{ match: ["ghcr.io"], static: { username: a, passwordEnv: "hunter 2" } }]',
    faults: [
      "3:67: rules[0].static.passwordEnv: the value (not shown) is not the name of an environment variable",
    ],
  },
  {
    name: "a number that may be a secret is not shown",
    text: 'rules: [{ match: ["ghcr.io"], static: { username: a, passwordFile: 12345 } }]',
    faults: ["3:68: rules[0].static.passwordFile: the value (not shown) is not an absolute path"],
  },
  {
    name: "two documents",
    text: "---\nkind: Config",
    faults: ["3:1: a second document begins, and only one is read"],
  },
  { name: "a key twice", text: "kind: Config", faults: ["3:1: the key is there twice"] },
  {
    name: "an alias",
    text: "rules: [{ match: [*.azurecr.io] }]",
    faults: ["3:19: an alias is not taken here; a text that begins with * needs quotes"],
  },
  {
    name: "an anchor",
    text: "rules: &all []",
    faults: ["3:13: an anchor is not taken here; a text that begins with & needs quotes"],
  },
  {
    name: "a tag",
    text: "rules: !!seq []",
    faults: ["3:14: a tag is not taken here; a text that begins with ! needs quotes"],
  },
  {
    name: "a merge key is a key like others",
    text: "<<: { rules: [] }",
    faults: ['3:1: ["<<"]: no such key; the nearest known one is "kind"'],
  },
  {
    name: "a tab as indentation",
    text: "rules:\n\t- match: [a.azurecr.io]",
    faults: ["4:1: a tab cannot be indentation"],
  },
  {
    name: "a bracket that is not closed",
    text: "rules: [{ match: [a.azurecr.io] }",
    faults: ["4:1: the indentation fits nothing above, or a bracket above is not closed"],
  },
  {
    name: "a quote that is not closed",
    text: 'rules: "a',
    faults: ["4:1: a sign is missing: a closing quote or bracket, a comma, or a blank behind a colon"],
  },
  {
    name: "a colon too many",
    text: "rules: a: b",
    faults: ["3:8: a line holds one key: a text with a colon and a blank in it needs quotes"],
  },
  {
    name: "a second key on the line of a text",
    text: "rules: x\n  y: z",
    faults: [
      "3:8: a line holds one key: a text with a colon and a blank in it needs quotes",
      "3:8: a key, or the colon behind it, is missing",
    ],
  },
  {
    name: "faults of several kinds at once",
    text: 'rulez: []\nrules:\n  - match: ["ghcr.io", "*.azurecr.io"]\n    azure: { tenantid: x }\n  - match: ["a.azurecr.io"]\n    identity: pod\n  - match: [5]\nmirrors: [{ source: a.b }]',
    faults: [
      '3:1: rulez: no such key; the nearest known one is "rules"',
      '6:14: rules[0].azure.tenantid: no such key; the nearest known one is "tenantId"',
      "8:5: rules[1].identity: nothing names an identity for a pod: set aws, google or azure, or allow.annotationRoles or annotationClients",
      "9:13: rules[2].match[0]: 5 is not a pattern of printable characters without blanks",
      '10:11: mirrors[0]: the key "registry" is missing',
    ],
  },
];

for (const row of TEXTS) refuses(row);
