import assert from "node:assert/strict";
import { test } from "node:test";
import type { ErrorCode } from "../../src/errors/provider-error.ts";
import { MAX_REQUEST_BYTES, parseRequest } from "../../src/protocol/request.ts";
import { encodeRequest } from "../kubelet/encode-request.ts";
import { thrown } from "../support/world.ts";

const V1 = "credentialprovider.kubelet.k8s.io/v1";
const IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app";
const TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwb2QifQ.c2lnbmF0dXJlLWNhbmFyeQ";
const GOOD = { kind: "CredentialProviderRequest", apiVersion: V1, image: IMAGE };

const bytes = (text: string): Uint8Array => Buffer.from(text);
const request = (fields: object): Uint8Array => bytes(JSON.stringify({ ...GOOD, ...fields }));
/** A valid request with one more field, inserted as text. */
const withField = (field: string): Uint8Array => bytes(`${JSON.stringify(GOOD).slice(0, -1)},${field}}`);

const REFUSED: readonly (readonly [what: string, stdin: Uint8Array, code: ErrorCode])[] = [
  ["nothing", bytes(""), "request-not-json"],
  ["whitespace", bytes(" \n\t"), "request-not-json"],
  ["a word", bytes("hello"), "request-not-json"],
  ["null", bytes("null"), "request-not-an-object"],
  ["a number", bytes("1"), "request-not-an-object"],
  ["a string", bytes(JSON.stringify(IMAGE)), "request-not-an-object"],
  ["a list", bytes(`[${JSON.stringify(GOOD)}]`), "request-not-an-object"],
  ["an empty object", bytes("{}"), "request-wrong-kind"],
  [
    "YAML",
    bytes(`kind: CredentialProviderRequest\napiVersion: ${V1}\nimage: ${IMAGE}\n`),
    "request-not-json",
  ],
  ["a comment", bytes(`// hello\n${JSON.stringify(GOOD)}`), "request-not-json"],
  ["a trailing comma", bytes(`${JSON.stringify(GOOD).slice(0, -1)},}`), "request-not-json"],
  ["single quotes", bytes(JSON.stringify(GOOD).replaceAll('"', "'")), "request-not-json"],
  ["NaN", withField('"x":NaN'), "request-not-json"],
  ["a line feed in a string", bytes(JSON.stringify(GOOD).replace("/app", "/a\npp")), "request-not-json"],

  ["a byte order mark", bytes(`\ufeff${JSON.stringify(GOOD)}`), "request-not-json"],
  ["UTF-16", Buffer.from(JSON.stringify(GOOD), "utf16le"), "request-not-json"],
  [
    "UTF-16 with a byte order mark",
    Buffer.from(`\ufeff${JSON.stringify(GOOD)}`, "utf16le"),
    "request-not-utf8",
  ],
  [
    "a lone byte of UTF-8",
    Buffer.concat([request({}).slice(0, -2), Buffer.of(0xff, 0x22, 0x7d)]),
    "request-not-utf8",
  ],
  [
    "an overlong slash",
    Buffer.from(JSON.stringify(GOOD).replace("/app", "\u00c0\u00afapp"), "latin1"),
    "request-not-utf8",
  ],
  [
    "a surrogate in UTF-8",
    Buffer.concat([bytes('{"x":"'), Buffer.of(0xed, 0xa0, 0x80), bytes('"}')]),
    "request-not-utf8",
  ],
  ["truncated UTF-8", Buffer.concat([bytes('{"x":"'), Buffer.of(0xe2, 0x82)]), "request-not-utf8"],

  ["a second document", bytes(JSON.stringify(GOOD).repeat(2)), "request-not-json"],
  [
    "a second document on a line of its own",
    bytes(`${JSON.stringify(GOOD)}\n${JSON.stringify(GOOD)}`),
    "request-not-json",
  ],
  ["text after it", bytes(`${JSON.stringify(GOOD)} x`), "request-not-json"],
  ["a NUL after it", bytes(`${JSON.stringify(GOOD)}\0`), "request-not-json"],

  ["another kind", request({ kind: "CredentialProviderResponse" }), "request-wrong-kind"],
  ["the kind in lower case", request({ kind: "credentialproviderrequest" }), "request-wrong-kind"],
  ["a kind that is a list", request({ kind: ["CredentialProviderRequest"] }), "request-wrong-kind"],
  ["no kind", request({ kind: undefined }), "request-wrong-kind"],
  ["a key in capitals", bytes(JSON.stringify(GOOD).replace('"kind"', '"Kind"')), "request-wrong-kind"],
  ["version v2", request({ apiVersion: V1.replace("v1", "v2") }), "request-wrong-version"],
  ["version v9", request({ apiVersion: "credentialprovider.kubelet.k8s.io/v9" }), "request-wrong-version"],
  ["a bare version", request({ apiVersion: "v1" }), "request-wrong-version"],
  ["the configuration's group", request({ apiVersion: "kubelet.config.k8s.io/v1" }), "request-wrong-version"],
  ["no version", request({ apiVersion: undefined }), "request-wrong-version"],
  ["a version that is a number", request({ apiVersion: 1 }), "request-wrong-version"],
  ["a version with a space", request({ apiVersion: `${V1} ` }), "request-wrong-version"],
  ["a kind of __proto__", bytes('{"__proto__":{"kind":"CredentialProviderRequest"}}'), "request-wrong-kind"],

  ["no image", request({ image: undefined }), "image-missing"],
  ["an empty image", request({ image: "" }), "image-missing"],
  ["an image of null", request({ image: null }), "request-wrong-type"],
  ["an image that is a number", request({ image: 7 }), "request-wrong-type"],
  ["an image that is a list", request({ image: [IMAGE] }), "request-wrong-type"],
  ["an image that is an object", request({ image: { toString: IMAGE } }), "request-wrong-type"],
  [
    "an image that __proto__ gives",
    bytes(`{"kind":"CredentialProviderRequest","apiVersion":"${V1}","__proto__":{"image":"${IMAGE}"}}`),
    "image-missing",
  ],
  ["an image of 1,025 bytes", request({ image: `gcr.io/${"a".repeat(1018)}` }), "image-too-long"],
  [
    "an image of 1,025 bytes and fewer letters",
    request({ image: `gcr.io/${"é".repeat(509)}` }),
    "image-too-long",
  ],

  ["the image twice", withField(`"image":"${IMAGE}"`), "request-duplicate-field"],
  ["the image twice, once escaped", withField(`"im\\u0061ge":"gcr.io/x"`), "request-duplicate-field"],
  [
    "the image twice, whitespace before the colon",
    withField(`"image" \n:"gcr.io/x"`),
    "request-duplicate-field",
  ],
  ["the kind twice", withField('"kind":"CredentialProviderRequest"'), "request-duplicate-field"],
  [
    "the token twice",
    withField(`"serviceAccountToken":"a","serviceAccountToken":""`),
    "request-duplicate-field",
  ],
  ["an unknown field twice", withField('"x":1,"x":2'), "request-duplicate-field"],
  ["__proto__ twice", withField('"__proto__":1,"__proto__":2'), "request-duplicate-field"],

  ["a token that is a number", request({ serviceAccountToken: 1 }), "request-wrong-type"],
  ["a token that is null", request({ serviceAccountToken: null }), "request-wrong-type"],
  ["a token that is an object", request({ serviceAccountToken: { token: TOKEN } }), "request-wrong-type"],
  ["annotations that are a string", request({ serviceAccountAnnotations: "a=b" }), "request-wrong-type"],
  ["annotations that are a list", request({ serviceAccountAnnotations: ["a"] }), "request-wrong-type"],
  ["an annotation that is a number", request({ serviceAccountAnnotations: { a: 1 } }), "request-wrong-type"],
  ["an annotation that is null", request({ serviceAccountAnnotations: { a: null } }), "request-wrong-type"],

  ["33 levels", withField(`"x":${"[".repeat(32)}${"]".repeat(32)}`), "request-too-deep"],
  ["100,000 levels of lists", withField(`"x":${"[".repeat(1e5)}${"]".repeat(1e5)}`), "request-too-deep"],
  [
    "100,000 levels of objects",
    withField(`"x":${'{"y":'.repeat(1e5)}1${"}".repeat(1e5)}`),
    "request-too-deep",
  ],
];

