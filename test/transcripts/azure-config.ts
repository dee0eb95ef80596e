/** The forms of azure.json that cloud-provider-azure reads (sigs.k8s.io/yaml), and those that it refuses. */
import { ACR, ACR_LOGIN, APP, TENANT } from "./answers.ts";
import type { Scene } from "./scene.ts";

const IDENTITY = "11111111-0000-4000-8000-000000000001";

/** Files that select this managed identity. */
const MANAGED: readonly (readonly [form: string, text: string])[] = [
  ["JSON", `{"useManagedIdentityExtension":true,"userAssignedIdentityID":"${IDENTITY}"}`],
  ["JSON with a byte order mark", `\ufeff{"useManagedIdentityExtension":true}`],
  ["JSON with tabs, a comment and a trailing comma", `{\n\t"useManagedIdentityExtension": true, # yes\n}\n`],
  ["JSON whose field names are in another case", `{"USEmanagedidentityextension":true,"Cloud":"azurecloud"}`],
  [
    "block YAML",
    `---\n# the node\ncloud: AzurePublicCloud\nuseManagedIdentityExtension: true\nuserAssignedIdentityID: ${IDENTITY}\n`,
  ],
  [
    "block YAML with a byte order mark",
    `\ufeffcloud: AzurePublicCloud\nuseManagedIdentityExtension: true # on AKS\n`,
  ],
  ["block YAML with Windows line ends", `cloud: AzureCloud\r\nuseManagedIdentityExtension: true\r\n`],
  [
    "block YAML whose field names are in another case",
    `cloud: AzureCloud\nUseManagedIdentityExtension: true\n`,
  ],
  [
    "block YAML with quoted texts",
    `"cloud": 'AzureCloud'\nuseManagedIdentityExtension: true\nuserAssignedIdentityID: "${IDENTITY}"\n`,
  ],
  [
    "flow YAML",
    `{cloud: AzureCloud, useManagedIdentityExtension: true, userAssignedIdentityID: ${IDENTITY}}`,
  ],
  [
    "flow YAML in lines with a comment",
    `{ # AKS\n  cloud: AzureCloud,\n  useManagedIdentityExtension: true,\n}\n`,
  ],
  ...["True", "TRUE", "yes", "Yes", "on", "ON", "y"].map(
    (word) =>
      [
        `YAML 1.1 with the boolean ${word}`,
        `cloud: AzureCloud\nuseManagedIdentityExtension: ${word}\n`,
      ] as const,
  ),
];

const principal = (boolean: string) =>
  `tenantId: ${TENANT}\naadClientId: ${APP.clientId}\naadClientSecret: ${APP.secret}\n${boolean}`;

/** Files that select the service principal. */
const PRINCIPAL: readonly (readonly [form: string, text: string])[] = [
  ["block YAML without the boolean", principal("")],
  ...["false", "False", "no", "off", "n", "null", "~", ""].map(
    (word) =>
      [
        `block YAML with the boolean ${word || "left empty"}`,
        principal(`useManagedIdentityExtension: ${word}\n`),
      ] as const,
  ),
];

const CLOUD_NAMES =
  "AzureCloud, AzureUSGovernment, AzureChinaCloud, AzureBleuCloud, AzureDelosCloud, AzureStackCloud";
const NOT_A_BOOLEAN =
  "azure.json: useManagedIdentityExtension is not a boolean: write true or false without quotes";

const REFUSED: readonly (readonly [form: string, text: string, says: string])[] = [
  ['"true" in quotes in JSON', `{"useManagedIdentityExtension":"true"}`, NOT_A_BOOLEAN],
  ['"True" in quotes in JSON', `{"useManagedIdentityExtension":"True"}`, NOT_A_BOOLEAN],
  ['"yes" in quotes in YAML', principal(`useManagedIdentityExtension: "yes"\n`), NOT_A_BOOLEAN],
  ["a word that is no boolean", principal("useManagedIdentityExtension: enabled\n"), NOT_A_BOOLEAN],
  ["a boolean word in an unknown case", principal("useManagedIdentityExtension: tRUE\n"), NOT_A_BOOLEAN],
  ["the number 1", `{"useManagedIdentityExtension":1}`, NOT_A_BOOLEAN],
  ["a list", principal("useManagedIdentityExtension: [true]\n"), NOT_A_BOOLEAN],
  [
    "a secret that YAML reads as a number",
    `tenantId: ${TENANT}\naadClientId: ${APP.clientId}\naadClientSecret: 12:30\n`,
    "azure.json: aadClientSecret is not a string: put its value in quotes",
  ],
  [
    "a text that is neither JSON nor YAML",
    "cloud: AzureCloud\naadClientSecret: {canary\ntenantId: x\n",
    "azure.json: line 3, column 1: neither JSON nor YAML: the indentation matches no line above, or a bracket above is not closed",
  ],
  [
    "a field that is there twice",
    `${principal("")}tenantId: x\n`,
    "azure.json: line 4, column 1: neither JSON nor YAML: duplicate key",
  ],
  ["a YAML alias", `tenantId: &a ${TENANT}\naadClientId: *a\n`, "azure.json: it uses a YAML alias"],
  [
    "YAML of 17,000 letters",
    `useManagedIdentityExtension: true\n${"# comment\n".repeat(1700)}`,
    "azure.json: longer than 16384 characters: write it as JSON",
  ],
  ["a text that is a list", "- cloud\n", "azure.json: it is not an object"],
  ["an empty text", "", "azure.json: it is empty"],
  ["a text of blank lines", "\n \n", "azure.json: it is empty"],
  [
    "a closing quote that is missing",
    `tenantId: "${TENANT}\n`,
    "neither JSON nor YAML: a character is missing: a closing quote or bracket",
  ],
  [
    "a cloud that is not known",
    `{"cloud":"AzureFoo","useManagedIdentityExtension":true}`,
    `azure.json: cloud "AzureFoo" is not one of ${CLOUD_NAMES}`,
  ],
  [
    "a cloud that looks like a secret",
    `{"cloud":"x8Q~hunter2.Zk4Lm0pQ9rT","useManagedIdentityExtension":true}`,
    `azure.json: cloud (value not shown) is not one of ${CLOUD_NAMES}`,
  ],
];

