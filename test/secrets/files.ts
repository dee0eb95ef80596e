/** Every key of every file that the program reads, with what makes a run read it. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SCHEMA } from "../../src/config/schema.ts";
import type { Schema } from "../../src/config/validate/schema-types.ts";
import type { Cloud, CloudName } from "../cloud/cloud.ts";
import type { Canary } from "./canary.ts";
import { IMAGES, type Play } from "./play.ts";

export interface FileRow {
  readonly name: string;
  /** @param write writes the text to a private file and returns its path */
  play(canary: Canary, cloud: Cloud, write: (text: string) => string): Play;
}

const GUID = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
const ROLE = "arn:aws:iam::123456789012:role/pull";

type Path = readonly (string | number)[];

/** Returns the paths of all scalar values of the configuration, with one entry per list. */
function findLeaves(schema: Schema, path: Path = []): readonly Path[] {
  if (schema.type === "object")
    return Object.entries(schema.properties).flatMap(([key, one]) => findLeaves(one, [...path, key]));
  if (schema.type === "array") return findLeaves(schema.items, [...path, 0]);
  if (schema.type === undefined) return schema.anyOf.flatMap((one) => findLeaves(one, path));
  return [path];
}

const SECTIONS: Readonly<Record<string, CloudName>> = { aws: "aws", google: "google", azure: "azure" };
const STATIC_IMAGE = "harbor.corp.example/shop/app";

/** Other settings that a section requires so that a run reads its values. */
const COMPANION_KEYS: Readonly<Record<string, object>> = {
  azure: { tenantId: GUID, clientId: GUID },
  "azure.resourceId": {},
  "azure.objectId": {},
  "aws.externalId": { roleArn: ROLE },
  "google.subjectToken": {
    workloadIdentityProvider: "projects/1/locations/global/workloadIdentityPools/p/providers/k",
  },
};

function buildConfig(path: Path, value: unknown): object {
  const [top, , section = "", key = ""] = path;
  const rest = { apiVersion: "registry-credential-provider/v1", kind: "Config" };
  if (top !== "rules") return { ...rest, ...setValue(path, value, {}) };
  const image = IMAGES[SECTIONS[section] ?? "aws"];
  const name = typeof section === "string" ? section : "";
  const beside = COMPANION_KEYS[`${name}.${key}`] ?? COMPANION_KEYS[name];
  const match = name === "static" ? STATIC_IMAGE : image;
  const rule = { match: [match.split("/")[0]], ...(beside === undefined ? {} : { [name]: beside }) };
  return { ...rest, ...setValue(path, value, { rules: [rule] }) };
}

/** Returns a copy with the value at the path. */
function setValue(path: Path, value: unknown, into: unknown): object {
  const [first, ...more] = path;
  if (first === undefined) throw new Error("a value without a place");
  const list = Array.isArray(into) ? into : undefined;
  const object: Record<string, unknown> = typeof into === "object" && into !== null ? { ...into } : {};
  const inner = more.length === 0 ? value : setValue(more, value, list?.[Number(first)] ?? object[first]);
  if (typeof first === "string") return { ...object, [first]: inner };
  return Object.assign([...(list ?? [])], { [first]: inner });
}

const CONFIG_ROWS: readonly FileRow[] = findLeaves(SCHEMA).map((path) => ({
  name: `config.yaml: ${path.join(".")}`,
  play: ({ value }, cloud, write) => {
    const section = String(path[2] ?? "");
    const cloudName = SECTIONS[section] ?? "aws";
    const image = section === "static" ? STATIC_IMAGE : IMAGES[cloudName];
    const config = write(JSON.stringify(buildConfig(path, value)));
    // The host of an endpoint is where the login goes.
    const isAddress = path.includes("endpoints");
    return { image, isAddress, args: [`--config=${config}`], env: cloud.env(cloudName) };
  },
}));

const YAML_ROWS: readonly FileRow[] = [
  ["in the place of the whole file", (value: string) => value],
  [
    "as a key",
    (value: string) => JSON.stringify({ apiVersion: "registry-credential-provider/v1", [value]: 1 }),
  ],
  ["as an anchor", (value: string) => `rules: &${value.replace(/\s/g, "")} []`],
  ["as an alias", (value: string) => `rules: *${value.replace(/\s/g, "")}`],
  ["as a tag", (value: string) => `rules: !${value.replace(/\s/g, "")} []`],
  ["behind a quote that is not closed", (value: string) => `rules: "${value.replace(/\n/g, "\n  ")}`],
  ["twice as a key", (value: string) => `${JSON.stringify(value)}: 1\n${JSON.stringify(value)}: 2\n`],
].map(([name, textOf]) => ({
  name: `config.yaml: ${name}`,
  play: ({ value }, cloud, write) => ({
    image: IMAGES.aws,
    args: [`--config=${write(typeof textOf === "function" ? textOf(value) : "")}`],
    env: cloud.env("aws"),
  }),
}));

