/** Annotations that look like identities: the ones that are accepted, and the ones that are refused. */
import type { ErrorCode } from "../../src/errors/provider-error.ts";
import { ACCOUNT, CLIENT, type CloudName, ROLE, TENANT } from "./play.ts";

type Annotations = Readonly<Record<string, string>>;

/** `becomes`: the resulting identity, exactly as requested. */
type End = ErrorCode | { readonly becomes: string };

export interface Row {
  readonly name: string;
  readonly cloud: CloudName;
  readonly annotations: Annotations;
  readonly end: End;
}

const rows = (
  cloud: CloudName,
  of: (value: string) => Annotations,
  list: readonly (readonly [name: string, value: string, end: End])[],
): readonly Row[] => list.map(([name, value, end]) => ({ name, cloud, annotations: of(value), end }));

const MALFORMED = "annotation-malformed";
const NOT_ALLOWED = "annotation-not-allowed";
const MISSING = "pod-identity-missing";
const arn = (rest: string, partition = "aws"): string => `arn:${partition}:iam::${rest}`;

const ROLES = rows("aws", (value) => ({ "eks.amazonaws.com/role-arn": value }), [
  ["the role that is allowed", ROLE, { becomes: ROLE }],
  ["special characters of role names", `${ROLE}+=,.@-_`, { becomes: `${ROLE}+=,.@-_` }],
  ["another account", arn("444455556666:role/team-a"), NOT_ALLOWED],
  ["another partition", arn("111122223333:role/team-a", "aws-cn"), NOT_ALLOWED],
  ["the government's partition", arn("111122223333:role/team-a", "aws-us-gov"), NOT_ALLOWED],
  ["an unknown partition that starts with aws", arn("111122223333:role/team-a", "awsx"), NOT_ALLOWED],
  ["no partition", arn("111122223333:role/team-a", ""), MALFORMED],
  ["another cloud's partition", arn("111122223333:role/team-a", "gcp"), MALFORMED],
  ["another role", arn("111122223333:role/admin"), NOT_ALLOWED],
  ["a role that starts with an allowed name", arn("111122223333:role/teams-a"), NOT_ALLOWED],
  ["a role in capitals", arn("111122223333:role/Team-a"), NOT_ALLOWED],
  ["a role under a path", arn("111122223333:role/x/team-a"), NOT_ALLOWED],
  ["a path under the role", arn("111122223333:role/team-a/admin"), NOT_ALLOWED],
  ["a parent path", arn("111122223333:role/team-a/../admin"), MALFORMED],
  ["a parent path first", arn("111122223333:role/../team-a"), MALFORMED],
  ["an escaped parent path", arn("111122223333:role/team-a%2f..%2fadmin"), MALFORMED],
  ["two slashes", arn("111122223333:role//team-a"), MALFORMED],
  ["a slash at its end", arn("111122223333:role/team-a/"), MALFORMED],
  ["a * in the name", arn("111122223333:role/team-*"), MALFORMED],
  ["a * for the account", arn("*:role/team-a"), MALFORMED],
  ["a * for all", "*", MALFORMED],
  ["no account", arn(":role/team-a"), MALFORMED],
  ["eleven digits", arn("11112222333:role/team-a"), MALFORMED],
  ["thirteen digits", arn("1111222233334:role/team-a"), MALFORMED],
  ["digits of another script", arn("１１１１２２２２３３３３:role/team-a"), MALFORMED],
  ["an alias for the account", arn("corp:role/team-a"), MALFORMED],
  ["a user", arn("111122223333:user/team-a"), MALFORMED],
  ["the root", arn("111122223333:root"), MALFORMED],
  ["an instance profile", arn("111122223333:instance-profile/team-a"), MALFORMED],
  ["an identity provider", arn("111122223333:oidc-provider/attacker.example"), MALFORMED],
  ["a session", "arn:aws:sts::111122223333:assumed-role/team-a/x", MALFORMED],
  ["a region in it", "arn:aws:iam:us-east-1:111122223333:role/team-a", MALFORMED],
  ["a name alone", "team-a", MALFORMED],
  ["capitals", ROLE.toUpperCase(), MALFORMED],
  ["a Cyrillic a", ROLE.replace("arn", "аrn"), MALFORMED],
  ["a Cyrillic a in the name", arn("111122223333:role/teаm-a"), MALFORMED],
  ["two roles", `${ROLE},${ROLE}`, MALFORMED],
  ["two roles on two lines", `${ROLE}\n${ROLE}`, MALFORMED],
  ["a line feed at its end", `${ROLE}\n`, MALFORMED],
  ["a space before it", ` ${ROLE}`, MALFORMED],
  ["a NUL after it", `${ROLE}\0`, MALFORMED],
  ["a header after it", `${ROLE}\r\nX-Evil: 1`, MALFORMED],
  ["another form field", `${ROLE}&RoleSessionName=admin`, MALFORMED],
  ["a fragment", `${ROLE}#x`, MALFORMED],
  ["a long name", arn(`111122223333:role/team-${"a".repeat(600)}`), MALFORMED],
  ["a name of 64 KiB", arn(`111122223333:role/team-${"a".repeat(65_536)}`), MALFORMED],
  ["many slashes", arn(`111122223333:role${"/a".repeat(250)}`), NOT_ALLOWED],
]);

