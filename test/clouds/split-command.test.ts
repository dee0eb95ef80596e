import assert from "node:assert/strict";
import { test } from "node:test";
import { splitCommand } from "../../src/clouds/aws/credential-process.ts";

const COMMANDS: readonly (readonly [command: string, words: readonly string[] | undefined])[] = [
  ["/bin/keys", ["/bin/keys"]],
  ["  /bin/keys \t --a  b ", ["/bin/keys", "--a", "b"]],
  ['"/opt/my keys" a', ["/opt/my keys", "a"]],
  ["'/opt/my keys' a", ["/opt/my keys", "a"]],
  ["/opt/my\\ keys a", ["/opt/my keys", "a"]],
  ["a'b c'd", ["ab cd"]],
  ['--x="b c"', ["--x=b c"]],
  ['a "" b', ["a", "", "b"]],
  ["a '' b", ["a", "", "b"]],
  [`"it's"`, ["it's"]],
  [`'say "x"'`, ['say "x"']],
  ['"a\\"b"', ['a"b']],
  ["'a\\b'", ["a\\b"]],
  ["a\\\\b", ["a\\b"]],
  ["$HOME `id` $(id) ;rm|x&&y >z *", ["$HOME", "`id`", "$(id)", ";rm|x&&y", ">z", "*"]],
  ["", undefined],
  ["   ", undefined],
  ["'", undefined],
  ['"', undefined],
  ["a 'b c", undefined],
  ['a "b c', undefined],
  ["a \\", undefined],
];
for (const [command, words] of COMMANDS)
  test(`${words === undefined ? "refuses" : "splits"} the command ${JSON.stringify(command)}`, () => {
    assert.deepEqual(splitCommand(command), words);
  });
