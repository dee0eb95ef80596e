import assert from "node:assert/strict";
import { test } from "node:test";
import { parseImageReference } from "../../src/core/image-reference.ts";
import { ProviderError } from "../../src/errors/provider-error.ts";
import { FAMILIES } from "../../src/registries/index.ts";
import type { FamilyName, RegistryFamily } from "../../src/registries/registry.ts";
import { urlsMatch } from "../kubelet/urls-match.ts";
import { createLoginContext } from "../support/login-context.ts";
import { thrown } from "../support/world.ts";

/** Sample images of each family, one for each form of its host names. The compiler asks for those of a new family. */
const SAMPLES: Readonly<Record<FamilyName, readonly string[]>> = {
  ecr: [
    "111122223333.dkr.ecr.us-east-1.amazonaws.com/app",
    "111122223333.dkr.ecr-fips.us-gov-west-1.amazonaws.com/app",
    "111122223333.dkr-ecr.eu-west-1.on.aws/app",
    "111122223333.dkr-ecr-fips.us-west-2.on.aws/app",
    "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/app",
    "111122223333.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn/app",
    "111122223333.dkr.ecr.eusc-de-east-1.amazonaws.eu/app",
    "111122223333.dkr.ecr.us-iso-east-1.c2s.ic.gov/app",
    "111122223333.dkr.ecr.us-isob-east-1.sc2s.sgov.gov/app",
    "111122223333.dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk/app",
    "111122223333.dkr.ecr-fips.us-isof-south-1.csp.hci.ic.gov/app",
  ],
  "ecr-public": ["public.ecr.aws/nginx/nginx", "ecr-public.aws.com/nginx/nginx"],
  "artifact-registry": [
    "gcr.io/project/app",
    "eu.gcr.io/project/app",
    "container.cloud.google.com/project/app",
    "us-central1-docker.pkg.dev/project/repository/app",
    "docker.europe-west1.rep.pkg.dev/project/repository/app",
    "docker.pkg-berlin-build0.goog/project/repository/app",
    "u-germany-northeast1-docker.pkg-berlin-build0.goog/project/repository/app",
    "docker.s3nsregistry.fr/project/repository/app",
    "u-france-east1-docker.qs3nsregistry.fr/project/repository/app",
  ],
  acr: [
    "myreg.azurecr.io/app",
    "myreg-a1b2c3.azurecr.cn/app",
    "myreg.azurecr.us/app",
    "myreg.eastus.geo.azurecr.io/app",
    "myreg-a1b2c3.bleufrancecentral.geo.azurecr.sovcloud-azure.fr/app",
    "myreg.azurecr.sovcloud-azure.de/app",
  ],
};

/** Changes after which a host of any family is no longer one. */
const NEIGHBOURS: Readonly<Record<string, (host: string) => string>> = {
  "another domain after it": (host) => `${host}.attacker.example/app`,
  "letters appended to it": (host) => `${host}x/app`,
  "a hyphen appended to it": (host) => `${host}-x/app`,
  "labels before it": (host) => `www.attacker.${host}/app`,
  "a port": (host) => `${host}:8443/app`,
  "the standard port": (host) => `${host}:443/app`,
  "an empty port": (host) => `${host}:/app`,
  "a dot after it": (host) => `${host}./app`,
  "a dot before it": (host) => `.${host}/app`,
  "two dots in it": (host) => `${host.replace(".", "..")}/app`,
  "an underscore for a dot": (host) => `${host.replace(".", "_")}/app`,
  "user info": (host) => `user@${host}/app`,
  "itself as user info": (host) => `${host}@attacker.example/app`,
  "itself as a path": (host) => `attacker.example/${host}/app`,
  "itself as a path without a host": (host) => `library/${host}`,
  "a scheme": (host) => `https://${host}/app`,
  "a backslash": (host) => `attacker.example\\@${host}/app`,
  "a query": (host) => `${host}?.attacker.example/app`,
  "a fragment": (host) => `${host}#.attacker.example/app`,
  "an escaped dot": (host) => `${host.replace(".", "%2e")}/app`,
  "a glob": (host) => `*${host}/app`,
};