const ACCOUNTS = rows("google", (value) => ({ "iam.gke.io/gcp-service-account": value }), [
  ["the account that is allowed", ACCOUNT, { becomes: ACCOUNT }],
  [
    "another account of the project",
    "x-1@shop.iam.gserviceaccount.com",
    { becomes: "x-1@shop.iam.gserviceaccount.com" },
  ],
  ["another project", "puller@shop-1.iam.gserviceaccount.com", NOT_ALLOWED],
  ["a project that ends with the name", "puller@xshop.iam.gserviceaccount.com", NOT_ALLOWED],
  ["a domain above the project", "puller@x.shop.iam.gserviceaccount.com", NOT_ALLOWED],
  ["no project", "puller@iam.gserviceaccount.com", NOT_ALLOWED],
  ["the default account", "123-compute@developer.gserviceaccount.com", NOT_ALLOWED],
  ["an agent of Google", "service-1@gcp-sa-x.iam.gserviceaccount.com", NOT_ALLOWED],
  ["a letter in place of a dot", "puller@shopxiam.gserviceaccount.com", NOT_ALLOWED],
  ["a domain after it", `${ACCOUNT}.attacker.example`, MALFORMED],
  ["an attacker's domain", "puller@attacker.example", MALFORMED],
  ["a person", "person@gmail.com", MALFORMED],
  ["two @", `x@${ACCOUNT}`, MALFORMED],
  ["an escaped @", ACCOUNT.replace("@", "%40"), MALFORMED],
  ["capitals", ACCOUNT.toUpperCase(), MALFORMED],
  ["a dot in the name", "pull.er@shop.iam.gserviceaccount.com", MALFORMED],
  ["a plus in the name", "puller+x@shop.iam.gserviceaccount.com", MALFORMED],
  ["no name", "@shop.iam.gserviceaccount.com", MALFORMED],
  ["a * for the name", "*@shop.iam.gserviceaccount.com", MALFORMED],
  ["a parent path", `../${ACCOUNT}`, MALFORMED],
  ["a path after it", `${ACCOUNT}/../x@y.iam.gserviceaccount.com`, MALFORMED],
  ["a method after it", `${ACCOUNT}:signBlob`, MALFORMED],
  ["a query after it", `${ACCOUNT}?x=y`, MALFORMED],
  ["a fragment after it", `${ACCOUNT}#`, MALFORMED],
  ["the account of the instance", "default", MALFORMED],
  ["any account", "-", MALFORMED],
  ["an account's number", "112233445566778899001", MALFORMED],
  ["a principal", "principal://iam.googleapis.com/projects/1/x/subject/y", MALFORMED],
  ["its full name", `projects/-/serviceAccounts/${ACCOUNT}`, MALFORMED],
  ["two accounts", `${ACCOUNT},${ACCOUNT}`, MALFORMED],
  ["a line feed at its end", `${ACCOUNT}\n`, MALFORMED],
  ["a header after it", `${ACCOUNT}\r\nX-Evil: 1`, MALFORMED],
  ["a Cyrillic letter", ACCOUNT.replace("o", "о"), MALFORMED],
  ["a name of 64 KiB", `${"a".repeat(65_536)}@shop.iam.gserviceaccount.com`, MALFORMED],
]);

