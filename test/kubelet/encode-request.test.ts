import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeRaw, encodeRequest, normaliseImage } from "./encode-request.ts";

const GROUP = "credentialprovider.kubelet.k8s.io";
const TOKEN = {
  serviceAccountToken: "service-account-token",
  serviceAccountAnnotations: { "domain.io/annotation1": "value1" },
};

/** The expectations of Test_encodeRequest in Kubernetes. */
for (const version of ["v1alpha1", "v1beta1", "v1"]) {
  test(`a ${version} request has the same bytes as the kubelet's`, () => {
    const request = encodeRequest({ apiVersion: `${GROUP}/${version}`, image: "test.registry.io/foobar" });
    const expected = `{"kind":"CredentialProviderRequest","apiVersion":"${GROUP}/${version}","image":"test.registry.io/foobar"}\n`;
    assert.equal(request, expected);
  });
}

test("a v1 request contains token and annotations", () => {
  const request = encodeRequest({ apiVersion: `${GROUP}/v1`, image: "test.registry.io/foobar", ...TOKEN });
  assert.equal(
    request,
    `{"kind":"CredentialProviderRequest","apiVersion":"${GROUP}/v1","image":"test.registry.io/foobar","serviceAccountToken":"service-account-token","serviceAccountAnnotations":{"domain.io/annotation1":"value1"}}\n`,
  );
});

test("an older request contains no token and annotations", () => {
  const apiVersion = `${GROUP}/v1beta1`;
  assert.equal(encodeRaw({ apiVersion, image: "a/b", ...TOKEN }), encodeRaw({ apiVersion, image: "a/b" }));
});

test("annotations are sorted and escaped as Go does", () => {
  const request = encodeRaw({
    apiVersion: `${GROUP}/v1`,
    image: "a/b",
    serviceAccountAnnotations: { b: "<&>", a: "\u2028" },
  });
  assert.match(request, /"serviceAccountAnnotations":\{"a":"\\u2028","b":"\\u003c\\u0026\\u003e"\}/);
});

const NORMALISED: Readonly<Record<string, string>> = {
  "nginx:1.27": "docker.io/library/nginx",
  nginx: "docker.io/library/nginx",
  "foo/bar@sha256:0123456789012345678901234567890123456789012345678901234567890123": "docker.io/foo/bar",
  "reg:5000/a/b:t": "reg:5000/a/b",
  "index.docker.io/a/b": "docker.io/a/b",
  "localhost/a": "localhost/a",
  "MYREG.azurecr.io/a:1": "MYREG.azurecr.io/a",
  "MYREG/a": "MYREG/a",
  "my_reg.io/a": "my_reg.io/a",
  "[::1]:5000/a": "[::1]:5000/a",
  "reg.io:99999/a": "reg.io:99999/a",
  "reg.io:0443/a": "reg.io:0443/a",
  "169.254.169.254/a": "169.254.169.254/a",
};

for (const [image, name] of Object.entries(NORMALISED)) {
  test(`the kubelet passes ${image} as ${name}`, () => assert.equal(normaliseImage(image), name));
}

/** Images that the kubelet refuses as InvalidImageName before any plugin runs. */
const REFUSED = [
  "user@reg.io/a",
  "reg.io/a#b",
  "reg.io/a?b",
  "reg.io/%41",
  "reg.io\\a/b",
  "reg.io./a",
  "reg..io/a",
  "https://reg.io/a",
  "reg.io/ a",
  "reg.io/A",
  "",
  "a".repeat(64),
];

for (const image of REFUSED) {
  test(`the kubelet runs no plugin for ${JSON.stringify(image)}`, () =>
    assert.throws(() => normaliseImage(image)));
}
