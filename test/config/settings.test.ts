import { type InvalidConfig, rejects } from "./invalid-configs.ts";

const TEXTS: readonly InvalidConfig[] = [
  {
    name: "aws: identity pod without a role",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], identity: pod, aws: { region: us-east-1 } }]',
    errors: [
      "3:49: rules[0].identity: no pod identity is configured: set aws.roleArn, aws.podIdentity or allow.annotationRoles",
    ],
  },
  {
    name: "aws: identity pod with only the node's identity",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], identity: pod-then-node, aws: { podIdentity: false } }]',
    errors: [
      "3:49: rules[0].identity: no pod identity is configured: set aws.roleArn, aws.podIdentity or allow.annotationRoles",
    ],
  },
  {
    name: "aws: podIdentity and roleArn",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], aws: { podIdentity: true, roleArn: "arn:aws:iam::111122223333:role/a" } }]',
    errors: [
      "3:56: rules[0].aws.podIdentity: not allowed with roleArn, because EKS Pod Identity selects the role: remove roleArn, or move it to chain",
    ],
  },
  {
    name: "aws: podIdentity with identity node",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], identity: node, aws: { podIdentity: true } }]',
    errors: ["3:72: rules[0].aws.podIdentity: EKS Pod Identity requires a pod's token, but identity is node"],
  },
  {
    name: "aws: podIdentity with a token of the node",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], aws: { podIdentity: true, subjectToken: google } }]',
    errors: [
      "3:56: rules[0].aws.podIdentity: EKS Pod Identity requires a pod's token, but subjectToken implies identity: node",
      "3:75: rules[0].aws.subjectToken: requires roleArn",
    ],
  },
  {
    name: "aws: an external ID without a role",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], aws: { externalId: abc } }]',
    errors: ["3:56: rules[0].aws.externalId: requires roleArn"],
  },
  {
    name: "aws: an external ID with a pod's token",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], identity: pod, aws: { externalId: abc, roleArn: "arn:aws:iam::111122223333:role/a" } }]',
    errors: [
      "3:71: rules[0].aws.externalId: AssumeRoleWithWebIdentity accepts no external ID: move it to the role in chain that requires it",
    ],
  },
  {
    name: "aws: an external ID with a token of the node",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], aws: { externalId: abc, roleArn: "arn:aws:iam::111122223333:role/a", subjectToken: google } }]',
    errors: [
      "3:56: rules[0].aws.externalId: AssumeRoleWithWebIdentity accepts no external ID: move it to the role in chain that requires it",
    ],
  },
  {
    name: "aws: a profile with identity pod",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], identity: pod, aws: { profile: a, configFile: /a, roleArn: "arn:aws:iam::111122223333:role/a" } }]',
    errors: [
      "3:71: rules[0].aws.profile: not allowed with identity: pod (these are node credentials)",
      "3:83: rules[0].aws.configFile: not allowed with identity: pod (these are node credentials)",
    ],
  },
  {
    name: "aws: a profile and a subject token",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], aws: { profile: a, roleArn: "arn:aws:iam::111122223333:role/a", subjectToken: google } }]',
    errors: ["3:56: rules[0].aws.profile: not allowed with subjectToken: remove one of the two"],
  },
  {
    name: "aws: a token of the node with identity pod",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], identity: pod, aws: { roleArn: "arn:aws:iam::111122223333:role/a", subjectToken: "file:/a" } }]',
    errors: ["3:116: rules[0].aws.subjectToken: only request is allowed with identity: pod"],
  },
  {
    name: "aws: the pod's token with identity node",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], identity: node, aws: { roleArn: "arn:aws:iam::111122223333:role/a", subjectToken: request } }]',
    errors: ["3:117: rules[0].aws.subjectToken: request is the pod's token, but identity is node"],
  },
  {
    name: "aws: a token without a role",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], aws: { subjectToken: google } }]',
    errors: ["3:56: rules[0].aws.subjectToken: requires roleArn"],
  },
  {
    name: "aws: Azure's token without an audience",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], aws: { roleArn: "arn:aws:iam::111122223333:role/a", subjectToken: azure } }]',
    errors: [
      "3:101: rules[0].aws.subjectToken: an Azure token needs an audience: set subjectTokenAudience to the application ID URI",
    ],
  },
  {
    name: "google: identity pod without a pool",
    text: 'rules: [{ match: ["gcr.io"], identity: pod, google: { serviceAccount: a@b.iam.gserviceaccount.com } }]',
    errors: [
      "3:30: rules[0].identity: no pod identity is configured: set google.workloadIdentityProvider or google.gke",
    ],
  },
  {
    name: "google: two pools",
    text: 'rules: [{ match: ["gcr.io"], google: { workloadIdentityProvider: projects/1/locations/global/workloadIdentityPools/p/providers/k, gke: {} } }]',
    errors: ["3:131: rules[0].google.gke: set only one of workloadIdentityProvider, gke"],
  },
  {
    name: "google: GKE's pool with identity node",
    text: 'rules: [{ match: ["gcr.io"], identity: node, google: { gke: { optIn: true } } }]',
    errors: [
      "3:56: rules[0].google.gke: GKE's workload identity pool accepts only pods' tokens, but identity is node",
    ],
  },
  {
    name: "google: a provider with identity node and no token",
    text: 'rules: [{ match: ["gcr.io"], identity: node, google: { workloadIdentityProvider: projects/1/locations/global/workloadIdentityPools/p/providers/k } }]',
    errors: [
      "3:56: rules[0].google.workloadIdentityProvider: identity is node, but there is no token to exchange: set subjectToken",
    ],
  },
  {
    name: "google: a key with identity pod",
    text: 'rules: [{ match: ["gcr.io"], identity: pod, google: { workloadIdentityProvider: projects/1/locations/global/workloadIdentityPools/p/providers/k, credentialsFile: /a } }]',
    errors: [
      "3:146: rules[0].google.credentialsFile: not allowed with identity: pod (these are node credentials)",
      "3:146: rules[0].google.credentialsFile: not allowed with gke or workloadIdentityProvider, except for identity: pod-then-node",
    ],
  },
  {
    name: "google: a key and a pool",
    text: 'rules: [{ match: ["gcr.io"], google: { gke: {}, credentialsFile: /a } }]',
    errors: [
      "3:49: rules[0].google.credentialsFile: not allowed with gke or workloadIdentityProvider, except for identity: pod-then-node",
    ],
  },
  {
    name: "google: a key and a token",
    text: 'rules: [{ match: ["gcr.io"], google: { credentialsFile: /a, subjectToken: aws } }]',
    errors: [
      "3:40: rules[0].google.credentialsFile: not allowed with subjectToken: remove one of the two",
      "3:61: rules[0].google.subjectToken: requires workloadIdentityProvider",
    ],
  },
  {
    name: "google: allowed annotations without a pool",
    text: 'rules: [{ match: ["gcr.io"], allow: { annotationServiceAccounts: ["*@*.gserviceaccount.com"] }, google: {  } }]',
    errors: [
      "3:39: rules[0].allow.annotationServiceAccounts: requires google.workloadIdentityProvider or google.gke",
    ],
  },
  {
    name: "google: a token of the node with identity pod",
    text: 'rules: [{ match: ["gcr.io"], identity: pod, google: { workloadIdentityProvider: projects/1/locations/global/workloadIdentityPools/p/providers/k, subjectToken: aws-signed } }]',
    errors: ["3:146: rules[0].google.subjectToken: only request is allowed with identity: pod"],
  },
  {
    name: "google: a token without a provider",
    text: 'rules: [{ match: ["gcr.io"], google: { gke: {}, subjectToken: aws } }]',
    errors: [
      "3:40: rules[0].google.gke: GKE's workload identity pool accepts only pods' tokens, but subjectToken implies identity: node",
      "3:49: rules[0].google.subjectToken: requires workloadIdentityProvider",
    ],
  },
  {
    name: "google: Azure's token without an audience",
    text: 'rules: [{ match: ["gcr.io"], google: { workloadIdentityProvider: projects/1/locations/global/workloadIdentityPools/p/providers/k, subjectToken: azure } }]',
    errors: [
      "3:131: rules[0].google.subjectToken: an Azure token needs an audience: set subjectTokenAudience to the application ID URI",
    ],
  },
  {
    name: "azure: identity pod without an application",
    text: 'rules: [{ match: ["*.azurecr.io"], identity: pod, azure: { clientId: 00000000-0000-0000-0000-000000000000 } }]',
    errors: [
      "3:36: rules[0].identity: no pod identity is configured: set azure.tenantId and azure.clientId, or allow.annotationClients",
    ],
  },
  {
    name: "azure: a tenant without an application",
    text: 'rules: [{ match: ["*.azurecr.io"], azure: { tenantId: t } }]',
    errors: ["3:45: rules[0].azure.tenantId: requires clientId"],
  },
  {
    name: "azure: a secret for several Azure clouds",
    text: 'rules: [{ match: ["*.azurecr.*"], azure: { tenantId: t, clientId: 00000000-0000-0000-0000-000000000000, clientSecretEnv: X } }]',
    errors: [
      "3:105: rules[0].azure.clientSecretEnv: match covers several Azure clouds, so a pod author could choose which of them receives the secret: end each pattern in the domain of one cloud",
    ],
  },
  {
    name: "azure: a secret without an application",
    text: 'rules: [{ match: ["*.azurecr.io"], azure: { clientSecretEnv: X } }]',
    errors: ["3:45: rules[0].azure.clientSecretEnv: requires tenantId and clientId"],
  },
  {
    name: "azure: two secrets",
    text: 'rules: [{ match: ["*.azurecr.io"], azure: { tenantId: t, clientId: 00000000-0000-0000-0000-000000000000, clientSecretFile: /a, certificateFile: /a } }]',
    errors: [
      "3:128: rules[0].azure.certificateFile: set only one of clientSecretFile, clientSecretEnv, certificateFile",
    ],
  },
  {
    name: "azure: a certificate and a token",
    text: 'rules: [{ match: ["*.azurecr.io"], azure: { tenantId: t, clientId: 00000000-0000-0000-0000-000000000000, certificateFile: /a, subjectToken: google } }]',
    errors: ["3:106: rules[0].azure.certificateFile: not allowed with subjectToken: remove one of the two"],
  },
  {
    name: "azure: a certificate with identity pod",
    text: 'rules: [{ match: ["*.azurecr.io"], identity: pod, azure: { tenantId: t, clientId: 00000000-0000-0000-0000-000000000000, certificateFile: /a } }]',
    errors: [
      "3:121: rules[0].azure.certificateFile: not allowed with identity: pod (these are node credentials)",
    ],
  },
  {
    name: "azure: two selectors of a managed identity",
    text: 'rules: [{ match: ["*.azurecr.io"], azure: { clientId: 00000000-0000-0000-0000-000000000000, objectId: 00000000-0000-0000-0000-000000000000 } }]',
    errors: ["3:93: rules[0].azure.objectId: set only one of clientId, resourceId, objectId"],
  },
  {
    name: "azure: a managed identity with identity pod",
    text: 'rules: [{ match: ["*.azurecr.io"], identity: pod, allow: { annotationClients: ["*/*"] }, azure: { resourceId: /subscriptions/a } }]',
    errors: ["3:99: rules[0].azure.resourceId: not allowed with identity: pod (these are node credentials)"],
  },
  {
    name: "azure: a token without an application",
    text: 'rules: [{ match: ["*.azurecr.io"], azure: { clientId: 00000000-0000-0000-0000-000000000000, subjectToken: google } }]',
    errors: ["3:93: rules[0].azure.subjectToken: requires tenantId and clientId"],
  },
  {
    name: "azure: Azure's token without an audience",
    text: 'rules: [{ match: ["*.azurecr.io"], azure: { tenantId: t, clientId: 00000000-0000-0000-0000-000000000000, subjectToken: azure } }]',
    errors: [
      "3:106: rules[0].azure.subjectToken: an Azure token needs an audience: set subjectTokenAudience to the application ID URI",
    ],
  },
  {
    name: "static: no login",
    text: 'rules: [{ match: ["ghcr.io"], static: {  } }]',
    errors: ["3:31: rules[0].static: requires dockerConfig, or a user name with passwordFile or passwordEnv"],
  },
  {
    name: "static: a password without a user",
    text: 'rules: [{ match: ["ghcr.io"], static: { passwordFile: /a } }]',
    errors: ["3:31: rules[0].static: a password requires username or usernameFile"],
  },
  {
    name: "static: a user without a password",
    text: 'rules: [{ match: ["ghcr.io"], static: { username: a } }]',
    errors: ["3:31: rules[0].static: requires dockerConfig, or a user name with passwordFile or passwordEnv"],
  },
  {
    name: "static: two logins",
    text: 'rules: [{ match: ["ghcr.io"], static: { dockerConfig: /a, username: a, passwordFile: /a } }]',
    errors: [
      "3:41: rules[0].static.dockerConfig: not allowed with a separate user name or password: remove one of the two",
    ],
  },
  {
    name: "static: two users",
    text: 'rules: [{ match: ["ghcr.io"], static: { username: a, usernameFile: /a, passwordFile: /a } }]',
    errors: ["3:54: rules[0].static.usernameFile: set only one of username, usernameFile"],
  },
  {
    name: "static: two passwords",
    text: 'rules: [{ match: ["ghcr.io"], static: { username: a, passwordEnv: A, passwordFile: /a } }]',
    errors: ["3:54: rules[0].static.passwordEnv: set only one of passwordFile, passwordEnv"],
  },
  {
    name: "static: a cache duration that is too long",
    text: 'rules: [{ match: ["ghcr.io"], static: { dockerConfig: /a, cacheDuration: 24h1s } }]',
    errors: ["3:59: rules[0].static.cacheDuration: must not be longer than 24h"],
  },
  {
    name: "static: identity pod",
    text: 'rules: [{ match: ["ghcr.io"], identity: pod, static: { dockerConfig: /a } }]',
    errors: [
      "3:31: rules[0].identity: not allowed with static: use allow.serviceAccounts to restrict which pods may use the login",
    ],
  },
  {
    name: "allow: annotations of another cloud",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], allow: { annotationClients: ["*/*"] }, aws: { roleArn: "arn:aws:iam::111122223333:role/a" } }]',
    errors: [
      "3:58: rules[0].allow.annotationClients: these annotations are for azure, but the rule is for another cloud",
    ],
  },
  {
    name: "allow: annotations with identity node",
    text: 'rules: [{ match: ["*.dkr.ecr.*.amazonaws.com"], identity: node, allow: { annotationRoles: ["arn:aws:iam::111122223333:role/a"] }, aws: { roleArn: "arn:aws:iam::111122223333:role/a" } }]',
    errors: ["3:74: rules[0].allow.annotationRoles: annotations apply to pods, but identity is node"],
  },
  {
    name: "identity pod for all clouds without a pod identity",
    text: 'rules: [{ match: ["*.azurecr.io"], identity: pod }]',
    errors: [
      "3:36: rules[0].identity: no pod identity is configured: set aws, google or azure, or allow.annotationRoles or annotationClients",
    ],
  },
];

for (const row of TEXTS) rejects(row);
