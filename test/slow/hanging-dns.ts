/**
 * Runs in its own network and mount namespace: a DNS server on 127.0.0.1:53 that responds over UDP with "truncated" and never
 * responds over TCP. The C library waits longer for it than the kubelet waits for the provider.
 * Prints the result of the executable as JSON. Arguments: the executable, and a shell command that runs with its path as `$0`
 * once the query has arrived.
 */
import { spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { requestFor } from "../executable/start.ts";

const [executable = "", command = ""] = process.argv.slice(2);

const TRUNCATED_ANSWER = 0x8380;

const udp = createSocket("udp4");
udp.on("message", (question, { port, address }) => {
  const answer = Buffer.from(question);
  answer.writeUInt16BE(TRUNCATED_ANSWER, 2);
  udp.send(answer, port, address);
});
udp.bind(53, "127.0.0.1");
await once(udp, "listening");
const tcp = createServer();
tcp.once("connection", () => spawnSync("sh", ["-c", command, executable]));
tcp.listen(53, "127.0.0.1");
await once(tcp, "listening");

const env = {
  AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "secret",
  REGISTRY_CREDENTIAL_PROVIDER_CACHE: "off",
};
const child = spawn(executable, [], { env, cwd: "/", timeout: 55_000, killSignal: "SIGKILL" });
let stderr = "";
child.stderr.setEncoding("utf8").on("data", (text) => {
  stderr += String(text);
});
child.stdin.end(requestFor("123456789012.dkr.ecr.us-east-1.amazonaws.com/app"));
const [status, signal] = await once(child, "close");
process.stdout.write(JSON.stringify({ status, signal, stderr }));
process.exit(0);
