import { configCache } from "./cache/config-cache.ts";
import { parseArguments } from "./cli/arguments.ts";
import { createPolicyReader, NO_CONFIG_CACHE } from "./config/load.ts";
import { hasOwnPrefix, holdsSecret, isEnvironmentName, READ_BY_LIBRARIES } from "./core/environment.ts";
import { redactSecrets, registerSecret } from "./core/secret.ts";
import { RUN_TIMEOUT, SECOND } from "./core/time.ts";
import { VERSION } from "./core/version.ts";
import type { Environment } from "./core/world.ts";
import { formatErrorLine, MAX_LINE, sanitizeLine } from "./errors/error-line.ts";
import { ensureProviderError, getExitStatus, ProviderError } from "./errors/provider-error.ts";
import { showValue } from "./errors/show-value.ts";
import { MAX_REQUEST_BYTES } from "./protocol/request.ts";
import { provide } from "./provide.ts";
import { SupportedRegistries } from "./registries/index.ts";
import { toKnownRegistries } from "./registries/resolve-target.ts";
import { elapsed } from "./system/clock.ts";
import { exitIfReplaced, exitProcess } from "./system/exit-process.ts";
import { createRealWorld, excludeFromCoreDumps, type Variables } from "./system/real-world.ts";
import { isTerminal, readStdin, writeAll } from "./system/stdio.ts";

/** The kubelet writes its request at once; a shell pipeline may take a moment. */
const STDIN_TIMEOUT = 10 * SECOND;

/** The state of the run that an error reports. */
const run: RunState = { host: undefined, step: "", notes: new Set(), isFailing: false };

interface RunState {
  /** The image's host, if its registry is supported. */
  host: string | undefined;
  /** The current step, for the deadline's error. */
  step: string;
  readonly notes: Set<string>;
  isFailing: boolean;
}

async function main(): Promise<void> {
  silence();
  const parsed = parseArguments(process.argv.slice(2));
  if (parsed.kind === "help") return end(0, (await import("./cli/usage.ts")).renderHelp());
  if (parsed.kind === "version") return end(0, `registry-credential-provider ${VERSION}\n`);
  const { env, variables } = takeEnvironment();
  excludeFromCoreDumps();
  if (parsed.kind === "provide" && (await isTerminal(0)))
    return end(2, "", `${(await import("./cli/usage.ts")).SHORT_USAGE}\n`);
  setTimeout(
    () => fail(new ProviderError("deadline-exceeded", { detail: run.step })),
    RUN_TIMEOUT - elapsed(),
  );
  const world = createRealWorld(env, variables, {
    setStep: (step) => {
      run.step = step;
    },
    note: (line) => run.notes.add(line),
  });
  const registries = new SupportedRegistries(world);
  const readPolicy = createPolicyReader(
    async () => toKnownRegistries(await registries.listFamilies()),
    // Read-only commands do not write the configuration cache.
    parsed.kind === "provide" || !parsed.command.isReadOnly ? configCache : NO_CONFIG_CACHE,
  );
  const setup = { options: parsed.options, registries, readPolicy };
  if (parsed.kind === "command") {
    const { status, stdout, stderr } = await parsed.command.run(parsed.images, setup, world);
    return end(
      status,
      stdout,
      await withNewlineOnTerminal([stderr, ...redactNotes()].filter(Boolean).join("; ")),
    );
  }
  const stdin = await readStdin(MAX_REQUEST_BYTES, STDIN_TIMEOUT);
  const response = await provide(stdin, setup, world, (host) => {
    run.host = host;
  });
  end(0, response, await withNewlineOnTerminal(redactNotes().join("; ")));
}

/** Silences libraries, which print to the console, and Node, which prints warnings: only `end` writes. */
function silence(): void {
  for (const name of ["log", "info", "debug", "warn", "error", "trace", "dir"] as const)
    console[name] = () => {};
  process.removeAllListeners("warning");
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
}

/** Variables that make Node print requests with their headers, or write files. */
const UNSAFE_VARIABLES = ["NODE_DEBUG", "NODE_DEBUG_NATIVE", "NODE_V8_COVERAGE"];

