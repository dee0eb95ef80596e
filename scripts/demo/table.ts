/** The output of the demo: at most 100 columns, coloured on a terminal only. */
import { styleText } from "node:util";
import { formatGoDuration } from "../../src/protocol/go-duration.ts";
import type { Result } from "./run.ts";

const WIDTH = 98;
const INDENT = "    ";
const MASK = "••••••••";

type Style = Parameters<typeof styleText>[0];

/** Colours text if stdout is a terminal; Node.js handles `NO_COLOR` and `FORCE_COLOR`. */
function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout, validateStream: true });
}

export function formatHeading(): string {
  const columns = formatColumns("identity", "response", "cached for", "login", "took");
  return `${INDENT}${paint("dim", columns)}\n${paint("dim", ` ${"─".repeat(WIDTH - 1)}`)}`;
}

/** Returns the lines of one case: image, identity, response, and the error line if there is one. */
export function formatResult(result: Result): string {
  const { title, image } = result.case;
  const ok = result.breaches.length === 0;
  const mark = ok ? paint("green", "✓") : paint("red", "✗");
  const gap = " ".repeat(Math.max(1, WIDTH - INDENT.length - image.length - title.length));
  return [
    ` ${mark}  ${paint("bold", image)}${gap}${paint("cyan", title)}`,
    INDENT +
      formatColumns(
        describeIdentity(result),
        describeResponse(result),
        formatCacheDuration(result),
        describeLoginCheck(result),
        formatTime(result),
      ),
    ...(result.stderr === "" ? [] : wrapWords(result.stderr).map((line) => INDENT + paint("yellow", line))),
    ...result.breaches.map((breach) => INDENT + paint(["red", "bold"], `not as promised: ${breach}`)),
    "",
  ].join("\n");
}

function formatColumns(
  identity: string,
  response: string,
  cached: string,
  login: string,
  took: string,
): string {
  return `${identity.padEnd(38)}${response.padEnd(25)}${cached.padEnd(13)}${login.padEnd(10)}${took.padStart(7)}`;
}

/** Describes the identity that the fake clouds saw. */
function describeIdentity({ requests, case: { on, identity } }: Result): string {
  if (identity !== undefined) return identity;
  if (requests.length === 0) return "none: no request was sent";
  const role = requests
    .map(({ path }) => /\/security-credentials\/([^/?]+)$/.exec(path)?.[1])
    .find((name) => name);
  if (role !== undefined) return `instance role ${role}`;
  return on === "google" ? "the instance's service account" : "the node's managed identity";
}

function describeResponse({ response, status }: Result): string {
  if (response === undefined) return `none, exit ${status}`;
  const [auth] = response.auth.values();
  if (auth === undefined) return "no login";
  return `${auth.username.length > 12 ? `${auth.username.slice(0, 11)}…` : auth.username} ${MASK}`;
}

function formatCacheDuration({ response }: Result): string {
  return response?.cacheDuration === undefined ? "–" : formatGoDuration(response.cacheDuration);
}

function describeLoginCheck({ login }: Result): string {
  if (login === undefined) return "–";
  return login.ok ? "accepted" : `refused ${login.status}`;
}

function formatTime({ took }: Result): string {
  return `${Math.round(took)} ms`;
}

/** Returns the request and the response of a case as they were sent, with the password masked. */
export function formatWire({ request, stdout, response }: Result): string {
  const [auth] = response?.auth.values() ?? [];
  const masked = auth === undefined ? stdout : stdout.replace(auth.password, MASK);
  return [...formatLabelled("stdin ", request), ...formatLabelled("stdout", masked)].join("\n");
}

/** Returns JSON in lines that break after commas. */
function formatLabelled(label: string, json: string): readonly string[] {
  const lines = joinWithinWidth(json.split(/(?<=,)/), "", WIDTH - INDENT.length - label.length - 2);
  return lines.map(
    (line, i) =>
      `${INDENT}${i === 0 ? paint("cyan", label) : " ".repeat(label.length)}  ${paint("dim", line)}`,
  );
}

function wrapWords(text: string): readonly string[] {
  return joinWithinWidth(text.split(" "), " ", WIDTH - INDENT.length);
}

/** Joins parts into lines, as many per line as fit. */
function joinWithinWidth(parts: readonly string[], between: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const longer = `${lines.at(-1)}${between}${part}`;
    if (lines.length > 0 && longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines;
}

export function formatVerdictLine(good: number, all: number, seconds: number): string {
  const text = `${good} of ${all} as promised, in ${seconds.toFixed(1)} s.`;
  return paint(good === all ? ["green", "bold"] : ["red", "bold"], text);
}
