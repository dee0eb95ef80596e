import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  canOverlap,
  covers,
  matches,
  matchesGlob,
  matchesHost,
  type Pattern,
  parsePattern,
} from "../../src/config/pattern.ts";
import { type ImageReference, parseImageReference } from "../../src/core/image-reference.ts";
import { urlsMatch } from "../kubelet/urls-match.ts";

const CASES = 20_000;

function pattern(text: string): Pattern {
  const parsed = parsePattern(text);
  assert.ok(parsed, text);
  return parsed;
}

function image(text: string): ImageReference {
  const parsed = parseImageReference(text);
  assert.ok(parsed, text);
  return parsed;
}

const MATCHING: readonly (readonly [pattern: string, image: string])[] = [
  ["reg.io", "reg.io/app"],
  ["reg.io/", "reg.io/app"],
  ["reg.io", "REG.IO/app"],
  ["*.azurecr.io", "MYREG.azurecr.io/app"],
  ["*.*.io", "a.b.io/app"],
  ["a*c.io", "abbc.io/app"],
  ["a*c.io", "ac.io/app"],
  ["*-good.io", "x-good.io/app"],
  ["*", "localhost/app"],
  ["**", "localhost/app"],
  ["reg.io:8443", "reg.io:8443/app"],
  ["*.io:8443/team", "reg.io:8443/team/app"],
  ["reg.io/team", "reg.io/team"],
  ["reg.io/team", "reg.io/team/app"],
  ["reg.io/team/", "reg.io/team/app"],
  ["reg.io/team/app", "reg.io/team/app:1.0@sha256:00"],
  ["reg.io/team/app", "reg.io/team/app@sha256:00"],
  ["reg.io/my--team__x.y", "reg.io/my--team__x.y/app"],
  ["111122223333.dkr.ecr.*.amazonaws.com", "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app"],
];

const NOT_MATCHING: readonly (readonly [pattern: string, image: string])[] = [
  ["reg.io", "reg.io:443/app"],
  ["reg.io", "reg.io.attacker.example/app"],
  ["reg.io", "attacker.example/reg.io"],
  ["reg.io", "xreg.io/app"],
  ["*.reg.io", "reg.io/app"],
  ["*.reg.io", "a.b.reg.io/app"],
  ["*.io:8443", "reg.io:443/app"],
  ["*.io:8443", "reg.io:18443/app"],
  ["*.io:8443", "reg.io/app"],
  ["*.*", "reg.io:8443/app"],
  ["*", "localhost:5000/app"],
  ["a*a.io", "a.io/app"],
  ["*ab*ab.io", "xab.io/app"],
  ["reg.io/team", "reg.io/teams/app"],
  ["reg.io/team", "reg.io/team-evil/app"],
  ["reg.io/team", "reg.io/app"],
  ["reg.io/team", "reg.io"],
  ["reg.io/team/app", "reg.io/team"],
  ["reg.io/team", "reg.io/team/../secret"],
  ["reg.io/team", "reg.io/team/%2e%2e/secret"],
  ["reg.io/team", "reg.io/team//app"],
  ["reg.io/team", "reg.io//team/app"],
  ["reg.io/team", "reg.io/./team/app"],
  ["reg.io/team", "reg.io/TEAM/app"],
  ["reg.io/team", "reg.io/team/app?x=/.."],
  ["reg.io/team", "reg.io/team:1/app"],
  ["reg.io/team", "reg.io/team\\app"],
  ["reg.io/team", "reg.io/team/"],
];

for (const [glob, text] of MATCHING)
  test(`${glob} matches ${text}`, () => assert.equal(matches(pattern(glob), image(text)), true));
for (const [glob, text] of NOT_MATCHING)
  test(`${glob} does not match ${text}`, () => assert.equal(matches(pattern(glob), image(text)), false));

const NO_PATTERNS = [
  ...["", "/", "/team", ".", ".io", "reg..io", "reg.io.", "-reg.io", "reg-.io", "Reg.io", "reg_a.io"],
  ...["reg.io:", "reg.io:*", "reg.io:123456", "reg.io:80a", ":8443", "reg.io:80:80", "[::1]", "user@reg.io"],
  ...["https://reg.io", "reg.io/*", "reg.io/Team", "reg.io//team", "reg.io/team//", "reg.io/..", "reg.io/.x"],
  ...[
    "reg.io/team:1",
    "reg.io/a@sha256:0",
    "reg.io?x",
    "re?.io",
    "r[a-e]g.io",
    "r\\g.io",
    "reg.io/%2e",
    "rég.io",
  ],
  ...["reg io", "reg.io\n", "reg.io/team\n", "reg.io\0", "reg.io/team-", "$.io", "{a,b}.io"],
];

for (const text of NO_PATTERNS)
  test(`${JSON.stringify(text)} is not a valid pattern`, () => assert.equal(parsePattern(text), undefined));

