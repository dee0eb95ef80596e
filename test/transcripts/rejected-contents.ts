/** Contents that a parser of Node.js, OpenSSL or the standard library rejects, so that each handler of such an error runs. */
import { ACR, ECR, IMDS, PKG_DEV, TENANT } from "./answers.ts";
import type { Place, Scene } from "./scene.ts";

const STATIC = "registry.corp.example/app";
const CLIENT = "33333333-0000-4000-8000-000000000001";
const EMAIL = "puller@shop-1.iam.gserviceaccount.com";
const PROVIDER = "projects/1/locations/global/workloadIdentityPools/pool/providers/cluster";

const pem = (label: string, content: string): string =>
  `-----BEGIN ${label}-----\n${content}\n-----END ${label}-----\n`;

const withRule =
  (match: string, rule: object) =>
  ({ file }: Place): string =>
    JSON.stringify({
      apiVersion: "registry-credential-provider/v1",
      kind: "Config",
      rules: [{ match: [match], ...rule }],
    }).replaceAll("{file}", file("file"));

const certificate = {
  image: ACR,
  node: null,
  config: withRule("*.azurecr.io", {
    azure: { tenantId: TENANT, clientId: CLIENT, certificateFile: "{file}" },
  }),
} as const;

const google = {
  image: PKG_DEV,
  node: null,
  config: withRule("*.pkg.dev", { google: { credentialsFile: "{file}" } }),
} as const;

const EXTERNAL = {
  type: "external_account",
  audience: `//iam.googleapis.com/${PROVIDER}`,
  subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
  token_url: "https://sts.googleapis.com/v1/token",
  credential_source: { file: "/nonexistent" },
};
const IMPERSONATION = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts";

export const REJECTED_CONTENTS: readonly Scene[] = [
  {
    name: "a proxy whose password contains an unescaped percent sign is refused",
    image: ECR,
    env: { HTTPS_PROXY: "http://user:canary%zz@127.0.0.1:1" },
    requests: IMDS,
    expect: { fails: "environment-invalid", exit: 2, hint: /./, says: [/^((?!canary).)*$/] },
  },
  {
    name: "a docker config whose auth is not UTF-8 is refused",
    image: STATIC,
    node: null,
    config: withRule("registry.corp.example", { static: { dockerConfig: "{file}" } }),
    files: {
      file: JSON.stringify({
        auths: { "registry.corp.example": { auth: Buffer.from([0x61, 0x3a, 0xff]).toString("base64") } },
      }),
    },
    expect: { fails: "docker-config-malformed", exit: 2, says: ["is not base64 of user:password"] },
  },
  {
    name: "a certificate file with a broken key is refused",
    ...certificate,
    files: { file: pem("PRIVATE KEY", "AAAA") + pem("CERTIFICATE", "AAAA") },
    expect: { fails: "certificate-file-invalid", exit: 2, says: ["it contains no private key in PEM"] },
  },
  {
    name: "a credentials file of Google's with a broken key is refused",
    ...google,
    files: {
      file: JSON.stringify({
        type: "service_account",
        client_email: EMAIL,
        private_key: pem("PRIVATE KEY", "AAAA"),
      }),
    },
    expect: { fails: "google-credentials-file-invalid", exit: 2, says: ["is not an RSA key in PEM"] },
  },
  {
    name: "a credential configuration with a URL that cannot be decoded is refused",
    ...google,
    files: {
      file: JSON.stringify({
        ...EXTERNAL,
        service_account_impersonation_url: `${IMPERSONATION}/%zz:generateAccessToken`,
      }),
    },
    expect: { fails: "google-credentials-file-invalid", exit: 2, says: ["has an unexpected path"] },
  },
  {
    name: "a credential_process that prints no credentials is named",
    image: ECR,
    node: null,
    files: ({ file }) => ({
      "keys.sh": `#!/bin/sh\necho '{"Version":1}'\n`,
      ".aws/config": `[default]\ncredential_process = ${file("keys.sh")}\n`,
    }),
    env: ({ file }) => ({ HOME: file(".") }),
    expect: { fails: "aws-process-failed", exit: 1, says: ["keys.sh printed no AccessKeyId"] },
  },
];
