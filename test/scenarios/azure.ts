import type { CloudOptions } from "../cloud/cloud.ts";
import {
  ACR_HOST,
  ACR_IMAGE,
  ACR_LOGIN,
  AUDIENCE,
  application,
  CLIENT,
  CLUSTER,
  ECR_HOST,
  ECR_IMAGE,
  ECR_LOGIN,
  ENTRA_HOST,
  formatSubject,
  GOOGLE_IMAGE,
  GOOGLE_LOGIN,
  GOOGLE_STS_HOST,
  INTRUDER,
  OUTBOUND,
  principal,
  providerName,
  refused,
  STS_HOST,
  TENANT,
  WEB,
} from "./names.ts";
import type { Play } from "./play.ts";

const NODE_ROLE = "arn:aws:iam::111122223333:role/node-role";
const URI = "api://22223333-cccc-4444-dddd-5555eeee6666";
const KUBELET = "33334444-dddd-5555-eeee-6666ffff7777";
/** The issuer of the tenant's version 1 tokens. */
const TENANT_ISSUER = `https://sts.windows.net/${TENANT}/`;

/** An AKS node with the identities of the kubelet and an add-on, and an application to which the kubelet's is assigned. */
const aks = (rest: CloudOptions): CloudOptions => ({
  ...rest,
  azure: {
    tenant: TENANT,
    applications: [{ uri: URI, assigned: [KUBELET] }],
    identities: [
      identity(CLIENT, KUBELET, "agentpool"),
      identity("11112222-bbbb-3333-cccc-4444dddd5555", "44445555-eeee-6666-ffff-777700008888", "monitoring"),
    ],
  },
});

function identity(clientId: string, objectId: string, name: string) {
  const resourceId = `/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
  return { kind: "user", clientId, objectId, resourceId, pulls: [] } as const;
}

const annotate = (client: string, tenant?: string) => ({
  "azure.workload.identity/client-id": client,
  ...(tenant === undefined ? {} : { "azure.workload.identity/tenant-id": tenant }),
});

/** Scenarios with Azure as the target or the source. */
export const AZURE_PLAYS: readonly Play[] = [
  {
    scenario: "aks-pods-to-acr",
    node: "azure",
    cloud: {
      azure: { tenant: TENANT, apps: [application({ issuer: CLUSTER, subject: formatSubject(WEB) })] },
    },
    pulls: [
      {
        name: "a ServiceAccount pulls with the identity that its annotation names",
        image: ACR_IMAGE,
        pod: { ...WEB, annotations: annotate(CLIENT) },
        expect: ACR_LOGIN,
        requests: ["entra/token", "acr/exchange"],
        hosts: [ENTRA_HOST, ACR_HOST],
      },
      {
        name: "another ServiceAccount is refused by the identity's federated credential",
        image: ACR_IMAGE,
        pod: { ...INTRUDER, annotations: annotate(CLIENT) },
        expect: refused("entra-no-federated-credential"),
        requests: ["entra/token"],
        hosts: [ENTRA_HOST],
      },
      {
        name: "an identity of another tenant is refused on the node",
        image: ACR_IMAGE,
        pod: { ...WEB, annotations: annotate(CLIENT, "bbbbcccc-1111-dddd-2222-eeee3333ffff") },
        expect: refused("annotation-not-allowed"),
      },
      {
        name: "a ServiceAccount without the annotation gets an error that names it",
        image: ACR_IMAGE,
        pod: WEB,
        expect: refused("pod-identity-missing"),
      },
    ],
  },
  {
    scenario: "azure-us-government",
    node: "azure",
    cloud: {
      azure: {
        cloud: "usgov",
        tenant: TENANT,
        apps: [
          {
            ...application({
              issuer: CLUSTER,
              subject: formatSubject(WEB),
              audience: "api://AzureADTokenExchangeUSGov",
            }),
            pulls: ["shopimages.azurecr.us"],
          },
        ],
      },
    },
    pulls: [
      {
        name: "a pod pulls by the government cloud's own hosts and audience",
        image: "shopimages.azurecr.us/web:1",
        pod: WEB,
        expect: ACR_LOGIN,
        requests: ["entra/token", "acr/exchange"],
        hosts: ["login.microsoftonline.us", "shopimages.azurecr.us"],
      },
      {
        name: "another namespace is refused on the node",
        image: "shopimages.azurecr.us/web:1",
        pod: INTRUDER,
        expect: refused("service-account-not-allowed"),
      },
    ],
  },
  {
    scenario: "eks-node-to-acr",
    node: "aws",
    cloud: {
      aws: { account: "111122223333", region: "eu-west-1" },
      azure: {
        tenant: TENANT,
        apps: [application({ issuer: OUTBOUND, subject: NODE_ROLE, audience: AUDIENCE })],
      },
    },
    pulls: [
      {
        name: "the instance's role pulls from ACR",
        image: ACR_IMAGE,
        expect: ACR_LOGIN,
        requests: [
          "imds/token",
          "imds/region",
          "imds/role",
          "imds/credentials",
          "sts/GetWebIdentityToken",
          "entra/token",
          "acr/exchange",
        ],
        hosts: [STS_HOST, ENTRA_HOST, ACR_HOST],
      },
      {
        name: "an image of another registry gets no login on an AWS node, because no rule matches",
        image: "strangers.azurecr.io/web:1",
        expect: refused("platform-mismatch"),
      },
    ],
  },
  {
    scenario: "aks-node-to-ecr",
    node: "azure",
    cloud: aks({
      aws: {
        account: "111122223333",
        roles: {
          "aks-pull": {
            permissions: ["ecr:GetAuthorizationToken"],
            trustedTokens: { issuer: TENANT_ISSUER, subjects: [KUBELET], audiences: [URI] },
          },
        },
      },
    }),
    pulls: [
      {
        name: "the kubelet's managed identity pulls from ECR",
        image: ECR_IMAGE,
        expect: ECR_LOGIN,
        requests: ["azure-imds/token", "sts/AssumeRoleWithWebIdentity", "ecr/GetAuthorizationToken"],
        hosts: [STS_HOST, ECR_HOST],
      },
      {
        name: "an image of another account gets no login on an Azure node, because no rule matches",
        image: "999988887777.dkr.ecr.eu-west-1.amazonaws.com/web:1",
        expect: refused("platform-mismatch"),
      },
    ],
  },
  {
    scenario: "aks-node-to-artifact-registry",
    node: "azure",
    cloud: aks({
      google: {
        providers: { [providerName("azure", "tenant")]: { issuer: TENANT_ISSUER, audiences: [URI] } },
        pulls: [principal("azure", KUBELET)],
      },
    }),
    pulls: [
      {
        name: "the kubelet's managed identity pulls from Artifact Registry",
        image: GOOGLE_IMAGE,
        expect: GOOGLE_LOGIN,
        requests: ["azure-imds/token", "google-sts/token"],
        hosts: [GOOGLE_STS_HOST],
      },
      {
        name: "an image of another project gets no login on an Azure node, because no rule matches",
        image: "europe-docker.pkg.dev/shop-images-2/containers/web:1",
        expect: refused("platform-mismatch"),
      },
    ],
  },
];
