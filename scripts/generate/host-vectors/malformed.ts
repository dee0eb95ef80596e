import { type Classes, HOSTS, nth, range } from "./seeds.ts";

/** Letters that look, or fold in some case mapping, like ASCII ones. */
const LOOKALIKES: readonly (readonly [ascii: string, others: string])[] = [
  ["a", "аαạ"],
  ["c", "сϲ"],
  ["d", "ԁ"],
  ["e", "еė"],
  ["g", "ɡ"],
  ["i", "іı"],
  ["o", "оο"],
  ["p", "р"],
  ["r", "г"],
  ["s", "ѕ"],
  ["u", "υ"],
];

const INVISIBLE = [
  "\u00ad",
  "\u200b",
  "\u200c",
  "\u200d",
  "\u2060",
  "\ufeff",
  "\u202e",
  "\u061c",
  "\u180e",
  "\u034f",
  "\ufe0f",
];
const DOTS = ["\u3002", "\uff0e", "\uff61", "\u2024", "\u00b7", "\u2e31"];
const LINE_ENDS = ["\n", "\r", "\r\n", "\u0085", "\u2028", "\u2029", "\u000b", "\u000c"];
const BLANKS = [" ", "\t", "\u00a0", "\u2003", "\u3000", "\u1680", "\u202f", "\u205f"];

function hostAt(index: number): string {
  return nth(HOSTS, index);
}

/** Inserts a character into the middle of the host. A parser that stops at it or drops it would see a different host. */
function within(host: string, letter: string): string {
  const middle = Math.floor(host.length / 2);
  return `${host.slice(0, middle)}${letter}${host.slice(middle)}/app`;
}

function homoglyphs(): readonly string[] {
  return LOOKALIKES.flatMap(([ascii, others], i) =>
    Array.from(others, (other, j) => {
      const host =
        HOSTS.slice(i + j).find((h) => h.includes(ascii)) ?? HOSTS.find((h) => h.includes(ascii)) ?? "";
      return `${host.replace(ascii, other)}/app`;
    }),
  );
}

/** U+212A and U+017F are `k` and `s` to a case-blind comparison, U+0130 and U+0131 `i`. */
function caseFolding(): readonly string[] {
  const pairs = [
    ["k", "\u212a"],
    ["s", "\u017f"],
    ["i", "\u0130"],
    ["i", "\u0131"],
  ] as const;
  return pairs.flatMap(([ascii, other]) =>
    HOSTS.filter((h) => h.includes(ascii)).map((h) => `${h.replace(ascii, other)}/app`),
  );
}

function fullWidth(): readonly string[] {
  return HOSTS.map((host, i) => {
    const plain = host.replaceAll(".", "");
    const letter = plain.charAt(i % plain.length);
    return `${host.replace(letter, String.fromCodePoint(letter.charCodeAt(0) + 0xfee0))}/app`;
  });
}

/** Digits of other scripts in the account, which `\d` matches in some languages. */
function foreignDigits(): readonly string[] {
  const zeros = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0xf20,
    0x1d7ce,
  ];
  return zeros.map(
    (zero) => `1111${String.fromCodePoint(zero + 2)}2223333.dkr.ecr.us-east-1.amazonaws.com/app`,
  );
}

function injectedLines(): readonly string[] {
  const lines = ["host=attacker.example", "password=x", '{"auth":{}}', "no login for gcr.io: forged"];
  return LINE_ENDS.flatMap((end, i) => lines.map((line) => `${hostAt(i)}/app${end}${line}`));
}

export function malformedClasses(): Classes {
  return {
    "control-character-within": [...range(0x00, 0x1f), 0x7f].map((c, i) =>
      within(hostAt(i), String.fromCharCode(c)),
    ),
    "control-character-at-the-end": [...range(0x00, 0x1f), 0x7f].map(
      (c, i) => `${hostAt(i)}/app${String.fromCharCode(c)}`,
    ),
    "control-character-of-c1": range(0x80, 0x9f).map((c, i) => within(hostAt(i), String.fromCharCode(c))),
    "line-end-within": LINE_ENDS.flatMap((end, i) => range(0, 2).map((j) => within(hostAt(i + 7 * j), end))),
    "injected-line": injectedLines(),
    "line-end-before": LINE_ENDS.flatMap((end, i) => [
      `${end}${hostAt(i)}/app`,
      `attacker.example${end}${hostAt(i)}/app`,
    ]),
    "blank-within": BLANKS.flatMap((blank, i) => range(0, 2).map((j) => within(hostAt(i + 5 * j), blank))),
    "blank-around": BLANKS.flatMap((blank, i) => [
      `${blank}${hostAt(i)}/app`,
      `${hostAt(i)}/app${blank}`,
      `${hostAt(i)}${blank}/app`,
    ]),
    "invisible-character": INVISIBLE.flatMap((letter, i) => [
      within(hostAt(i), letter),
      `${letter}${hostAt(i + 9)}/app`,
    ]),
    "other-dot": DOTS.flatMap((dot, i) =>
      range(0, 3).map((j) => `${hostAt(i + 4 * j).replace(".", dot)}/app`),
    ),
    "other-slash": ["\u2044", "\u2215", "\u29f8", "\uff0f", "\u2571"].flatMap((slash, i) =>
      range(0, 3).map((j) => `${hostAt(i + 3 * j)}${slash}app.attacker.example`),
    ),
    "other-at-and-colon": ["\uff20", "\ufe6b", "\uff1a", "\ufe55", "\u2236", "\ua789"].flatMap((sign, i) =>
      range(0, 2).map((j) => `${hostAt(i + 6 * j)}${sign}attacker.example/app`),
    ),
    "full-width": fullWidth(),
    "circled-and-mathematical": HOSTS.map(
      (host, i) =>
        `${host.replace(/[a-f]/, (l) => String.fromCodePoint((i % 2 ? 0x24d0 : 0x1d41a) + l.charCodeAt(0) - 97))}/app`,
    ),
    homoglyph: homoglyphs(),
    "case-folding": caseFolding(),
    "foreign-digits": foreignDigits(),
    "combining-mark": HOSTS.map((host, i) => within(host, String.fromCharCode(0x300 + i))),
    "lone-surrogate": range(0, 15).map((i) =>
      within(hostAt(i), String.fromCharCode(i % 2 === 0 ? 0xd800 + i : 0xdc00 + i)),
    ),
    "not-ascii-in-the-path": HOSTS.map(
      (host, i) => `${host}/${nth(["ä", "日本", "app\u00a0", "\u{1f40b}", "a\u200bb"], i)}`,
    ),
    nothing: [
      "",
      " ",
      "  ",
      "\t",
      "\n",
      "\r\n",
      "\u0000",
      "\ufeff",
      "\u00a0",
      " /",
      "/ ",
      "\n/app",
      " /app",
      "/\t/",
      "\u3000",
      "\u2028",
    ],
  };
}
