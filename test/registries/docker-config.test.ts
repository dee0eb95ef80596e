import assert from "node:assert/strict";
import { test } from "node:test";
import { parseImageReference } from "../../src/core/image-reference.ts";
import { findDockerLogin } from "../../src/registries/docker-config.ts";
import { thrown } from "../support/world.ts";

const auth = (login: string): string => Buffer.from(login).toString("base64");

/** The user name of an entry identifies the key that was selected. */
function keysOf(...keys: readonly string[]): string {
  return JSON.stringify({
    auths: Object.fromEntries(keys.map((key, index) => [key, { auth: auth(`user${index}:p`) }])),
  });
}

function find(text: string, image: string) {
  const parsed = parseImageReference(image);
  assert.ok(parsed, image);
  return findDockerLogin(text, "/d.json", parsed);
}

const refusal = (text: string, image = "h.example/app") => thrown(() => find(text, image));

/** The key that is selected. */
const WINNERS: readonly (readonly [image: string, keys: readonly string[], winner: string | undefined])[] = [
  ["h.example/app", ["h.example"], "h.example"],
  ["h.example/app", ["https://h.example"], "https://h.example"],
  ["h.example/app", ["http://h.example/"], "http://h.example/"],
  ["h.example/app", ["https://h.example/v1/"], "https://h.example/v1/"],
  ["h.example/app", ["h.example/v2/"], "h.example/v2/"],
  ["h.example/app", ["H.Example"], "H.Example"],
  ["H.EXAMPLE/app", ["h.example"], "h.example"],
  ["h.example:8443/app", ["h.example", "h.example:8443"], "h.example:8443"],
  ["h.example:8443/app", ["h.example", "h.example:443", "h.example:84430"], undefined],
  ["h.example/app", ["h.example:443", "h.example:8443"], undefined],
  ["h.example/team/app", ["h.example", "h.example/team", "h.example/team/ap"], "h.example/team"],
  ["h.example/team/app", ["h.example/team/app", "h.example/team"], "h.example/team/app"],
  ["h.example/team/app", ["https://h.example/v2/team", "h.example"], "https://h.example/v2/team"],
  ["h.example/team/app", ["h.example/team/", "h.example"], "h.example/team/"],
  ["h.example/team-evil/app", ["h.example/team", "h.example"], "h.example"],
  ["h.example/team-evil/app", ["h.example/team"], undefined],
  ["h.example/team/../secret", ["h.example/team", "h.example"], "h.example"],
  ["h.example/team/../secret", ["h.example/team"], undefined],
  ["h.example/team%2f", ["h.example/team"], undefined],
  ["h.example/team/app:1.0", ["h.example/team/app"], "h.example/team/app"],
  ["a.h.example/app", ["*.h.example", "a.h.example"], "a.h.example"],
  ["b.h.example/app", ["*.h.example", "a.h.example"], "*.h.example"],
  ["a.h.example/app", ["*.example", "h.example", "*.*.h.example"], undefined],
  ["a.h.example/app", ["a*.h.example", "*.h.example"], "a*.h.example"],
  ["docker.io/library/app", ["https://index.docker.io/v1/"], "https://index.docker.io/v1/"],
  ["docker.io/library/app", ["index.docker.io"], "index.docker.io"],
  ["docker.io/library/app", ["https://index.docker.io/v1/", "docker.io"], "docker.io"],
  ["docker.io/acme/app", ["docker.io/acme", "https://index.docker.io/v1/"], "docker.io/acme"],
  ["docker.io/other/app", ["docker.io/acme", "https://index.docker.io/v1/"], "https://index.docker.io/v1/"],
  ["docker.io/library/app", ["registry-1.docker.io", "hub.docker.com"], undefined],
  ["docker.io.attacker.example/app", ["https://index.docker.io/v1/", "docker.io"], undefined],
  ["evil.example/h.example/app", ["h.example", "example"], undefined],
  [
    "h.example/app",
    ["", "/", "://", "user@h.example", "[::1]:5000", "h.example?x", "h.example#y"],
    undefined,
  ],
  ["h.example/app", ["*", "*.*.*", "h.*", "?.example"], "h.*"],
];

for (const [image, keys, winner] of WINNERS) {
  test(`selects ${winner ?? "no key"} for ${image} from ${keys.join(", ")}`, () => {
    const text = keysOf(...keys);
    if (winner === undefined) assert.equal(refusal(text, image).code, "static-login-missing");
    else assert.equal(find(text, image).username, `user${keys.indexOf(winner)}`);
    const turned = [...keys].reverse();
    if (winner !== undefined)
      assert.equal(find(keysOf(...turned), image).username, `user${turned.indexOf(winner)}`, "in any order");
  });
}

test("a login is valid for the image only if the file has keys with paths for the host", () => {
  const isForImage = (image: string, ...keys: string[]) => find(keysOf(...keys), image).isForImage;
  assert.equal(isForImage("h.example/team/app", "h.example", "h.example/team"), true);
  assert.equal(isForImage("h.example/other/app", "h.example", "h.example/team"), true);
  assert.equal(isForImage("h.example/team/app", "h.example", "n.example/team"), false);
  assert.equal(isForImage("h.example/team/app", "https://h.example/v2/"), false);
  const text = JSON.stringify({
    auths: { "h.example": { auth: auth("u:p") } },
    credHelpers: { "h.example/team": "x" },
  });
  assert.equal(find(text, "h.example/other/app").isForImage, true);
});

