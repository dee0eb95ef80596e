import { type FaultyText, refuses } from "./faulty-texts.ts";

const TEXTS: readonly FaultyText[] = [
  {
    name: "aws: a pod without an identity",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], identity: pod, aws: { region: us-east-1 } }]',
    faults: [
      "3:49: rules[0].identity: nothing names an identity for a pod: set aws.roleArn, aws.podIdentity or allow.annotationRoles",
    ],
  },
  {
    name: "aws: a pod without an identity, though the node has one",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], identity: pod-then-node, aws: { podIdentity: false } }]',
    faults: [
      "3:49: rules[0].identity: nothing names an identity for a pod: set aws.roleArn, aws.podIdentity or allow.annotationRoles",
    ],
  },
  {
    name: "aws: the agent and a role",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], aws: { podIdentity: true, roleArn: "arn:aws:iam::111122223333:role/a" } }]',
    faults: [
      "3:56: rules[0].aws.podIdentity: the agent knows the pod's role: remove roleArn, or name it in chain",
    ],
  },
  {
    name: "aws: the agent for the node",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], identity: node, aws: { podIdentity: true } }]',
    faults: ["3:72: rules[0].aws.podIdentity: the agent is asked with a pod's token, and identity is node"],
  },
  {
    name: "aws: the agent with another's token",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], aws: { podIdentity: true, subjectToken: google } }]',
    faults: [
      "3:56: rules[0].aws.podIdentity: the agent is asked with a pod's token, and subjectToken makes the rule's identity the node's",
      "3:75: rules[0].aws.subjectToken: nothing is named that the token is exchanged for: set roleArn",
    ],
  },
  {
    name: "aws: an external id without a role",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], aws: { externalId: abc } }]',
    faults: ["3:56: rules[0].aws.externalId: it is for the role of roleArn, which is missing"],
  },
  {
    name: "aws: an external id with a pod's token",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], identity: pod, aws: { externalId: abc, roleArn: "arn:aws:iam::111122223333:role/a" } }]',
    faults: [
      "3:71: rules[0].aws.externalId: STS takes none where a role is assumed with a token: put it into chain, with the role that asks for it",
    ],
  },
  {
    name: "aws: an external id with another token",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], aws: { externalId: abc, roleArn: "arn:aws:iam::111122223333:role/a", subjectToken: google } }]',
    faults: [
      "3:56: rules[0].aws.externalId: STS takes none where a role is assumed with a token: put it into chain, with the role that asks for it",
    ],
  },
  {
    name: "aws: a profile for a pod",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], identity: pod, aws: { profile: a, configFile: /a, roleArn: "arn:aws:iam::111122223333:role/a" } }]',
    faults: [
      "3:71: rules[0].aws.profile: it is the node's, and identity is pod",
      "3:83: rules[0].aws.configFile: it is the node's, and identity is pod",
    ],
  },
  {
    name: "aws: a profile and a subject token",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], aws: { profile: a, roleArn: "arn:aws:iam::111122223333:role/a", subjectToken: google } }]',
    faults: ["3:56: rules[0].aws.profile: the role is assumed with subjectToken: remove one of the two"],
  },
  {
    name: "aws: another's token for a pod",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], identity: pod, aws: { roleArn: "arn:aws:iam::111122223333:role/a", subjectToken: "file:/a" } }]',
    faults: ["3:116: rules[0].aws.subjectToken: identity pod takes the pod's own token, and no other"],
  },
  {
    name: "aws: the pod's token for a node",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], identity: node, aws: { roleArn: "arn:aws:iam::111122223333:role/a", subjectToken: request } }]',
    faults: ["3:117: rules[0].aws.subjectToken: the request's token is the pod's, and identity is node"],
  },
  {
    name: "aws: a token for nothing",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], aws: { subjectToken: google } }]',
    faults: [
      "3:56: rules[0].aws.subjectToken: nothing is named that the token is exchanged for: set roleArn",
    ],
  },
  {
    name: "aws: Azure's token without an audience",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], aws: { roleArn: "arn:aws:iam::111122223333:role/a", subjectToken: azure } }]',
    faults: [
      "3:101: rules[0].aws.subjectToken: a token of Azure is for an application: set subjectTokenAudience to its ID URI",
    ],
  },
  {
    name: "google: a pod without an identity",
    text: 'rules: [{ match: ["gcr.io"], identity: pod, google: { serviceAccount: a@b.iam.gserviceaccount.com } }]',
    faults: [
      "3:30: rules[0].identity: nothing names an identity for a pod: set google.workloadIdentityProvider or google.gke",
    ],
  },
  {
    name: "google: two pools",
    text: 'rules: [{ match: ["gcr.io"], google: { workloadIdentityProvider: projects/1/locations/global/workloadIdentityPools/p/providers/k, gke: {} } }]',
    faults: [
      "3:131: rules[0].google.gke: a token is exchanged at one pool: remove gke or workloadIdentityProvider",
    ],
  },
  {
    name: "google: GKE's pool for a node",
    text: 'rules: [{ match: ["gcr.io"], identity: node, google: { gke: { optIn: true } } }]',
    faults: ["3:56: rules[0].google.gke: GKE's pool trusts pods' tokens, and identity is node"],
  },
  {
    name: "google: a provider without a token",
    text: 'rules: [{ match: ["gcr.io"], identity: node, google: { workloadIdentityProvider: projects/1/locations/global/workloadIdentityPools/p/providers/k } }]',
    faults: [
      "3:56: rules[0].google.workloadIdentityProvider: identity is node, and no token is named for the provider: set subjectToken",
    ],
  },
  {
    name: "google: a key for a pod",
    text: 'rules: [{ match: ["gcr.io"], identity: pod, google: { workloadIdentityProvider: projects/1/locations/global/workloadIdentityPools/p/providers/k, credentialsFile: /a } }]',
    faults: [
      "3:146: rules[0].google.credentialsFile: it is the node's, and identity is pod",
      "3:146: rules[0].google.credentialsFile: the file is an identity already: remove it, or gke and workloadIdentityProvider",
    ],
  },
  {
    name: "google: a key and a pool",
    text: 'rules: [{ match: ["gcr.io"], google: { gke: {}, credentialsFile: /a } }]',
    faults: [
      "3:49: rules[0].google.credentialsFile: the file is an identity already: remove it, or gke and workloadIdentityProvider",
    ],
  },
  {
    name: "google: a key and a token",
    text: 'rules: [{ match: ["gcr.io"], google: { credentialsFile: /a, subjectToken: aws } }]',
    faults: [
      "3:40: rules[0].google.credentialsFile: the file is an identity already: remove it, or subjectToken",
      "3:61: rules[0].google.subjectToken: nothing is named that the token is exchanged for: set workloadIdentityProvider",
    ],
  },
  {
    name: "google: accounts for annotations, without a pool",
    text: 'rules: [{ match: ["gcr.io"], allow: { annotationServiceAccounts: ["*@*.gserviceaccount.com"] }, google: {  } }]',
    faults: [
      "3:39: rules[0].allow.annotationServiceAccounts: no pool takes the pod's token: set google.workloadIdentityProvider or google.gke",
    ],
  },
  {
    name: "google: another's token for a pod",
    text: 'rules: [{ match: ["gcr.io"], identity: pod, google: { workloadIdentityProvider: projects/1/locations/global/workloadIdentityPools/p/providers/k, subjectToken: aws-signed } }]',
    faults: ["3:146: rules[0].google.subjectToken: identity pod takes the pod's own token, and no other"],
  },
  {
    name: "google: a token for nothing",
    text: 'rules: [{ match: ["gcr.io"], google: { gke: {}, subjectToken: aws } }]',
    faults: [
      "3:40: rules[0].google.gke: GKE's pool trusts pods' tokens, and subjectToken makes the rule's identity the node's",
      "3:49: rules[0].google.subjectToken: nothing is named that the token is exchanged for: set workloadIdentityProvider",
    ],
  },
  {
    name: "google: Azure's token without an audience",
    text: 'rules: [{ match: ["gcr.io"], google: { workloadIdentityProvider: projects/1/locations/global/workloadIdentityPools/p/providers/k, subjectToken: azure } }]',
    faults: [
      "3:131: rules[0].google.subjectToken: a token of Azure is for an application: set subjectTokenAudience to its ID URI",
    ],
  },
  {
    name: "azure: a pod without an identity",
    text: 'rules: [{ match: ["*.azurecr.io"], identity: pod, azure: { clientId: 00000000-0000-0000-0000-000000000000 } }]',
    faults: [
      "3:36: rules[0].identity: nothing names an identity for a pod: set azure.tenantId and azure.clientId, or allow.annotationClients",
    ],
  },
  {
    name: "azure: a tenant alone",
    text: 'rules: [{ match: ["*.azurecr.io"], azure: { tenantId: t } }]',
    faults: ["3:45: rules[0].azure.tenantId: a tenant without an application is nobody: set clientId"],
  },
  {
    name: "azure: a secret shown to whichever cloud of Azure a pod's author names",
    text: 'rules: [{ match: ["*.azurecr.*"], azure: { tenantId: t, clientId: 00000000-0000-0000-0000-000000000000, clientSecretEnv: X } }]',
    faults: [
      "3:105: rules[0].azure.clientSecretEnv: it would be shown to several clouds of Azure, and which one a pod's author chooses: end match in one of them",
    ],
  },
  {
    name: "azure: a secret of nobody",
    text: 'rules: [{ match: ["*.azurecr.io"], azure: { clientSecretEnv: X } }]',
    faults: ["3:45: rules[0].azure.clientSecretEnv: it is an application's: set tenantId and clientId"],
  },
  {
    name: "azure: two secrets",
    text: 'rules: [{ match: ["*.azurecr.io"], azure: { tenantId: t, clientId: 00000000-0000-0000-0000-000000000000, clientSecretFile: /a, certificateFile: /a } }]',
    faults: [
      "3:128: rules[0].azure.certificateFile: an application is proved in one way: leave one of clientSecretFile, clientSecretEnv, certificateFile",
    ],
  },
  {
    name: "azure: a certificate and a token",
    text: 'rules: [{ match: ["*.azurecr.io"], azure: { tenantId: t, clientId: 00000000-0000-0000-0000-000000000000, certificateFile: /a, subjectToken: google } }]',
    faults: [
      "3:106: rules[0].azure.certificateFile: an application is proved in one way: remove it, or subjectToken",
    ],
  },
  {
    name: "azure: a certificate for a pod",
    text: 'rules: [{ match: ["*.azurecr.io"], identity: pod, azure: { tenantId: t, clientId: 00000000-0000-0000-0000-000000000000, certificateFile: /a } }]',
    faults: ["3:121: rules[0].azure.certificateFile: it is the node's, and identity is pod"],
  },
  {
    name: "azure: two names of a managed identity",
    text: 'rules: [{ match: ["*.azurecr.io"], azure: { clientId: 00000000-0000-0000-0000-000000000000, objectId: 00000000-0000-0000-0000-000000000000 } }]',
    faults: [
      "3:93: rules[0].azure.objectId: a managed identity is named once: leave one of clientId, resourceId, objectId",
    ],
  },
  {
    name: "azure: a managed identity for a pod",
    text: 'rules: [{ match: ["*.azurecr.io"], identity: pod, allow: { annotationClients: ["*/*"] }, azure: { resourceId: /subscriptions/a } }]',
    faults: ["3:99: rules[0].azure.resourceId: it is the node's, and identity is pod"],
  },
  {
    name: "azure: a token for nothing",
    text: 'rules: [{ match: ["*.azurecr.io"], azure: { clientId: 00000000-0000-0000-0000-000000000000, subjectToken: google } }]',
    faults: [
      "3:93: rules[0].azure.subjectToken: nothing is named that the token is exchanged for: set tenantId and clientId",
    ],
  },
  {
    name: "azure: Azure's token without an audience",
    text: 'rules: [{ match: ["*.azurecr.io"], azure: { tenantId: t, clientId: 00000000-0000-0000-0000-000000000000, subjectToken: azure } }]',
    faults: [
      "3:106: rules[0].azure.subjectToken: a token of Azure is for an application: set subjectTokenAudience to its ID URI",
    ],
  },
  {
    name: "static: no login",
    text: 'rules: [{ match: ["ghcr.io"], static: {  } }]',
    faults: [
      "3:31: rules[0].static: no login is named: set dockerConfig, or a user name with passwordFile or passwordEnv",
    ],
  },
  {
    name: "static: a password without a user",
    text: 'rules: [{ match: ["ghcr.io"], static: { passwordFile: /a } }]',
    faults: ["3:31: rules[0].static: the password is without a user name: set username or usernameFile"],
  },
  {
    name: "static: a user without a password",
    text: 'rules: [{ match: ["ghcr.io"], static: { username: a } }]',
    faults: [
      "3:31: rules[0].static: no login is named: set dockerConfig, or a user name with passwordFile or passwordEnv",
    ],
  },
  {
    name: "static: two logins",
    text: 'rules: [{ match: ["ghcr.io"], static: { dockerConfig: /a, username: a, passwordFile: /a } }]',
    faults: ["3:41: rules[0].static.dockerConfig: it holds user name and password: remove it, or the others"],
  },
  {
    name: "static: two users",
    text: 'rules: [{ match: ["ghcr.io"], static: { username: a, usernameFile: /a, passwordFile: /a } }]',
    faults: ["3:54: rules[0].static.usernameFile: the user name is there twice: remove it, or username"],
  },
  {
    name: "static: two passwords",
    text: 'rules: [{ match: ["ghcr.io"], static: { username: a, passwordEnv: A, passwordFile: /a } }]',
    faults: ["3:54: rules[0].static.passwordEnv: the password is there twice: remove it, or passwordFile"],
  },
  {
    name: "static: kept for too long",
    text: 'rules: [{ match: ["ghcr.io"], static: { dockerConfig: /a, cacheDuration: 24h1s } }]',
    faults: ["3:59: rules[0].static.cacheDuration: the kubelet would keep the login for more than 24h"],
  },
  {
    name: "static: for a pod",
    text: 'rules: [{ match: ["ghcr.io"], identity: pod, static: { dockerConfig: /a } }]',
    faults: [
      "3:31: rules[0].identity: a login from a file is no pod's: remove identity; allow.serviceAccounts says which pods may use it",
    ],
  },
  {
    name: "allow: annotations of another cloud",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], allow: { annotationClients: ["*/*"] }, aws: { roleArn: "arn:aws:iam::111122223333:role/a" } }]',
    faults: [
      "3:58: rules[0].allow.annotationClients: such annotations are for azure, and the rule is for another",
    ],
  },
  {
    name: "allow: annotations for a node",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], identity: node, allow: { annotationRoles: ["arn:aws:iam::111122223333:role/a"] }, aws: { roleArn: "arn:aws:iam::111122223333:role/a" } }]',
    faults: ["3:74: rules[0].allow.annotationRoles: annotations are pods', and identity is node"],
  },
  {
    name: "a pod at all clouds, without an identity",
    text: 'rules: [{ match: ["*.azurecr.io"], identity: pod }]',
    faults: [
      "3:36: rules[0].identity: nothing names an identity for a pod: set aws, google or azure, or allow.annotationRoles or annotationClients",
    ],
  },
];

for (const row of TEXTS) refuses(row);
