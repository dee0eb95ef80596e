/** Starts the built executable with only the environment that a test passes. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { EXECUTABLE } from "../support/executable.ts";

export { EXECUTABLE };
/** The script of the executable, which a test can run with probes in another Node.js. */
export const SCRIPT = `${EXECUTABLE}.cjs`;
/** Node.js with a preload that provides the assets of the script. */
export const NODE = [
  process.execPath,
  "--require",
  join(import.meta.dirname, "../../scripts/build/assets-from-folder.cjs"),
] as const;

export interface Start {
  readonly command?: readonly [string, ...string[]];
  readonly args?: readonly string[];
  /** The whole environment; default: empty. */
  readonly env?: Readonly<Record<string, string>>;
  /** A number is passed on as the descriptor; undefined leaves stdin open without data. */
  readonly stdin?: string | number | undefined;
  readonly cwd?: string;
  readonly uid?: number;
}

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export function requestFor(image: string): string {
  const apiVersion = "credentialprovider.kubelet.k8s.io/v1";
  return JSON.stringify({ kind: "CredentialProviderRequest", apiVersion, image });
}

/** An image of an unsupported registry, and its response. */
export const UNSUPPORTED_REQUEST = requestFor("docker.io/library/busybox");
export const NO_LOGIN =
  '{"kind":"CredentialProviderResponse","apiVersion":"credentialprovider.kubelet.k8s.io/v1","cacheKeyType":"Registry","cacheDuration":"0s","auth":{}}\n';

export function start({
  command = [EXECUTABLE],
  args = [],
  env = {},
  stdin,
  cwd = "/",
  uid,
}: Start): Started {
  const [program, ...first] = command;
  const child = spawn(program, [...first, ...args], {
    env,
    cwd,
    stdio: [typeof stdin === "number" ? stdin : "pipe", "pipe", "pipe"],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  child.stdin?.on("error", () => {}); // A run that refuses to start does not read stdin.
  if (typeof stdin === "string") child.stdin?.end(stdin);
  const ended = new Promise<Ended>((resolve, reject) => {
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (text) => (stdout += String(text)));
    child.stderr?.setEncoding("utf8").on("data", (text) => (stderr += String(text)));
    child.once("error", reject);
    child.once("close", (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
  return { child, ended };
}

export function run(options: Start = {}): Promise<Ended> {
  return start({ stdin: UNSUPPORTED_REQUEST, ...options }).ended;
}
