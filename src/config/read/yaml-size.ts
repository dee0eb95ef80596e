import { Lexer } from "yaml";

/** The maximum for the parser, enough for 1,500 rules. It takes up to 2 KiB of heap per token, and quadratic time for some. */
export const MAX_TOKENS = 30_000;
/** A blank, a line's end, or a comment. */
const NO_TOKEN = /^[\s#]|^$/;

/** Reports whether a text has so many tokens that parsing it could exhaust the memory or the time. The lexer is linear. */
export function hasTooManyTokens(text: string): boolean {
  let tokens = 0;
  for (const token of new Lexer().lex(text)) {
    if (!NO_TOKEN.test(token)) tokens += 1;
    if (tokens > MAX_TOKENS) return true;
  }
  return false;
}