/** Returns the keys that the source reads: its string literals that the pattern captures. */
export function findSourceKeys(files: readonly string[], pattern: RegExp): readonly string[] {
  const texts = files.map((file) => readFileSync(join(import.meta.dirname, "../..", file), "utf8"));
  return [
    ...new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map(([, key]) => key ?? ""))),
  ].sort();
}

const AZURE_JSON = { tenantId: GUID, aadClientId: GUID, aadClientSecret: "not-a-secret-of-this-run" };
export const AZURE_KEYS = findSourceKeys(
  ["src/clouds/azure/azure-json-identity.ts"],
  /"((?:aad|use|user|tenant|cloud)[A-Za-z]*)"/g,
);

const azureRows: readonly FileRow[] = AZURE_KEYS.map((key) => ({
  name: `azure.json: ${key}`,
  play: ({ value }, cloud, write) => ({
    image: IMAGES.azure,
    args: [
      write(
        JSON.stringify(
          key === "userAssignedIdentityID"
            ? { useManagedIdentityExtension: true, [key]: value }
            : { ...AZURE_JSON, [key]: value },
        ),
      ),
    ],
    env: cloud.env("azure"),
  }),
}));

export const AWS_KEYS = findSourceKeys(
  ["profile", "profile-settings", "shared-files", "region", "endpoints"].map(
    (name) => `src/clouds/aws/${name}.ts`,
  ),
  /"((?:aws|credential|external|role|source|web|sts|use|endpoint|region)_?[a-z_]*)"/g,
);

const AWS_COMPANION_KEYS: Readonly<Record<string, readonly string[]>> = {
  aws_access_key_id: ["aws_secret_access_key = not-a-secret-of-this-run"],
  aws_secret_access_key: ["aws_access_key_id = AKIDEXAMPLE"],
  aws_session_token: ["aws_access_key_id = AKIDEXAMPLE", "aws_secret_access_key = not-a-secret-of-this-run"],
  role_arn: ["credential_source = Ec2InstanceMetadata"],
  credential_source: [`role_arn = ${ROLE}`],
  source_profile: [`role_arn = ${ROLE}`],
  web_identity_token_file: [`role_arn = ${ROLE}`],
  role_session_name: [`role_arn = ${ROLE}`, "credential_source = Ec2InstanceMetadata"],
  external_id: [`role_arn = ${ROLE}`, "credential_source = Ec2InstanceMetadata"],
  region: [`role_arn = ${ROLE}`, "credential_source = Ec2InstanceMetadata"],
};

const awsRows: readonly FileRow[] = ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"].flatMap((variable) => {
  const row = (
    name: string,
    textOf: (value: string) => string,
    profileOf = (_value: string) => "default",
  ): FileRow => ({
    name: `${variable}: ${name}`,
    play: ({ value }, cloud, write) => ({
      image: IMAGES.aws,
      env: { ...cloud.env("aws"), AWS_PROFILE: profileOf(value), [variable]: write(textOf(value)) },
    }),
  });
  return [
    ...AWS_KEYS.map((key) =>
      row(key, (value) =>
        ["[default]", ...(AWS_COMPANION_KEYS[key] ?? []), `${key} = ${value}`, ""].join("\n"),
      ),
    ),
    row(
      "credential_process in quotes",
      (value) => `[default]\ncredential_process = "/opt/helper --secret ${value.replace(/\n/g, " ")}"\n`,
    ),
    row(
      "credential_process with a secret",
      (value) => `[default]\ncredential_process = /opt/helper --secret ${value.replace(/\n/g, " ")}\n`,
    ),
    row("a key", (value) => `[default]\n${value} = 1\n`),
    row("a section", (value) => `[${value}]\n`),
    row("a line", (value) => `[default]\n${value}\n`),
    row("a word before all sections", (value) => value),
    row(
      "a profile's name",
      (value) => `[profile ${value}]\nmfa_serial = 1\n`,
      (value) => value,
    ),
    row(
      "the name of a profile with keys",
      (value) => `[${value}]\naws_access_key_id = 1\n`,
      (value) => value,
    ),
    ...["__proto__", "constructor"].map((name) =>
      row(
        name,
        (value) => `[${name}]\n${name} = ${value}\n[profile ${name}]\n${name} = ${value}\n`,
        () => name,
      ),
    ),
  ];
});

