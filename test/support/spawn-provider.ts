import { type ChildProcess, spawn } from "node:child_process";
import { encodeRequest } from "../kubelet/encode-request.ts";
import { EXECUTABLE } from "./executable.ts";

/** A request for an image of an unsupported registry: answered at once, without a network. */
export const FOREIGN_REQUEST = encodeRequest({
  apiVersion: "credentialprovider.kubelet.k8s.io/v1",
  image: "docker.io/library/busybox",
});

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the executable for a test that uses its pipes differently from the kubelet. */
export async function spawnProvider(
  misbehave: (child: ChildProcess) => void,
  args: readonly string[] = [],
): Promise<Ended> {
  const child = spawn(EXECUTABLE, args, { stdio: ["pipe", "pipe", "pipe"], env: {} });
  child.stdin?.on("error", () => {});
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  misbehave(child);
  const [status, signal] = await new Promise<readonly [number | null, NodeJS.Signals | null]>((resolve) =>
    child.once("exit", (...ending) => resolve(ending)),
  );
  child.stdin?.destroy();
  return { status, signal, stdout: await stdout, stderr: await stderr };
}

/** Collects the output until one side closes the stream. */
function collect(stream: NodeJS.ReadableStream | null): Promise<string> {
  const chunks: string[] = [];
  stream?.setEncoding("utf8");
  stream?.on("data", (chunk: string) => chunks.push(chunk));
  return new Promise((resolve) => stream?.once("close", () => resolve(chunks.join(""))));
}
