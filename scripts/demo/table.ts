/** How the demo looks: at most 100 columns, coloured on a terminal only. */
import { styleText } from "node:util";
import { formatGoDuration } from "../../src/protocol/go-duration.ts";
import type { Result } from "./run.ts";

const WIDTH = 98;
const INDENT = "    ";
const MASK = "••••••••";

type Style = Parameters<typeof styleText>[0];

/** `NO_COLOR`, `FORCE_COLOR` and pipes are judged by Node (`styleText` looks at stdout). */
function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout, validateStream: true });
}

export function heading(): string {
  const columns = row("who asks", "answer", "cached for", "login", "took");
  return `${INDENT}${paint("dim", columns)}\n${paint("dim", ` ${"─".repeat(WIDTH - 1)}`)}`;
}

/** One case: its image, what was answered as whom, and the error line where there is one. */
export function describe(result: Result): string {
  const { title, image } = result.case;
  const ok = result.broken.length === 0;
  const mark = ok ? paint("green", "✓") : paint("red", "✗");
  const gap = " ".repeat(Math.max(1, WIDTH - INDENT.length - image.length - title.length));
  return [
    ` ${mark}  ${paint("bold", image)}${gap}${paint("cyan", title)}`,
    INDENT + row(identityOf(result), answerOf(result), keptFor(result), loginOf(result), timeOf(result)),
    ...(result.stderr === "" ? [] : wrap(result.stderr).map((line) => INDENT + paint("yellow", line))),
    ...result.broken.map((breach) => INDENT + paint(["red", "bold"], `not as promised: ${breach}`)),
    "",
  ].join("\n");
}

function row(who: string, answer: string, kept: string, login: string, took: string): string {
  return `${who.padEnd(38)}${answer.padEnd(25)}${kept.padEnd(13)}${login.padEnd(10)}${took.padStart(7)}`;
}

/** What the fake clouds saw, not what we believe. */
function identityOf({ asked, case: { on, who } }: Result): string {
  if (who !== undefined) return who;
  if (asked.length === 0) return "nobody: no one was asked";
  const role = asked
    .map(({ path }) => /\/security-credentials\/([^/?]+)$/.exec(path)?.[1])
    .find((name) => name);
  if (role !== undefined) return `instance role ${role}`;
  return on === "google" ? "the instance's service account" : "the node's managed identity";
}

function answerOf({ response, status }: Result): string {
  if (response === undefined) return `none, exit ${status}`;
  const [auth] = response.auth.values();
  if (auth === undefined) return "no login";
  return `${auth.username.length > 12 ? `${auth.username.slice(0, 11)}…` : auth.username} ${MASK}`;
}

function keptFor({ response }: Result): string {
  return response?.cacheDuration === undefined ? "–" : formatGoDuration(response.cacheDuration);
}

function loginOf({ login }: Result): string {
  if (login === undefined) return "–";
  return login.ok ? "accepted" : `refused ${login.status}`;
}

function timeOf({ took }: Result): string {
  return `${Math.round(took)} ms`;
}

/** Request and answer of one case as they went over the pipes, the password masked. */
export function wire({ request, stdout, response }: Result): string {
  const [auth] = response?.auth.values() ?? [];
  const masked = auth === undefined ? stdout : stdout.replace(auth.password, MASK);
  return [...labelled("stdin ", request), ...labelled("stdout", masked)].join("\n");
}

/** JSON, cut after commas. */
function labelled(label: string, json: string): readonly string[] {
  const lines = joined(json.split(/(?<=,)/), "", WIDTH - INDENT.length - label.length - 2);
  return lines.map(
    (line, i) =>
      `${INDENT}${i === 0 ? paint("cyan", label) : " ".repeat(label.length)}  ${paint("dim", line)}`,
  );
}

function wrap(text: string): readonly string[] {
  return joined(text.split(" "), " ", WIDTH - INDENT.length);
}

/** As many parts on a line as fit. */
function joined(parts: readonly string[], between: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const longer = `${lines.at(-1)}${between}${part}`;
    if (lines.length > 0 && longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines;
}

export function verdict(good: number, all: number, seconds: number): string {
  const text = `${good} of ${all} as promised, in ${seconds.toFixed(1)} s.`;
  return paint(good === all ? ["green", "bold"] : ["red", "bold"], text);
}