const GOOGLE_KEY = {
  type: "service_account",
  client_email: "pull@shop.iam.gserviceaccount.com",
  private_key: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
};
const EXTERNAL = {
  type: "external_account",
  audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/k",
  subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
  token_url: "https://sts.googleapis.com/v1/token",
  credential_source: { file: "/etc/hostname" },
};
export const GOOGLE_KEYS = findSourceKeys(
  ["src/clouds/google/credentials-file.ts"],
  /fields\.\w+\(\s*"([a-z_]+)"/g,
);
export const GOOGLE_SOURCE_KEYS = findSourceKeys(
  ["src/clouds/google/external-token-source.ts"],
  /fields\.\w+\("([a-z0-9_]+)"/g,
);

const googleRow = (name: string, contentOf: (value: string) => object | string): FileRow => ({
  name: `Google credentials: ${name}`,
  play: ({ value }, cloud, write) => {
    const content = contentOf(value);
    const path = write(typeof content === "string" ? content : JSON.stringify(content));
    return { image: IMAGES.google, env: { ...cloud.env("google"), GOOGLE_APPLICATION_CREDENTIALS: path } };
  },
});
const googleRows: readonly FileRow[] = [
  ...GOOGLE_KEYS.flatMap((key) => [
    googleRow(`${key} of a key`, (value) => ({ ...GOOGLE_KEY, [key]: value })),
    googleRow(`${key} of a configuration`, (value) => ({ ...EXTERNAL, [key]: value })),
  ]),
  ...GOOGLE_SOURCE_KEYS.map((key) =>
    googleRow(`credential_source.${key}`, (value) => ({
      ...EXTERNAL,
      credential_source: key === "file" ? { file: value } : { ...EXTERNAL.credential_source, [key]: value },
    })),
  ),
  ...["a header", "a header's name"].map((what) =>
    googleRow(what, (value) => ({
      ...EXTERNAL,
      credential_source: {
        url: "http://127.0.0.1:1/",
        headers: what === "a header" ? { "x-token": `${value}\n` } : { [value]: "\n" },
      },
    })),
  ),
  googleRow("an unknown key", (value) => ({ ...EXTERNAL, [value]: 1 })),
  googleRow("the whole text", (value) => value),
];

const environmentFileRows: readonly FileRow[] = [
  "containerRegistryDNSSuffix",
  "activeDirectoryEndpoint",
  "name",
].map((key) => ({
  name: `AZURE_ENVIRONMENT_FILEPATH: ${key}`,
  play: ({ value }, cloud, write) => {
    const content = {
      containerRegistryDNSSuffix: "azurecr.stack.example",
      activeDirectoryEndpoint: "https://login.stack.example",
      [key]: value,
    };
    return {
      image: "shop.azurecr.stack.example/app",
      env: {
        ...cloud.env("azure"),
        AZURE_ENVIRONMENT: "AzureStackCloud",
        AZURE_ENVIRONMENT_FILEPATH: write(JSON.stringify(content)),
      },
      isAddress: key === "activeDirectoryEndpoint",
    };
  },
}));

const staticRow = (
  name: string,
  ruleOf: (value: string, write: (text: string) => string) => object,
): FileRow => ({
  name: `a static login: ${name}`,
  play: ({ value }, cloud, write) => {
    const rule = { match: [STATIC_IMAGE.split("/")[0]], static: ruleOf(value, write) };
    const config = { apiVersion: "registry-credential-provider/v1", kind: "Config", rules: [rule] };
    return {
      image: STATIC_IMAGE,
      args: [`--config=${write(JSON.stringify(config))}`],
      env: cloud.env("aws"),
    };
  },
});
/** The suffix makes each login unusable, because a usable login is printed. */
const staticRows: readonly FileRow[] = [
  staticRow("the text of dockerConfig", (value, write) => ({ dockerConfig: write(value) })),
  staticRow("the key of an entry", (value, write) => ({
    dockerConfig: write(JSON.stringify({ auths: { [value]: {} } })),
  })),
  staticRow("the text of auth", (value, write) => ({
    dockerConfig: write(JSON.stringify({ auths: { "harbor.corp.example": { auth: `${value}!` } } })),
  })),
  staticRow("password without user name", (value, write) => ({
    dockerConfig: write(JSON.stringify({ auths: { "harbor.corp.example": { password: value } } })),
  })),
  staticRow("identitytoken", (value, write) => ({
    dockerConfig: write(JSON.stringify({ auths: { "harbor.corp.example": { identitytoken: value } } })),
  })),
  staticRow("credHelpers", (value, write) => ({
    dockerConfig: write(JSON.stringify({ credHelpers: { "harbor.corp.example": value } })),
  })),
  staticRow("credsStore", (value, write) => ({ dockerConfig: write(JSON.stringify({ credsStore: value })) })),
  staticRow("a user name with a colon", (value, write) => ({
    usernameFile: write(`a:${value}`),
    passwordFile: write(value),
  })),
  staticRow("a password of two lines", (value, write) => ({
    username: "u",
    passwordFile: write(`${value}\n${value}`),
  })),
];

export const FILE_ROWS: readonly FileRow[] = [
  ...CONFIG_ROWS,
  ...YAML_ROWS,
  ...azureRows,
  ...awsRows,
  ...googleRows,
  ...environmentFileRows,
  ...staticRows,
];

/** Returns a function that writes private files with unique names in a folder. */
export function createWriter(folder: string): (text: string) => string {
  let count = 0;
  return (text) => {
    count += 1;
    const path = join(folder, `file-${count}`);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
}
