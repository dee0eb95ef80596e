import assert from "node:assert/strict";
import { test } from "node:test";
import { checkKubeletConfig, type Kubelet } from "./config.ts";

const PROVIDER = {
  name: "registry-credential-provider",
  apiVersion: "credentialprovider.kubelet.k8s.io/v1",
  matchImages: ["*.registry.io", "reg.io:8080/path"],
  defaultCacheDuration: "10m",
  args: ["get-credentials"],
  env: [{ name: "FOO", value: "bar" }],
};
const TOKEN = {
  serviceAccountTokenAudience: "my-audience",
  requireServiceAccount: true,
  requiredServiceAccountAnnotationKeys: ["ex.io/id"],
  optionalServiceAccountAnnotationKeys: ["ex.io/Type"],
};
const TOKEN_134 = { ...TOKEN, cacheType: "ServiceAccount" };
const MINORS = [26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36];

function config(provider: object, over: object = {}) {
  return {
    apiVersion: "kubelet.config.k8s.io/v1",
    kind: "CredentialProviderConfig",
    providers: [{ ...PROVIDER, ...provider }],
    ...over,
  };
}

function problems(value: unknown, kubelet: Kubelet = { minor: 36 }): string {
  return checkKubeletConfig(value, kubelet).join("; ");
}

for (const minor of MINORS) {
  test(`kubelet 1.${minor} accepts a plain configuration`, () =>
    assert.equal(problems(config({}), { minor }), ""));
}

for (const version of ["v1alpha1", "v1beta1"]) {
  test(`a kubelet accepts version ${version} of file and plugin`, () => {
    const provider = { apiVersion: `credentialprovider.kubelet.k8s.io/${version}` };
    assert.equal(problems(config(provider, { apiVersion: `kubelet.config.k8s.io/${version}` })), "");
  });
}

const REFUSED: Readonly<Record<string, readonly [config: unknown, says: RegExp]>> = {
  "a list": [[], /not an object/],
  "another kind": [config({}, { kind: "KubeletConfiguration" }), /kind/],
  "another group": [config({}, { apiVersion: "config.k8s.io/v1" }), /apiVersion/],
  "no providers": [config({}, { providers: [] }), /at least 1/],
  "an unknown field of the file": [config({}, { timeout: "1m" }), /unknown field "timeout"/],
  "an unknown field of a provider": [config({ timeout: "1m" }), /unknown field "timeout"/],
  "no name": [config({ name: "" }), /name is empty/],
  "a path for a name": [config({ name: "a/b" }), /name is not/],
  "a name with a blank": [config({ name: "a b" }), /name is not/],
  "dots for a name": [config({ name: ".." }), /name is not/],
  "one name twice": [config({}, { providers: [PROVIDER, PROVIDER] }), /two are named/],
  "a plugin's apiVersion that is none": [config({ apiVersion: "kubelet.config.k8s.io/v1" }), /apiVersion/],
  "no patterns": [config({ matchImages: [] }), /matchImages: at least 1/],
  "a port pattern": [config({ matchImages: ["reg.io:*"] }), /no URL/],
  "a class that begins a pattern": [config({ matchImages: ["[a-z].io"] }), /no URL/],
  "no default duration": [config({ defaultCacheDuration: undefined }), /is required/],
  "a negative default duration": [config({ defaultCacheDuration: "-1s" }), /negative/],
  "a number for a duration": [config({ defaultCacheDuration: 10 }), /not a string/],
  "a duration in days": [config({ defaultCacheDuration: "1d" }), /not a Go duration/],
  "a word for args": [config({ args: "get-credentials" }), /args/],
  "a map for env": [config({ env: { FOO: "bar" } }), /env/],
};

for (const [what, [value, says]] of Object.entries(REFUSED)) {
  test(`a kubelet does not start with ${what}`, () => assert.match(problems(value), says));
}

test("a kubelet before 1.32 ignores an unknown field", () => {
  const typo = config({ matchImage: ["x"] });
  assert.equal(problems(typo, { minor: 31 }), "");
  assert.match(problems(typo, { minor: 32 }), /unknown field/);
});

const TOKEN_MODE: Readonly<Record<string, readonly [attributes: object, kubelet: Kubelet, says: RegExp]>> = {
  "1.31 does not see them": [TOKEN_134, { minor: 31 }, /^$/],
  "1.32 does not know them": [TOKEN, { minor: 32 }, /unknown field "tokenAttributes"/],
  "1.33 forbids them by default": [TOKEN, { minor: 33 }, /gate is off/],
  "1.33 takes them behind its gate": [TOKEN, { minor: 33, tokenGate: true }, /^$/],
  "1.33 does not know cacheType": [TOKEN_134, { minor: 33, tokenGate: true }, /unknown field "cacheType"/],
  "1.34 takes them": [TOKEN_134, { minor: 34 }, /^$/],
  "1.36 takes them": [TOKEN_134, { minor: 36 }, /^$/],
  "1.34 wants cacheType": [TOKEN, { minor: 34 }, /cacheType must be/],
  "1.34 without its gate forbids them": [TOKEN_134, { minor: 34, tokenGate: false }, /gate is off/],
  "an audience is needed": [
    { ...TOKEN_134, serviceAccountTokenAudience: "" },
    { minor: 36 },
    /Audience is required/,
  ],
  "the need of an account must be stated": [
    { ...TOKEN_134, requireServiceAccount: undefined },
    { minor: 36 },
    /must be stated/,
  ],
  "required keys need an account": [
    { ...TOKEN_134, requireServiceAccount: false },
    { minor: 36 },
    /needs requireService/,
  ],
  "a key stands once": [
    { ...TOKEN_134, optionalServiceAccountAnnotationKeys: ["ex.io/a", "ex.io/a"] },
    { minor: 36 },
    /doubled/,
  ],
  "a key is required or optional": [
    { ...TOKEN_134, optionalServiceAccountAnnotationKeys: ["ex.io/id"] },
    { minor: 36 },
    /both required and optional/,
  ],
  "a key is a qualified name": [
    { ...TOKEN_134, optionalServiceAccountAnnotationKeys: ["-ex/a/b"] },
    { minor: 36 },
    /no annotation key/,
  ],
};

for (const [what, [tokenAttributes, kubelet, says]] of Object.entries(TOKEN_MODE)) {
  test(`token attributes: ${what}`, () => assert.match(problems(config({ tokenAttributes }), kubelet), says));
}

test("token attributes belong to v1 of the file and of the plugin", () => {
  const tokenAttributes = TOKEN_134;
  const old = config({ tokenAttributes }, { apiVersion: "kubelet.config.k8s.io/v1beta1" });
  assert.match(problems(old), /unknown field "tokenAttributes"/);
  const oldPlugin = config({ tokenAttributes, apiVersion: "credentialprovider.kubelet.k8s.io/v1beta1" });
  assert.match(problems(oldPlugin), /needs the plugin's apiVersion v1/);
});
