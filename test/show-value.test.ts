import assert from "node:assert/strict";
import { test } from "node:test";
import { NOT_SHOWN, quoteValue, showValue, type ValueShape } from "../src/errors/show-value.ts";

const GUID = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

/** Values of each shape that are shown, and near misses that are not. */
const SHAPES: Readonly<
  Record<ValueShape, { readonly shown: readonly string[]; readonly hidden: readonly string[] }>
> = {
  path: {
    shown: [
      "/",
      "/etc/kubernetes/azure.json",
      "/var/run/secrets/kubernetes.io/serviceaccount/token",
      `/var/lib/kubelet/pods/${GUID}/volumes/kubernetes.io~projected/token`,
      "/etc/registry-credential-provider/key-20240131.pem",
      "/usr/local/share/ca-certificates/CompanyRootCA2.crt",
      "C:\\etc\\azure.json",
      "C:/etc/azure.json",
    ],
    hidden: [
      "azure.json",
      "/etc/two words",
      "/wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
      "/AbC+base64=",
      "/etc/keys/Tr0ub4dor3CanaryWord",
      "/run/9f86d081884c7d659a2feaa0c55ad015",
      "/etc/a\nb",
      "/a?b",
      `/${"a/".repeat(300)}`,
      "-----BEGIN PRIVATE KEY-----",
      '{"type":"service_account"}',
    ],
  },
  host: {
    shown: [
      "proxy",
      "proxy.corp.example:3128",
      "169.254.169.254",
      "[fd00:ec2::254]:80",
      "vpce-0a1b2c3d4e5f6a7b8-abcdefgh.sts.eu-west-1.vpce.amazonaws.com",
    ],
    hidden: ["user@proxy", "proxy/path", "Proxy", "proxy:port", "tr0ub4dor3canaryword.example", ""],
  },
  url: {
    shown: ["https://api.ecr.us-east-1.amazonaws.com/", "http://169.254.170.23/v1/credentials", "https://a"],
    hidden: ["https://u:p@a", "https://a?b", "https://a#b", "ftp://a", "https://a/Tr0ub4dor3CanaryWord", "a"],
  },
  pattern: {
    shown: ["*.dkr.ecr.*.amazonaws.com", "harbor.corp/shop", "localhost:5000"],
    hidden: ["A.example", "a b", "a@b", "tr0ub4dor3canaryword", ".a"],
  },
  name: {
    shown: ["default", "prod-2024", "eks.prod@corp"],
    hidden: ["Tr0ub4dor3CanaryWord", "a b", "a/b", "-a", ""],
  },
  key: {
    shown: ["clientSecretFile", "aws_access_key_id", "AWS_REGION"],
    hidden: ["Tr0ub4dor3CanaryWord", "1a", "a.b", "a b"],
  },
  word: {
    shown: ["--config", "-v", "--log_dir", "lsit"],
    hidden: ["--token=a", "---a", "--a1", "a b", "Tr0ubAdor"],
  },
  region: {
    shown: ["us-east-1", "us-gov-west-1", "us-est-1"],
    hidden: ["us-east", "useast1", "us-east-1.example"],
  },
  arn: {
    shown: [
      "arn:aws:iam::123456789012:role/pull",
      "arn:aws-us-gov:sts::123456789012:assumed-role/Node/i-0123456789abcdef0",
      "arn:aws:iam::123456789012:role/eks-NodeInstanceRole-1A2B3C4D5E6F7",
    ],
    hidden: [
      "arn:aws:iam::12345678901:role/pull",
      "arn:aws:iam::123456789012:role/",
      "arn:aws:iam::123456789012:role/Tr0ub4dor3CanaryWord",
      "arn:aws:s3:::bucket",
      "1A2B3C4D5E6F7",
    ],
  },
  pemLabel: {
    shown: ["RSA PRIVATE KEY", "CERTIFICATE REQUEST", "X509 CRL"],
    hidden: ["Private Key", "JBSWY3DPEHPK3PXPJBSW", "A  B"],
  },
  guid: { shown: [GUID, GUID.toUpperCase()], hidden: [GUID.slice(1), `${GUID}0`, GUID.replaceAll("-", "")] },
  tenant: {
    shown: ["contoso.onmicrosoft.com", GUID],
    hidden: ["contoso", "a/b.c", "tr0ub4dor3canaryword.example"],
  },
  program: {
    shown: ["aws-helper", "/usr/bin/aws-helper"],
    hidden: ["/usr/bin/aws-helper --token abc", "aws-helper abc", "Tr0ub4dor3CanaryWord"],
  },
  audience: {
    shown: [
      "api://AzureADTokenExchange",
      "sts.amazonaws.com",
      "https://kubernetes.default.svc:443",
      "123456789012",
    ],
    hidden: ["a b", "https://u@a", "https://a?b", "Tr0ub4dor3CanaryWord"],
  },
  resourceId: {
    shown: [
      `/subscriptions/${GUID}/resourcegroups/MC_prod/providers/Microsoft.ManagedIdentity/userAssignedIdentities/pull-id`,
    ],
    hidden: [
      `/subscriptions/${GUID}/resourcegroups/MC_prod`,
      `/subscriptions/${GUID}/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/Tr0ub4dor3CanaryWord`,
    ],
  },
  serviceAccount: {
    shown: ["pull@my-project-1.iam.gserviceaccount.com"],
    hidden: ["pull@corp.example", "tr0ub4dor3canaryword@p.iam.gserviceaccount.com"],
  },
};

for (const [shape, { shown, hidden }] of Object.entries(SHAPES) as [
  ValueShape,
  (typeof SHAPES)[ValueShape],
][]) {
  for (const value of shown)
    test(`shows the ${shape} ${value}`, () => {
      assert.equal(showValue(shape, value), value);
      assert.equal(quoteValue(shape, value), JSON.stringify(value));
    });
  for (const value of hidden)
    test(`does not show ${JSON.stringify(value).slice(0, 60)} as ${shape}`, () => {
      assert.equal(showValue(shape, value), NOT_SHOWN);
      assert.equal(quoteValue(shape, value), NOT_SHOWN);
    });
}

test("an undefined value is not shown", () => assert.equal(showValue("name", undefined), NOT_SHOWN));

test("checking a long value is fast", () => {
  for (const shape of Object.keys(SHAPES) as ValueShape[])
    for (const unit of ["a", "a.", "a/", "/a", "-a", "arn:", "A1"])
      for (const length of [100, 500, 10_000])
        assert.equal(typeof showValue(shape, unit.repeat(length)), "string");
});
