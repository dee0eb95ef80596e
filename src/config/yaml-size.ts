import { Lexer } from "yaml";

/** 1,500 rules have as many. The parser takes up to 2 KiB of heap for each, and compares some with all before it. */
export const MOST_TOKENS = 30_000;
/** A blank, a line's end, or a comment. */
const NO_TOKEN = /^[\s#]|^$/;

/** Reports whether a text has so many tokens that its parsing could take all memory or time. The lexer itself is linear. */
export function hasTooManyTokens(text: string): boolean {
  let tokens = 0;
  for (const token of new Lexer().lex(text)) {
    if (!NO_TOKEN.test(token)) tokens += 1;
    if (tokens > MOST_TOKENS) return true;
  }
  return false;
}