for (const [what, stdin, code] of REFUSED)
  test(`refuses a request: ${what}`, () => {
    const error = thrown(() => parseRequest(stdin));
    assert.equal(error.code, code);
    assert.equal(error.stage, "request");
  });

const ACCEPTED: readonly (readonly [what: string, stdin: Uint8Array])[] = [
  ["as the kubelet writes it", bytes(encodeRequest({ apiVersion: V1, image: IMAGE }))],
  ["with whitespace around it", bytes(`\r\n\t ${JSON.stringify(GOOD)} \n`)],
  ["with an unknown field", request({ imagePullPolicy: "Always" })],
  ["with an unknown field of any shape", request({ later: { a: [1, null, { b: "image" }] } })],
  ["with its own names inside another field", request({ later: { image: "x", kind: "y" } })],
  ["with an escaped name", bytes(JSON.stringify(GOOD).replace('"image"', '"im\\u0061ge"'))],
  [
    "with a __proto__ that says otherwise",
    bytes(`${JSON.stringify(GOOD).slice(0, -1)},"__proto__":{"image":"evil.example/x"}}`),
  ],
  ["with a field called constructor", request({ constructor: "x" })],
  ["with brackets and quotes in a string", request({ later: '[[[[{{{{"image":"' })],
  ["with a huge number", withField('"x":1e400')],
  ["with 32 levels", withField(`"x":${"[".repeat(31)}${"]".repeat(31)}`)],
  ["with an empty token", request({ serviceAccountToken: "" })],
  ["with annotations of null", request({ serviceAccountAnnotations: null })],
];

