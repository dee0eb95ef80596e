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

/** The kubelet writes at once; a person's pipeline may take a moment. */
const STDIN_TIMEOUT = 10 * SECOND;

/** What is known of the run should it fail: the image's host, and the step that is being done. */
const run: { host: string | undefined; step: string; notes: Set<string>; failing: boolean } = {
  host: undefined,
  step: "",
  notes: new Set(),
  failing: false,
};

async function main(): Promise<void> {
  silence();
  const command = parseArguments(process.argv.slice(2));
  if (command.kind === "help") return end(0, (await import("./cli/usage.ts")).renderHelp());
  if (command.kind === "version") return end(0, `registry-credential-provider ${VERSION}\n`);
  const { env, variables } = takeEnvironment();
  excludeFromCoreDumps();
  if (command.kind === "provide" && (await isTerminal(0)))
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
    // Whoever only looks leaves nothing behind.
    command.kind === "provide" || command.action === "warm" ? configCache : NO_CONFIG_CACHE,
  );
  const setting = { options: command.settings, registries, readPolicy };
  if (command.kind === "cache") {
    const { runCommand } = await import("./cli/run-command.ts");
    const { status, stdout, stderr } = await runCommand(command, setting, world);
    return end(status, stdout, await asLine([stderr, ...redactNotes()].filter(Boolean).join("; ")));
  }
  const stdin = await readStdin(MAX_REQUEST_BYTES, STDIN_TIMEOUT);
  const answer = await provide(stdin, setting, world, (host) => {
    run.host = host;
  });
  end(0, answer, await asLine(redactNotes().join("; ")));
}

/** Nothing but `end` may write: libraries print to the console, and Node prints warnings. */
function silence(): void {
  for (const name of ["log", "info", "debug", "warn", "error", "trace", "dir"] as const)
    console[name] = () => {};
  process.removeAllListeners("warning");
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
}

/** Variables under which Node itself prints requests with their headers, or trusts any certificate. */
const UNSAFE = ["NODE_DEBUG", "NODE_DEBUG_NATIVE", "NODE_V8_COVERAGE"];

/** What the process itself is left with, for code that is not ours. */
const FOR_LIBRARIES = {
  // The C library: a look-up that hangs cannot be given up, and a process waits for it at its end. So it lasts 2 s for
  // each name server, not 15.
  RES_OPTIONS: "timeout:1 attempts:2",
  // The AWS SDK reads the shared files of whoever runs it, for endpoints too. What they say is read by clouds/aws/profile.
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  // OpenSSL's own list of authorities is empty: a connection that passes no list trusts no authority.
  SSL_CERT_FILE: "/dev/null",
  SSL_CERT_DIR: "/dev/null",
  // The AWS SDK looks up a home directory even so. Without HOME, Node.js asks the C library, which fails for a user without a
  // passwd entry.
  HOME: "/nonexistent",
} as const;

/** The names that are honoured; the process keeps only what a library must read itself. Throws `environment-unsafe`, `environment-unknown`. */
function takeEnvironment(): { readonly env: Environment; readonly variables: Variables } {
  const unsafe = UNSAFE.find((name) => process.env[name]);
  if (unsafe !== undefined) throw new ProviderError("environment-unsafe", { detail: unsafe });
  if (process.env["NODE_TLS_REJECT_UNAUTHORIZED"] === "0") {
    throw new ProviderError("environment-unsafe", { detail: "NODE_TLS_REJECT_UNAUTHORIZED=0" });
  }
  // Node.js has removed the variable itself, and reads messages from the descriptor that it names.
  if (process.send !== undefined)
    throw new ProviderError("environment-unsafe", { detail: "NODE_CHANNEL_FD" });
  const kept: Record<string, string> = {};
  const variables = new Map<string, string>();
  for (const [name, value = ""] of Object.entries(process.env)) {
    if (isEnvironmentName(name)) {
      kept[name] = value;
      if (holdsSecret(name)) registerSecret(value);
    } else if (hasOwnPrefix(name)) {
      throw new ProviderError("environment-unknown", { detail: showValue("word", name) });
    }
    variables.set(name, value);
    if (!READ_BY_LIBRARIES.has(name)) delete process.env[name];
  }
  Object.assign(process.env, FOR_LIBRARIES);
  return { env: Object.freeze(kept), variables };
}

/** Once: a failure of saying so ends the run, lest it come back here. */
async function fail(thrown: unknown): Promise<void> {
  if (run.failing) exitProcess(1);
  run.failing = true;
  const error = ensureProviderError(thrown);
  const told = [formatErrorLine(error, run.host, redactSecrets), ...redactNotes()].join("; ");
  end(getExitStatus(error), "", await asLine(told.slice(0, MAX_LINE)));
}

/** Returns the notes, redacted only now because a secret may be registered after a note that holds it. */
function redactNotes(): readonly string[] {
  return [...run.notes].map((line) => redactSecrets(sanitizeLine(line)));
}

/** The kubelet's log shows a line feed as two lines more; a person's terminal wants one. */
async function asLine(text: string): Promise<string> {
  return text !== "" && (await isTerminal(2)) ? `${text}\n` : text;
}

/** The only place that writes. An answer that cannot be written whole is a failure; a line that cannot is lost. */
function end(status: number, stdout: string, stderr = ""): never {
  const failure = failureToWrite(1, stdout);
  failureToWrite(2, failure === undefined ? stderr : formatErrorLine(failure, run.host, redactSecrets));
  exitProcess(failure === undefined ? status : 1);
}

/** Returned, since thrown it would come back here for ever where nobody reads stderr either. */
function failureToWrite(descriptor: 1 | 2, text: string): ProviderError | undefined {
  try {
    writeAll(descriptor, text);
    return undefined;
  } catch (error) {
    return ensureProviderError(error);
  }
}

exitIfReplaced();
main().catch(fail);
