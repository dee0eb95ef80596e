import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseImageReference } from "../../src/core/image-reference.ts";
import { ProviderError } from "../../src/errors/provider-error.ts";
import { FAMILIES } from "../../src/registries/index.ts";
import { parseGoUrl } from "../kubelet/go-url.ts";
import { urlsMatch } from "../kubelet/urls-match.ts";
import { readVectors } from "../registries/vectors.ts";

const CASES = 20_000;
const { genuine, hostile } = readVectors();
const genuineImages = fc.constantFrom(...genuine.map(({ image }) => image));

const letters = fc.string({ unit: fc.constantFrom(..."abcxyz0189-"), minLength: 1, maxLength: 12 });
const word = fc.string({ unit: fc.constantFrom(..."abcxyz"), minLength: 1, maxLength: 9 });
const number = fc.integer({ min: 0, max: 120 });
const account = fc.oneof({ weight: 4, arbitrary: digits(12, 12) }, { weight: 1, arbitrary: digits(10, 14) });
const awsArea = fc.constantFrom(
  "us",
  "eu",
  "nz",
  "cn",
  "us-gov",
  "us-iso",
  "us-isob",
  "eu-isoe",
  "us-isof",
  "eusc-de",
);
const awsRegion = fc
  .tuple(awsArea, fc.constantFrom("east", "northwest", "central", "gov"), fc.integer({ min: 0, max: 20 }))
  .map((parts) => parts.join("-"));
const awsForm = fc.constantFrom("dkr.ecr", "dkr.ecr-fips", "dkr-ecr", "dkr-ecr-fips", "dkr_ecr");
const awsSuffix = fc.constantFrom(
  "amazonaws.com",
  "amazonaws.com.cn",
  "on.aws",
  "amazonaws.eu",
  "c2s.ic.gov",
  "sc2s.sgov.gov",
);
const googleDomain = fc.constantFrom(
  "pkg.dev",
  "rep.pkg.dev",
  "gcr.io",
  "pkg-a.goog",
  "s3nsregistry.fr",
  "pkg-.goog",
);
const azureDomain = fc.constantFrom(
  "azurecr.io",
  "azurecr.cn",
  "azurecr.us",
  "azurecr.de",
  "azurecr.sovcloud-azure.fr",
);

/** Host names in the pattern of each family, valid and nearly valid. */
const shaped = fc.oneof(
  fc.tuple(account, awsForm, awsRegion, awsSuffix).map((parts) => parts.join(".")),
  fc.tuple(word, word, number, googleDomain).map(([a, b, n, domain]) => `${a}-${b}${n}-docker.${domain}`),
  fc.tuple(word, googleDomain).map(([location, domain]) => `docker.${location}.${domain}`),
  fc.tuple(fc.constantFrom("docker", "eu", "x"), googleDomain).map((parts) => parts.join(".")),
  fc.tuple(letters, azureDomain).map((parts) => parts.join(".")),
  fc.tuple(letters, word, fc.constantFrom("geo", "data"), azureDomain).map((parts) => parts.join(".")),
);

/** Characters with a special meaning for parsers of URLs, lines or globs. */
const NASTY = "./:@\\?#%[]*, \t\r\n\0\u007f\u0085\u00ad\u2028\u3002\u212a\uff0e-_Aa0é";
const nasty = fc.constantFrom(...NASTY, "%2e", "..", "//", ":443", "@evil.example", ".evil.example", "xn--");
const path = fc.oneof(
  fc.constantFrom("", "/", "/app", "//evil.example/a", "/a:443", "/a@b"),
  fc.string({ unit: fc.constantFrom(..."ab/.:@?#%-_"), maxLength: 12 }).map((text) => `/${text}`),
);
const base = fc.oneof(
  genuineImages,
  fc.tuple(shaped, path).map((parts) => parts.join("")),
);

const mutated = fc
  .tuple(base, nasty, fc.nat(), fc.constantFrom("insert", "replace", "append", "prepend"))
  .map(mutate);
