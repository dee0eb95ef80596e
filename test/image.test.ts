import assert from "node:assert/strict";
import { test } from "node:test";
import { parseImageReference } from "../src/core/image-reference.ts";
import { ProviderError } from "../src/errors/provider-error.ts";

const HOSTS: Readonly<Record<string, readonly [host: string, repository: string]>> = {
  "gcr.io/project/app": ["gcr.io", "project/app"],
  "gcr.io": ["gcr.io", ""],
  "gcr.io/": ["gcr.io", ""],
  "gcr.io//app": ["gcr.io", "/app"],
  "MYREG.AzureCR.io/app": ["myreg.azurecr.io", "app"],
  nginx: ["nginx", ""],
  "library/nginx": ["library", "nginx"],
  "a/b:c@d?e#f%g\\h": ["a", "b:c@d?e#f%g\\h"],
  "xn--a.example/b": ["xn--a.example", "b"],
  "1.2.3.4/b": ["1.2.3.4", "b"],
  "harbor.example:8443/b": ["harbor.example:8443", "b"],
  "localhost:5000/b": ["localhost:5000", "b"],
  [`${"a".repeat(63)}.io/b`]: [`${"a".repeat(63)}.io`, "b"],
  [`${"a.".repeat(126)}b/c`]: [`${"a.".repeat(126)}b`, "c"],
};

for (const [image, [host, repository]] of Object.entries(HOSTS)) {
  test(`parses ${image} as ${repository || "no repository"} at ${host}`, () => {
    const parsed = parseImageReference(image);
    assert.deepEqual([parsed?.host.name, parsed?.repository], [host, repository]);
    assert.deepEqual(parsed?.host.labels, host.split("."));
  });
}

test("keeps the host's spelling beside its name in lower case", () => {
  const host = parseImageReference("MYREG.AzureCR.io/app")?.host;
  assert.deepEqual([host?.spelled, host?.name], ["MYREG.AzureCR.io", "myreg.azurecr.io"]);
});

const NO_HOST = [
  "",
  ".",
  "..",
  "gcr.io.",
  ".gcr.io",
  "gcr..io",
  "-gcr.io",
  "gcr-.io",
  "gcr_.io",
  "gcr.io:",
  "gcr.io:443:443",
  "gcr.io:0x1bb",
  "gcr.io:123456",
  ":443",
  "user@gcr.io",
  "https:",
  "[::1]",
  "*.gcr.io",
  "gcr.io%2e",
  "gcr.io\\",
  "gcr.io?",
  "gcr.io#",
  `${"a".repeat(64)}.io`,
  `${"a.".repeat(126)}bc`,
];

for (const host of NO_HOST) {
  test(`does not accept ${JSON.stringify(host)} as a host`, () =>
    assert.equal(parseImageReference(`${host}/app`), undefined));
}

const MALFORMED = [
  "",
  " ",
  "gcr.io/app ",
  "gcr.io /app",
  "gcr.io/a\nb",
  "gcr.io\u0000/app",
  "gcr.io\u007f",
  "gcr。io/app",
  "gcr.io/\u212a",
];

for (const image of MALFORMED) {
  test(`refuses the image ${JSON.stringify(image)}`, () => {
    assert.throws(
      () => parseImageReference(image),
      (error) => error instanceof ProviderError && error.code === "image-malformed",
    );
  });
}

/** Letters that JavaScript folds to an ASCII letter must be refused before. */
test("no letter outside ASCII is folded to an ASCII letter", () => {
  for (let code = 0x80; code <= 0xffff; code += 1) {
    assert.throws(() => parseImageReference(`gcr.io${String.fromCharCode(code)}/app`), ProviderError);
  }
});
