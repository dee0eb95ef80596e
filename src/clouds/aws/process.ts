import { ProviderError } from "../../errors.ts";
import { tryParse } from "../../json.ts";
import { showValue } from "../../show-value.ts";
import { SECOND } from "../../time.ts";
import type { World } from "../../world.ts";
import { type AwsCredentials, parseCredentials } from "./credentials.ts";

const TIMEOUT = 15 * SECOND;

/**
 * Credentials that a program prints (AWS SDKs Reference Guide, "Process credential provider"). Run by its argument
 * list and without a shell, which minimal node systems do not have and hostile text would like.
 *
 * @throws ProviderError `aws-process-failed`; what the program printed is never quoted
 */
export async function processCredentials(
  command: string,
  source: string,
  world: World,
): Promise<AwsCredentials> {
  const argv = splitCommand(command);
  if (!argv?.[0])
    throw new ProviderError("aws-process-failed", { detail: `${source}: its quotes do not match` });
  world.doing(`running ${showValue("program", argv[0])}`);
  const { status, stdout } = await world.run(argv, TIMEOUT);
  if (status !== 0) throw failed(argv, describe(status));
  if (tryParse(stdout)?.["Version"] !== 1) throw failed(argv, "printed no Version 1");
  try {
    return parseCredentials(stdout, source, {}, "SessionToken");
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    throw failed(argv, `printed ${error.facts.detail}`);
  }
}

function failed([program = ""]: readonly string[], how: string): ProviderError {
  return new ProviderError("aws-process-failed", {
    detail: `${showValue("program", program)} ${how}`,
    hint: hintAboutQuotes(program),
  });
}

/** A blank in the program's name shows that the quotes enclose more than one word. */
function hintAboutQuotes(program: string): string | undefined {
  return /\s/.test(program)
    ? "put quotes around single words of credential_process, not around the whole command line"
    : undefined;
}

function describe(status: number | undefined): string {
  return status === undefined ? "could not be run or did not end in time" : `exited with ${status}`;
}

const WORD = /(?:[^\s"'\\\0]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/gs;

/**
 * Words parted by blanks; `"…"` and `'…'` hold blanks, `\` keeps the next character outside of `'…'`.
 *
 * @returns undefined where a quote has no end: half of a command is not run
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