const MALFORMED_NEIGHBOURS: Readonly<Record<string, (host: string) => string>> = {
  "a line feed": (host) => `${host}/app\nhost=attacker.example`,
  "a space": (host) => `${host} /app`,
  "a null": (host) => `${host}\u0000.attacker.example/app`,
  "an ideographic dot": (host) => `${host.replace(".", "\u3002")}/app`,
  "a fullwidth letter": (host) =>
    `${host.slice(0, -1)}${String.fromCodePoint(host.charCodeAt(host.length - 1) + 0xfee0)}/app`,
  "a soft hyphen": (host) => `${host.slice(0, 3)}\u00ad${host.slice(3)}/app`,
};

function takenBy(image: string): readonly FamilyName[] {
  const parsed = parseImageReference(image);
  return parsed
    ? FAMILIES.filter((family) => family.match(parsed.host) !== undefined).map(({ name }) => name)
    : [];
}

function registryOf(family: RegistryFamily, image: string) {
  const parsed = parseImageReference(image);
  const registry = parsed && family.match(parsed.host);
  assert.ok(registry, image);
  return registry;
}

test("every family has sample images", () => {
  assert.deepEqual(new Set(FAMILIES.map(({ name }) => name)), new Set(Object.keys(SAMPLES)));
});

for (const family of FAMILIES) {
  const images = SAMPLES[family.name];
  const hosts = images.map((image) => image.slice(0, image.indexOf("/")));

  test(`${family.name}: matches its samples, and no other family does`, () => {
    for (const image of images) assert.deepEqual(takenBy(image), [family.name], image);
  });

  test(`${family.name}: its matchImages match each sample`, () => {
    for (const image of images)
      assert.ok(
        family.matchImages.some((glob) => urlsMatch(glob, image)),
        image,
      );
  });

  test(`${family.name}: its matchImages are patterns of host labels only`, () => {
    for (const glob of family.matchImages) assert.match(glob, /^[a-z0-9*-]+(\.[a-z0-9*-]+)+$/);
    assert.equal(new Set(family.matchImages).size, family.matchImages.length);
  });

  test(`${family.name}: capitals in the host change only the spelling of the key`, () => {
    for (const host of hosts) {
      const [small, capital] = [registryOf(family, host), registryOf(family, host.toUpperCase())];
      assert.equal(capital.host.spelled, host.toUpperCase());
      assert.deepEqual(capital.coordinates, small.coordinates);
    }
  });

  test(`${family.name}: the path does not affect the registry`, () => {
    for (const host of hosts) {
      for (const path of ["", "/", "//a", "/public.ecr.aws/a", "/../a", "/a:443", "/a@b"])
        assert.deepEqual(registryOf(family, host + path).coordinates, registryOf(family, host).coordinates);
    }
  });

  test(`${family.name}: the endpoint is a fixed URL`, () => {
    for (const host of hosts) {
      const { endpoint } = registryOf(family, host).coordinates;
      const { href, origin, username, password, port, search, hash } = new URL(endpoint);
      assert.ok(href === endpoint || href === `${endpoint}/`, endpoint);
      assert.deepEqual([username, password, port, search, hash], ["", "", "", "", ""]);
      assert.ok(origin.startsWith("https://") || origin === "http://metadata.google.internal");
    }
  });

  test(`${family.name}: a pod without an identity never gets its node's login`, () => {
    for (const image of images) {
      const context = createLoginContext(image, { subject: "system:serviceaccount:shop:default" });
      const { code } = thrown(() => registryOf(family, image).prepareLogin(context));
      assert.equal(code, "pod-identity-missing", image);
    }
  });

  for (const [what, change] of Object.entries(NEIGHBOURS)) {
    test(`${family.name}: does not match a host with ${what}`, () => {
      for (const host of hosts) assert.deepEqual(takenBy(change(host)), [], change(host));
    });
  }

  for (const [what, change] of Object.entries(MALFORMED_NEIGHBOURS)) {
    test(`${family.name}: rejects an image with ${what}`, () => {
      for (const host of hosts) assert.throws(() => parseImageReference(change(host)), ProviderError);
    });
  }
}