/** Files that select no identity. */
const INCOMPLETE: readonly (readonly [form: string, text: string, says: string])[] = [
  [
    "a misspelt aadClientSecret",
    principal("").replace("aadClientSecret", "aadClientSecrt"),
    'azure.json: it has no aadClientSecret; is "aadClientSecrt" aadClientSecret misspelt?',
  ],
  [
    "a misspelt useManagedIdentityExtension",
    `{"useManagedIdentityExtention":true}`,
    'azure.json: it has no tenantId, aadClientId, aadClientSecret; is "useManagedIdentityExtention" useManagedIdentityExtension misspelt?',
  ],
  [
    "the other fields of AKS",
    `{"cloud":"AzureCloud","tenantId":"${TENANT}","subscriptionId":"x","resourceGroup":"g","location":"l","vmType":"vmss","aadClientCertPath":"/c","useInstanceMetadata":true,"useFederatedWorkloadIdentityExtension":false,"loadBalancerSku":"standard","securityGroupName":"n","primaryScaleSetName":"p"}`,
    "azure.json: it has no aadClientId, aadClientSecret. Hint",
  ],
];

const withFile = (text: string) => ({
  image: ACR,
  args: ({ file }: { file(name: string): string }) => [file("azure.json")],
  files: { "azure.json": text },
});

export const AZURE_CONFIG: readonly Scene[] = [
  ...MANAGED.map(
    ([form, text]): Scene => ({
      name: `azure.json selects the managed identity: ${form}`,
      ...withFile(text),
      expect: ACR_LOGIN,
      requests: ["azure-imds/token", "acr/exchange"],
    }),
  ),
  ...PRINCIPAL.map(
    ([form, text]): Scene => ({
      name: `azure.json selects the service principal: ${form}`,
      ...withFile(text),
      node: null,
      cloud: { azure: { apps: [APP] } },
      hosts: ["login.microsoftonline.com", "myregistry.azurecr.io"],
      expect: ACR_LOGIN,
      requests: ["entra/token", "acr/exchange"],
    }),
  ),
  ...REFUSED.map(
    ([form, text, says]): Scene => ({
      name: `azure.json is refused: ${form}`,
      ...withFile(text),
      expect: { fails: "azure-config-malformed", exit: 2, says: [says] },
    }),
  ),
  ...INCOMPLETE.map(
    ([form, text, says]): Scene => ({
      name: `azure.json selects no identity: ${form}`,
      ...withFile(text),
      expect: { fails: "azure-config-incomplete", exit: 2, says: [says] },
    }),
  ),
  {
    name: "AZURE_ENVIRONMENT selects the cloud if azure.json does not",
    ...withFile(`{"useManagedIdentityExtension":true}`),
    image: "myregistry.azurecr.us/app",
    env: { AZURE_ENVIRONMENT: "AzureUSGovernment" },
    cloud: { azure: { cloud: "usgov" } },
    hosts: ["myregistry.azurecr.us"],
    expect: ACR_LOGIN,
    requests: ["azure-imds/token", "acr/exchange"],
  },
  {
    name: "the cloud in azure.json takes precedence over AZURE_ENVIRONMENT",
    ...withFile(`{"cloud":"AzureCloud","useManagedIdentityExtension":true}`),
    image: "myregistry.azurecr.us/app",
    env: { AZURE_ENVIRONMENT: "AzureUSGovernment" },
    expect: {
      fails: "azure-cloud-mismatch",
      exit: 1,
      says: ["the registry's cloud is AzureUSGovernment, the node's is AzureCloud, from cloud in azure.json"],
    },
  },
  {
    name: "the node's cloud is the public one by default",
    ...withFile(`{"useManagedIdentityExtension":true}`),
    image: "myregistry.azurecr.us/app",
    expect: {
      fails: "azure-cloud-mismatch",
      exit: 1,
      says: ["the registry's cloud is AzureUSGovernment, the node's is AzureCloud, by default"],
    },
  },
  ...["{}", `{"cloud":"AzureCloud"}`].map(
    (fields): Scene => ({
      name: `AZURE_ENVIRONMENT is checked beside an azure.json of ${fields}`,
      ...withFile(JSON.stringify({ ...JSON.parse(fields), useManagedIdentityExtension: true })),
      env: { AZURE_ENVIRONMENT: "AzureBogus" },
      expect: {
        fails: "environment-invalid",
        exit: 2,
        says: [`AZURE_ENVIRONMENT is not one of ${CLOUD_NAMES}`],
      },
    }),
  ),
];