/** GKE's own switch: the upstream plugin compares it with `true`, exactly. */
const SWITCHES = rows("gke", (value) => ({ "iam.gke.io/enable-wi-image-pull": value }), [
  ["true", "true", { becomes: "identitynamespace:shop.svc.id.goog" }],
  ["capitals", "True", MISSING],
  ["all capitals", "TRUE", MISSING],
  ["a space before it", " true", MISSING],
  ["a space after it", "true ", MISSING],
  ["false", "false", MISSING],
  ["an empty value", "", MISSING],
  ["a number", "1", MISSING],
  ["yes", "yes", MISSING],
  ["quotes", '"true"', MISSING],
  ["a line feed", "true\n", MALFORMED],
  ["a header", "true\r\nX-Evil: 1", MALFORMED],
  ["a Cyrillic letter", "truе", MALFORMED],
  ["64 KiB", "true".repeat(16_384), MALFORMED],
]);

const OTHER = "99999999-0000-4000-8000-000000000009";
const own = (tenant: string, client: string): Annotations => ({
  "kubernetes.azure.com/acr-client-id": client,
  "kubernetes.azure.com/acr-tenant-id": tenant,
});

const CLIENTS = rows("azure", (value) => own(TENANT, value), [
  ["the application that is allowed", CLIENT, { becomes: `${TENANT} ${CLIENT}` }],
  ["the same in capitals", CLIENT.toUpperCase(), { becomes: `${TENANT} ${CLIENT.toUpperCase()}` }],
  ["another application", OTHER, NOT_ALLOWED],
  ["the tenant as the application", TENANT, NOT_ALLOWED],
  ["the null id", "00000000-0000-0000-0000-000000000000", NOT_ALLOWED],
  ["braces", `{${CLIENT}}`, MALFORMED],
  ["a URN", `urn:uuid:${CLIENT}`, MALFORMED],
  ["no hyphens", CLIENT.replaceAll("-", ""), MALFORMED],
  ["a path after it", `${CLIENT}/x`, MALFORMED],
  ["a parent path", `${CLIENT}/../${OTHER}`, MALFORMED],
  ["an escaped parent path", `${CLIENT}%2f..%2f${OTHER}`, MALFORMED],
  ["another form field", `${CLIENT}&client_id=${OTHER}`, MALFORMED],
  ["two applications", `${CLIENT},${OTHER}`, MALFORMED],
  ["a name", "pull", MALFORMED],
  ["an ID URI", `api://${CLIENT}`, MALFORMED],
  ["a *", "*", MALFORMED],
  ["a letter that is not a hexadecimal digit", `g${CLIENT.slice(1)}`, MALFORMED],
  ["digits of another script", CLIENT.replaceAll("3", "３"), MALFORMED],
  ["a Cyrillic a", CLIENT.replace("a", "а"), MALFORMED],
  ["a line feed at its end", `${CLIENT}\n`, MALFORMED],
]);

const TENANTS = rows("azure", (value) => own(value, CLIENT), [
  ["another tenant", OTHER, NOT_ALLOWED],
  ["a tenant that differs in one digit", `${TENANT.slice(0, -1)}2`, NOT_ALLOWED],
  ["the tenant in capitals", TENANT.toUpperCase(), { becomes: `${TENANT} ${CLIENT}` }],
  ["a domain", "corp.onmicrosoft.com", MALFORMED],
  ["a domain that looks alike", "cоrp.onmicrosoft.com", MALFORMED],
  ["the common tenant", "common", MALFORMED],
  ["the organizations tenant", "organizations", MALFORMED],
  ["the consumers tenant", "consumers", MALFORMED],
  ["a host", "attacker.example", MALFORMED],
  ["a path", `${TENANT}/oauth2/v2.0/token?`, MALFORMED],
  ["a parent path", `${TENANT}/../${OTHER}`, MALFORMED],
  ["a parent path first", `../${TENANT}`, MALFORMED],
  ["a query", `${TENANT}?x=y`, MALFORMED],
  ["a fragment", `${TENANT}#`, MALFORMED],
  ["a user before a host", `${TENANT}@attacker.example`, MALFORMED],
  ["a backslash", `${TENANT}\\@attacker.example`, MALFORMED],
  ["a dot after it", `${TENANT}.`, MALFORMED],
  ["a line feed at its end", `${TENANT}\n`, MALFORMED],
]);

