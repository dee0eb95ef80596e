/** A configuration file with so many rules, a quarter for each cloud and a quarter with logins from files. */
export function buildConfiguration(rules: number): string {
  const kinds = [ecr, artifactRegistry, acr, login];
  const texts = Array.from({ length: rules }, (_, index) => kinds[index % kinds.length]?.(index) ?? "");
  return `apiVersion: registry-credential-provider/v1
kind: Config
rules:
${texts.join("")}mirrors:
  - source: mirrored.example
    registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/hub
`;
}

function ecr(index: number): string {
  const account = 100_000_000_000 + index;
  return `  # Team ${index}
  - match: ["${account}.dkr.ecr.*.amazonaws.com", "${account}.dkr-ecr.us-east-1.on.aws"]
    identity: pod
    aws: { roleArn: "arn:aws:iam::${account}:role/pull" }
    allow:
      serviceAccounts: ["team-${index}/*"]
      annotationRoles: ["arn:aws:iam::${account}:role/team-*"]
`;
}

function artifactRegistry(index: number): string {
  return `  - match: ["europe-docker.pkg.dev/team-${index}", "us-docker.pkg.dev/team-${index}"]
    google:
      workloadIdentityProvider: projects/1/locations/global/workloadIdentityPools/pool/providers/cluster
      serviceAccount: puller@team-${index}.iam.gserviceaccount.com
`;
}

function acr(index: number): string {
  return `  - match: ["team${index}.azurecr.io"]
    azure:
      tenantId: 72f988bf-0000-4000-8000-000000000001
      clientId: 33333333-0000-4000-8000-${String(index).padStart(12, "0")}
      subjectToken: aws
`;
}

function login(index: number): string {
  return `  - match: ["harbor${index}.corp.example:8443", "ghcr.io/team-${index}"]
    static: { dockerConfig: /etc/registry-credential-provider/team-${index}.json }
`;
}