/** Short labels of few letters, so that patterns often match images. */
const label = fc.string({ unit: fc.constantFrom(..."aaab-"), minLength: 1, maxLength: 3 });
const glob = fc.string({ unit: fc.constantFrom(..."aab**-"), minLength: 1, maxLength: 3 });
const port = fc.constantFrom("", "", "", "", ":80", ":8080");
const path = fc.array(fc.constantFrom("a", "a", "ab", "a-b"), { maxLength: 2 });

const placeOf = (labels: fc.Arbitrary<string>, least: number) =>
  fc
    .tuple(fc.array(labels, { minLength: 1, maxLength: 2 }), port, path)
    .filter(([, , segments]) => segments.length >= least)
    .map(([host, at, segments]) => `${host.join(".")}${at}${segments.map((one) => `/${one}`).join("")}`);

const patterns = placeOf(glob, 0).filter((text) => parsePattern(text) !== undefined);
const images = placeOf(label, 1).filter((text) => parseImageReference(text) !== undefined);

/** The only difference in paths: the pattern's path ends at a segment boundary. */
function endsAtBorder(glob: string, text: string): boolean {
  const [prefix, own] = [glob, text].map((one) => one.slice(`${one}/`.indexOf("/")));
  return prefix === "" || `${own}/`.startsWith(`${prefix}/`);
}

test("a pattern matches like the kubelet's, except that a path ends at a segment boundary", () => {
  let matched = 0;
  fc.assert(
    fc.property(patterns, images, (glob, text) => {
      const expected = urlsMatch(glob, text) && endsAtBorder(glob, text);
      matched += Number(expected);
      assert.equal(matches(pattern(glob), image(text)), expected);
    }),
    { numRuns: CASES, seed: 1 },
  );
  assert.ok(matched > CASES / 100, `only ${matched} matched`);
});

test("the case of an image's host has no effect", () => {
  fc.assert(
    fc.property(patterns, images, (glob, text) => {
      const [host = "", ...rest] = text.split("/");
      const loud = [host.toUpperCase(), ...rest].join("/");
      assert.equal(matches(pattern(glob), image(loud)), matches(pattern(glob), image(text)));
    }),
    { numRuns: CASES / 4, seed: 2 },
  );
});

test("a pattern matches all images of the patterns that it covers", () => {
  let covered = 0;
  fc.assert(
    fc.property(patterns, patterns, images, (wide, narrow, text) => {
      if (!covers(pattern(wide), pattern(narrow)) || !matches(pattern(narrow), image(text))) return;
      covered += 1;
      assert.ok(matches(pattern(wide), image(text)), `${wide} covers ${narrow}, and not ${text}`);
    }),
    { numRuns: CASES * 5, seed: 3 },
  );
  assert.ok(covered > 50, `only ${covered} were covered and matched`);
});

test("a pattern covers itself, also with a longer path", () => {
  fc.assert(
    fc.property(patterns, (text) => {
      const long = text.endsWith("/") ? `${text}x` : `${text}/x`;
      assert.ok(covers(pattern(text), pattern(text)) && covers(pattern(text), pattern(long)));
      assert.ok(!covers(pattern(long), pattern(text)));
    }),
    { numRuns: CASES / 10, seed: 4 },
  );
});

test("patterns that match the same host overlap", () => {
  let met = 0;
  fc.assert(
    fc.property(patterns, patterns, images, (one, other, text) => {
      const host = image(text).host.name;
      if (!matchesHost(pattern(one), host) || !matchesHost(pattern(other), host)) return;
      met += 1;
      assert.ok(
        canOverlap(pattern(one).labels, pattern(other).labels),
        `${one} and ${other} both match ${host}`,
      );
    }),
    { numRuns: CASES * 5, seed: 5 },
  );
  assert.ok(met > 50, `only ${met} met`);
});

/** All texts of two letters, up to a length at which any two overlapping short globs have a common text. */
const TEXTS = Array.from({ length: 9 }, (_, length) => length).flatMap((length) =>
  Array.from({ length: 2 ** length }, (_, bits) =>
    Array.from({ length }, (_, at) => ((bits >> at) & 1 ? "a" : "b")).join(""),
  ),
);

test("globs overlap exactly if a text matches both", () => {
  const short = fc.string({ unit: fc.constantFrom(..."ab**"), minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(short, short, (one, other) => {
      const witness = TEXTS.find((text) => matchesGlob(one, text) && matchesGlob(other, text));
      assert.equal(canOverlap([one], [other]), witness !== undefined, `${one} and ${other}: ${witness}`);
    }),
    { numRuns: CASES / 10, seed: 6 },
  );
});

test("many * in one label are matched in linear time", () => {
  const stars = (letter: string) => `${`*${letter}`.repeat(250)}*`;
  assert.equal(canOverlap([stars("a")], [stars("b")]), true);
  assert.equal(matchesGlob(`${"*a".repeat(200)}*b`, "a".repeat(5000)), false);
  assert.equal(covers(pattern(`x${stars("a")}`), pattern(`x${stars("a")}`)), true);
});