const also = (cloud: CloudName, name: string, annotations: Annotations, end: End): Row => ({
  name,
  cloud,
  annotations,
  end,
});

/** Two keys, or keys that are none. */
const KEYS: readonly Row[] = [
  also(
    "aws",
    "both keys, of which the first takes precedence",
    {
      "eks.amazonaws.com/role-arn": arn("444455556666:role/admin"),
      "eks.amazonaws.com/ecr-role-arn": ROLE,
    },
    { becomes: ROLE },
  ),
  also(
    "aws",
    "a first key that is not allowed before an allowed second key",
    {
      "eks.amazonaws.com/ecr-role-arn": arn("444455556666:role/admin"),
      "eks.amazonaws.com/role-arn": ROLE,
    },
    NOT_ALLOWED,
  ),
  also(
    "aws",
    "an empty first key before an allowed second key",
    { "eks.amazonaws.com/ecr-role-arn": "", "eks.amazonaws.com/role-arn": ROLE },
    MALFORMED,
  ),
  also(
    "azure",
    "an application without a tenant",
    { "azure.workload.identity/client-id": CLIENT },
    MALFORMED,
  ),
  also(
    "azure",
    "an application and a tenant of different pairs",
    { "azure.workload.identity/client-id": CLIENT, "kubernetes.azure.com/acr-tenant-id": TENANT },
    MALFORMED,
  ),
  also("azure", "a tenant alone", { "kubernetes.azure.com/acr-tenant-id": TENANT }, MISSING),
  also(
    "azure",
    "both pairs, of which the first takes precedence",
    {
      ...own(TENANT, CLIENT),
      "azure.workload.identity/client-id": OTHER,
      "azure.workload.identity/tenant-id": OTHER,
    },
    { becomes: `${TENANT} ${CLIENT}` },
  ),
  ...[
    ...["__proto__", "constructor", "toString", "hasOwnProperty", "", " ", "\n", "*"],
    ...["EKS.amazonaws.com/role-arn", "eks.amazonaws.com/role-arn ", "eks.amazonaws.com/role-arn\n"],
    ...["eks.amazonaws.com/role_arn", "eks.amazonaws.com//role-arn", "x.eks.amazonaws.com/role-arn"],
    ...["eks.amazonaws.com.attacker.example/role-arn", "eks.amazonaws.com/rоle-arn", "role-arn"],
    ...["iam.gke.io/gcp-service-account", "kubernetes.azure.com/acr-client-id", "iam.amazonaws.com/role"],
  ].map((key) => also("aws", `the key ${JSON.stringify(key)}`, { [key]: ROLE }, MISSING)),
  ...[
    ...["eks.amazonaws.com/sts-endpoint", "eks.amazonaws.com/sts-regional-endpoints"],
    ...["eks.amazonaws.com/audience", "eks.amazonaws.com/token-expiration", "AWS_ENDPOINT_URL"],
    ...["registry-credential-provider/endpoint", "subjectToken", "__proto__", "constructor"],
  ].map((key) =>
    also(
      "aws",
      `the key ${key} beside the role`,
      { [key]: "https://attacker.example", "eks.amazonaws.com/role-arn": ROLE },
      { becomes: ROLE },
    ),
  ),
  ...[
    "azure.workload.identity/authority-host",
    "azure.workload.identity/service-account-token-expiration",
  ].map((key) =>
    also(
      "azure",
      `the key ${key} beside the application`,
      { [key]: "https://attacker.example", ...own(TENANT, CLIENT) },
      { becomes: `${TENANT} ${CLIENT}` },
    ),
  ),
  ...["iam.gke.io/return-principal-id-as-email", "iam.gke.io/credential-quota-project"].map((key) =>
    also(
      "google",
      `the key ${key} beside the account`,
      { [key]: "https://attacker.example", "iam.gke.io/gcp-service-account": ACCOUNT },
      { becomes: ACCOUNT },
    ),
  ),
];

export const IDENTITIES: readonly Row[] = [
  ...ROLES,
  ...ACCOUNTS,
  ...SWITCHES,
  ...CLIENTS,
  ...TENANTS,
  ...KEYS,
];