const LOGINS: readonly (readonly [name: string, entry: object, username: string, password: string])[] = [
  ["auth", { auth: auth("user:pass") }, "user", "pass"],
  ["auth without padding", { auth: auth("user:passw").replace(/=+$/, "") }, "user", "passw"],
  ["a password with colons", { auth: auth("user:a:b:c") }, "user", "a:b:c"],
  ["a password with slashes and umlauts", { auth: auth("user:ä/+ß") }, "user", "ä/+ß"],
  ["user name and password", { username: "user", password: "pass" }, "user", "pass"],
  [
    "both, of which auth takes precedence",
    { username: "u", password: "p", auth: auth("user:pass") },
    "user",
    "pass",
  ],
  ["an empty auth beside both", { username: "user", password: "pass", auth: "" }, "user", "pass"],
  ["unknown fields", { auth: auth("user:pass"), email: "x@y.example", extra: [1] }, "user", "pass"],
  [
    "an identity token of ACR",
    { auth: auth("00000000-0000-0000-0000-000000000000:"), identitytoken: "refresh" },
    "00000000-0000-0000-0000-000000000000",
    "refresh",
  ],
  ["a password beside an identity token", { auth: auth("user:pass"), identitytoken: "t" }, "user", "pass"],
];

for (const [name, entry, username, password] of LOGINS) {
  test(`reads an entry with ${name}`, () => {
    const found = find(JSON.stringify({ auths: { "h.example": entry } }), "h.example/app");
    assert.deepEqual([found.username, found.password], [username, password]);
  });
}

const entryOf = (entry: unknown): string => JSON.stringify({ auths: { "h.example": entry } });

const REFUSED: readonly (readonly [name: string, text: string, code: string, says: RegExp])[] = [
  ["text that is not JSON", "SECRET", "docker-config-malformed", /not a JSON object/],
  ["an empty file", "", "docker-config-malformed", /not a JSON object/],
  ["a list", "[]", "docker-config-malformed", /not a JSON object/],
  ["an empty object", "{}", "docker-config-malformed", /auths is missing/],
  [
    "the manifest of a Secret",
    JSON.stringify({ kind: "Secret", data: { ".dockerconfigjson": "e30=" } }),
    "docker-config-malformed",
    /auths is missing/,
  ],
  [
    "the old format",
    JSON.stringify({ "h.example": { auth: auth("u:SECRET") } }),
    "docker-config-malformed",
    /auths is missing/,
  ],
  ["auths as a list", '{"auths":[]}', "docker-config-malformed", /not an object/],
  ["credHelpers as a string", '{"auths":{},"credHelpers":"x"}', "docker-config-malformed", /not an object/],
  ["an entry as a string", entryOf("SECRET"), "docker-config-malformed", /object of strings/],
  ["a null entry", entryOf(null), "docker-config-malformed", /object of strings/],
  ["a number as the password", entryOf({ password: 5 }), "docker-config-malformed", /object of strings/],
  ["auth that is not base64", entryOf({ auth: "S:E" }), "docker-config-malformed", /base64/],
  ["auth in the URL's alphabet", entryOf({ auth: "dTo_-w" }), "docker-config-malformed", /base64/],
  ["auth without a colon", entryOf({ auth: auth("SECRET") }), "docker-config-malformed", /base64/],
  ["auth that is not UTF-8", entryOf({ auth: "dTr/" }), "docker-config-malformed", /base64/],
  [
    "an identity token of any other registry",
    entryOf({ auth: auth("user:"), identitytoken: "SECRET" }),
    "static-login-unusable",
    /identity token/,
  ],
  [
    "an identity token without a user",
    entryOf({ identitytoken: "SECRET" }),
    "static-login-unusable",
    /identity token/,
  ],
  [
    "a helper for the host",
    JSON.stringify({ auths: { "h.example": { auth: auth("u:p") } }, credHelpers: { "h.example": "SECRET" } }),
    "static-login-unusable",
    /credHelpers.*not run/,
  ],
  [
    "a helper under the host's URL",
    JSON.stringify({ credHelpers: { "https://h.example/v2/": "x" } }),
    "static-login-unusable",
    /credHelpers/,
  ],
  [
    "a store, and an empty entry",
    JSON.stringify({ auths: { "h.example": {} }, credsStore: "desktop" }),
    "static-login-unusable",
    /credsStore/,
  ],
  ["a store alone", '{"credsStore":"desktop"}', "static-login-unusable", /credsStore/],
  ["only other hosts", keysOf("n.example"), "static-login-missing", /"h\.example"/],
  ["no host at all", '{"auths":{}}', "static-login-missing", /"h\.example"/],
  [
    "a prototype as its entry",
    '{"auths":{"__proto__":{"auth":"dTpw"}}}',
    "static-login-missing",
    /"h\.example"/,
  ],
];

for (const [name, text, code, says] of REFUSED) {
  test(`refuses ${name} without quoting it`, () => {
    const error = refusal(text);
    assert.equal(error.code, code);
    assert.match(error.message, says);
    assert.ok(error.message.includes("/d.json") && !error.message.includes("SECRET"), error.message);
  });
}

test("ignores helpers for other hosts and a store beside a complete entry, as the kubelet does", () => {
  const text = JSON.stringify({
    auths: { "h.example": { auth: auth("user:pass") } },
    credHelpers: { "n.example": "x" },
    credsStore: "desktop",
  });
  assert.equal(find(text, "h.example/app").username, "user");
});
