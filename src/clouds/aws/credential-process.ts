import { SECOND } from "../../core/time.ts";
import type { World } from "../../core/world.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import { showValue } from "../../errors/show-value.ts";
import { parseJsonObject } from "../../formats/json.ts";
import { type AwsCredentials, parseCredentials } from "./credentials.ts";

const TIMEOUT = 15 * SECOND;

/** `./keys` or `~/bin/keys`. A name without a slash is not a path: it is looked up in PATH. */
const RELATIVE_PATH = /^[^/]+\//;
const RELATIVE_HINT =
  "write the program's absolute path: it runs in / and without a shell, which would expand ~";
const QUOTES_HINT = "put quotes around single words of credential_process, not around the whole command line";

/**
 * Runs a program and parses the credentials that it prints (AWS SDKs Reference Guide, "Process credential provider"). It runs
 * without a shell, which minimal node systems do not have and which would interpret special characters.
 *
 * @throws ProviderError `aws-process-failed`, which never quotes the program's output
 */
export async function runCredentialProcess(
  command: string,
  source: string,
  world: World,
): Promise<AwsCredentials> {
  const argv = splitCommand(command);
  const [program] = argv ?? [];
  const refuse = (problem: string, hint?: string) =>
    new ProviderError("aws-process-failed", { detail: `credential_process of ${source}: ${problem}`, hint });
  if (!argv || !program) throw refuse("its quotes do not match");
  // A blank in the program's name shows that the quotes enclose more than one word.
  const hint = /\s/.test(program) ? QUOTES_HINT : undefined;
  const failed = (problem: string) => refuse(`${showValue("program", program)} ${problem}`, hint);
  if (RELATIVE_PATH.test(program)) throw refuse("the program's path is relative", hint ?? RELATIVE_HINT);
  world.setStep(`running ${showValue("program", program)}`);
  const result = await world.run(argv, TIMEOUT);
  if ("problem" in result) throw failed(result.problem);
  const { status, stdout } = result;
  if (status !== 0) throw failed(`exited with ${status}`);
  if (parseJsonObject(stdout)?.["Version"] !== 1) throw failed("printed no JSON with Version 1");
  try {
    return parseCredentials(stdout, source, {}, "SessionToken");
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    throw failed(`printed ${error.facts.detail}`);
  }
}

const WORD = /(?:[^\s"'\\\0]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/gs;

/**
 * Splits a command line at blanks. Quotes `"…"` and `'…'` group words; a backslash escapes the next character, except in `'…'`.
 *
 * @returns undefined if a quote is not closed
 */
export function splitCommand(command: string): string[] | undefined {
  if (command.replace(WORD, "").trim() !== "") return undefined;
  return command
    .match(WORD)
    ?.map((word) =>
      word.replace(
        /\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/gs,
        (_, plain?: string, double?: string, single?: string) =>
          plain ?? double?.replace(/\\(.)/gs, "$1") ?? single ?? "",
      ),
    );
}