/** The environment of the process, for libraries. */
const LIBRARY_ENVIRONMENT = {
  // The C library cannot cancel a DNS look-up, and the process waits for it at its exit: 2 s per name server instead of 15.
  RES_OPTIONS: "timeout:1 attempts:2",
  // The AWS SDK reads the shared files, also for endpoints. This program reads them itself, in clouds/aws/profile.ts.
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  // Empties OpenSSL's default list of certificate authorities: a connection without a list of its own trusts none.
  SSL_CERT_FILE: "/dev/null",
  SSL_CERT_DIR: "/dev/null",
  // The AWS SDK looks up a home directory all the same. Without HOME, Node.js asks the C library, which fails for a user without
  // a passwd entry.
  HOME: "/nonexistent",
} as const;

/**
 * Returns the supported variables, and removes from the process all variables except those that libraries must read.
 *
 * @throws ProviderError `environment-unsafe`, `environment-unknown`
 */
function takeEnvironment(): { readonly env: Environment; readonly variables: Variables } {
  const unsafe = UNSAFE_VARIABLES.find((name) => process.env[name]);
  if (unsafe !== undefined) throw new ProviderError("environment-unsafe", { detail: unsafe });
  if (process.env["NODE_TLS_REJECT_UNAUTHORIZED"] === "0") {
    throw new ProviderError("environment-unsafe", { detail: "NODE_TLS_REJECT_UNAUTHORIZED=0" });
  }
  // Node.js has removed NODE_CHANNEL_FD from the environment, and reads messages from that descriptor.
  if (process.send !== undefined)
    throw new ProviderError("environment-unsafe", { detail: "NODE_CHANNEL_FD" });
  const supported: Record<string, string> = {};
  const variables = new Map<string, string>();
  for (const [name, value = ""] of Object.entries(process.env)) {
    if (isEnvironmentName(name)) {
      supported[name] = value;
      if (holdsSecret(name)) registerSecret(value);
    } else if (hasOwnPrefix(name)) {
      throw new ProviderError("environment-unknown", { detail: showValue("word", name) });
    }
    variables.set(name, value);
    if (!READ_BY_LIBRARIES.has(name)) delete process.env[name];
  }
  Object.assign(process.env, LIBRARY_ENVIRONMENT);
  return { env: Object.freeze(supported), variables };
}

/** Reports the error and exits. A second failure, of the report itself, exits without a report. */
async function fail(thrown: unknown): Promise<void> {
  if (run.isFailing) exitProcess(1);
  run.isFailing = true;
  const error = ensureProviderError(thrown);
  const lines = [formatErrorLine(error, run.host, redactSecrets), ...redactNotes()].join("; ");
  end(getExitStatus(error), "", await withNewlineOnTerminal(lines.slice(0, MAX_LINE)));
}

/** Returns the notes, redacted only now because a secret may be registered after a note that holds it. */
function redactNotes(): readonly string[] {
  return [...run.notes].map((line) => redactSecrets(sanitizeLine(line)));
}

/** A terminal needs a line feed at the end; the kubelet's log would show it as two more lines. */
async function withNewlineOnTerminal(text: string): Promise<string> {
  return text !== "" && (await isTerminal(2)) ? `${text}\n` : text;
}

/** Writes the output and exits. Exits with 1 if stdout cannot be written completely; a failed write to stderr is ignored. */
function end(status: number, stdout: string, stderr = ""): never {
  const failure = tryWrite(1, stdout);
  tryWrite(2, failure === undefined ? stderr : formatErrorLine(failure, run.host, redactSecrets));
  exitProcess(failure === undefined ? status : 1);
}

/** Returns the error: thrown, it would be reported through this function again. */
function tryWrite(descriptor: 1 | 2, text: string): ProviderError | undefined {
  try {
    writeAll(descriptor, text);
    return undefined;
  } catch (error) {
    return ensureProviderError(error);
  }
}

exitIfReplaced();
main().catch(fail);