const respelled = fc
  .tuple(base, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }))
  .map(([image, mask]) =>
    Array.from(image, (c, i) => ((mask >> BigInt(i % 64)) & 1n ? c.toUpperCase() : c)).join(""),
  );
const image = fc.oneof(
  { weight: 3, arbitrary: base },
  { weight: 3, arbitrary: respelled },
  { weight: 3, arbitrary: mutated },
  { weight: 1, arbitrary: fc.constantFrom(...hostile.map((row) => row.image)) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
);

function digits(minLength: number, maxLength: number) {
  return fc.string({ unit: fc.constantFrom(..."0123456789"), minLength, maxLength });
}

function mutate([text, nastyText, seed, how]: readonly [string, string, number, string]): string {
  const at = seed % (text.length + 1);
  if (how === "append") return text + nastyText;
  if (how === "prepend") return nastyText + text;
  return text.slice(0, at) + nastyText + text.slice(how === "replace" ? at + 1 : at);
}

/** Returns undefined for an unsupported registry and a malformed image. Any other exception fails the property. */
function acceptedHost(text: string) {
  try {
    const parsed = parseImageReference(text);
    const matching = FAMILIES.flatMap((family) => {
      const registry = parsed && family.match(parsed.host);
      return registry ? [{ family, registry }] : [];
    });
    assert.ok(matching.length <= 1, "two families match one host");
    return matching[0];
  } catch (error) {
    if (error instanceof ProviderError && error.code === "image-malformed") return undefined;
    throw error;
  }
}

/** Go refuses a path with a broken escape, and the kubelet then runs no plugin. Other refusals fail the property. */
function goHost(text: string): string | undefined {
  try {
    return parseGoUrl(text).host;
  } catch (error) {
    assert.match(text.slice(text.indexOf("/")), /%(?![0-9A-Fa-f]{2})/, String(error));
    return undefined;
  }
}

test(`parses the same host as WHATWG's URL and the kubelet from each of ${CASES} images`, () => {
  let accepted = 0;
  const property = fc.property(image, (text) => {
    const matching = acceptedHost(text);
    if (matching === undefined) return;
    accepted += 1;
    const { host } = matching.registry;
    const url = new URL(`https://${text}`);
    assert.deepEqual([url.hostname, url.port, url.username, url.password], [host.name, "", "", ""]);
    assert.ok(text === host.spelled || text.startsWith(`${host.spelled}/`));
    const read = goHost(text);
    if (read === undefined) return;
    assert.equal(read, host.spelled);
    assert.ok(urlsMatch(host.spelled, text), "the kubelet does not find the login by its key");
    assert.ok(
      matching.family.matchImages.some((glob) => urlsMatch(glob, host.name)),
      "no pattern of the family admits it",
    );
  });
  fc.assert(property, { numRuns: CASES });
  assert.ok(
    accepted > CASES / 4,
    `only ${accepted} of ${CASES} were accepted: the generators miss what they should hit`,
  );
  assert.ok(accepted < CASES * 0.9, `${accepted} of ${CASES} were accepted: the generators are too tame`);
});

test("derives only endpoints of the cloud from accepted hosts", () => {
  const OWNERS =
    /(^|\.)(amazonaws\.com(\.cn)?|amazonaws\.eu|api\.aws|amazonwebservices\.com\.cn|c2s\.ic\.gov|sc2s\.sgov\.gov|adc-e\.uk|hci\.ic\.gov|metadata\.google\.internal|azurecr\.(io|cn|us|sovcloud-azure\.(fr|de)))$/;
  const property = fc.property(fc.oneof(base, respelled), (text) => {
    const endpoint = acceptedHost(text)?.registry.coordinates.endpoint;
    if (endpoint !== undefined) assert.match(new URL(endpoint).hostname, OWNERS);
  });
  fc.assert(property, { numRuns: CASES / 10 });
});