for (const [what, stdin] of ACCEPTED)
  test(`accepts a request: ${what}`, () => {
    const { image, apiVersion, serviceAccountToken, serviceAccountAnnotations } = parseRequest(stdin);
    assert.deepEqual({ image, apiVersion }, { image: IMAGE, apiVersion: V1 });
    assert.equal(serviceAccountToken, undefined);
    assert.deepEqual(serviceAccountAnnotations, {});
  });

for (const version of ["v1", "v1beta1", "v1alpha1"])
  test(`accepts the version ${version}`, () => {
    const apiVersion = `credentialprovider.kubelet.k8s.io/${version}`;
    assert.equal(parseRequest(request({ apiVersion })).apiVersion, apiVersion);
  });

test("accepts an image of 1,024 bytes", () => {
  const image = `gcr.io/${"a".repeat(1017)}`;
  assert.equal(parseRequest(request({ image })).image, image);
});

test("reads a pod's token and annotations, and does not print the token", () => {
  const annotations = {
    "eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/x",
    __proto__x: "",
    constructor: "c",
  };
  const read = parseRequest(request({ serviceAccountToken: TOKEN, serviceAccountAnnotations: annotations }));
  assert.equal(read.serviceAccountToken?.expose(), TOKEN);
  assert.deepEqual({ ...read.serviceAccountAnnotations }, annotations);
  assert.ok(!JSON.stringify(read).includes("canary"));
});

test("treats an annotation named __proto__ as data", () => {
  const read = parseRequest(withField('"serviceAccountAnnotations":{"__proto__":"x","toString":"y"}'));
  assert.deepEqual(Object.keys(read.serviceAccountAnnotations).sort(), ["__proto__", "toString"]);
  assert.equal(Object.getPrototypeOf({}), Object.prototype);
});

const SEEDS = [
  encodeRequest({ apiVersion: V1, image: IMAGE }),
  encodeRequest({ apiVersion: V1.replace("v1", "v1beta1"), image: "myregistry.azurecr.io/team/app:1.2" }),
  encodeRequest({
    apiVersion: V1,
    image: "europe-docker.pkg.dev/shop/app",
    serviceAccountToken: TOKEN,
    serviceAccountAnnotations: { "a<b>": 'ü\u2028\\"' },
  }),
];
for (const seed of SEEDS)
  test(`refuses a request that is cut at any of its ${Buffer.byteLength(seed)} bytes, without quoting it`, () => {
    const whole = Buffer.from(seed).subarray(0, -1); // Without the line feed, the request is complete.
    assert.doesNotThrow(() => parseRequest(whole));
    for (let length = 0; length < whole.length; length += 1) {
      const error = thrown(() => parseRequest(whole.subarray(0, length)));
      assert.ok(["request-not-json", "request-not-utf8"].includes(error.code), `${length}: ${error.code}`);
      assert.ok(!error.message.includes("c2lnbmF0"), `${length}: ${error.message}`);
    }
  });

test("never quotes the request in an error", () => {
  for (const broken of [
    `${TOKEN}`,
    `{"serviceAccountToken":"${TOKEN}",}`,
    `{"serviceAccountToken":["${TOKEN}"]}`,
  ]) {
    const error = thrown(() => parseRequest(bytes(broken)));
    assert.ok(!`${error.message} ${JSON.stringify(error.facts)}`.includes("eyJ"), error.message);
  }
});

const padded = (size: number): Uint8Array => {
  const start = JSON.stringify(GOOD).slice(0, -1);
  return bytes(`${start},"x":"${"y".repeat(size - start.length - 9)}" }`);
};
for (const [size, accepted] of [
  [MAX_REQUEST_BYTES - 1, true],
  [MAX_REQUEST_BYTES, true],
  [MAX_REQUEST_BYTES + 1, false],
] as const)
  test(`${accepted ? "accepts" : "refuses"} a request of ${size} bytes`, () => {
    const stdin = padded(size);
    assert.equal(stdin.length, size);
    if (accepted) assert.equal(parseRequest(stdin).image, IMAGE);
    else assert.equal(thrown(() => parseRequest(stdin)).code, "request-too-large");
  });

const HARD: readonly (readonly [string, string])[] = [
  ["escaped quotes", '\\"'],
  ["quotes", '"'],
  ["backslashes", "\\"],
  ["opening brackets", "["],
  ["strings and colons", '"":'],
  ["a quote and spaces", '" '],
];
for (const [what, piece] of HARD)
  test(`refuses 2 MiB of ${what} in linear time`, { timeout: 20_000 }, () => {
    const stdin = bytes(piece.repeat(MAX_REQUEST_BYTES / piece.length));
    assert.ok(["request-not-json", "request-too-deep"].includes(thrown(() => parseRequest(stdin)).code));
  });
