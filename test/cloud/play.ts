/** Answers a request with the service's response, changed by the faults. */
import type { ServerResponse } from "node:http";
import { type Answer, type Asked, answerText, type Service } from "./exchange.ts";
import type { Fault } from "./faults.ts";
import { resetConnection } from "./front.ts";

const PORTAL = "<!doctype html><html><head><title>Sign in</title></head><body>Please sign in.</body></html>";
const CHUNK = Buffer.alloc(65_536, 0x20);

export interface Scene {
  readonly faults: readonly Fault[];
  readonly service: Service;
  readonly asked: Asked;
  readonly response: ServerResponse;
  /** The target of a redirect. */
  readonly attacker: string;
}

/** Calls `answered` with the status that was sent, if any. */
export function respond(scene: Scene, answered: (status: number) => void): void {
  const { faults, response } = scene;
  if (faults.some((fault) => fault.kind === "refuse")) resetConnection(response.socket);
  if (faults.some((fault) => fault.kind === "hang" || fault.kind === "refuse")) return;
  const answer = composeAnswer(scene);
  const send = () => {
    if (response.destroyed) return;
    answered(answer.status);
    sendAnswer(answer, scene);
  };
  const wait = faults.reduce((sum, fault) => sum + (fault.kind === "delay" ? fault.ms : 0), 0);
  if (wait > 0) setTimeout(send, wait).unref();
  else send();
}

function composeAnswer(scene: Scene): Answer {
  const [instead] = scene.faults.flatMap((fault) => replaceAnswer(fault, scene));
  if (instead !== undefined) return instead;
  return scene.faults.reduce(distortAnswer, scene.service.answer(scene.asked));
}

/** Applies the faults that replace the response. */
function replaceAnswer(fault: Fault, scene: Scene): Answer[] {
  switch (fault.kind) {
    case "status": {
      const usual = scene.service.failure(fault.status);
      return [
        {
          status: fault.status,
          headers: { ...usual.headers, ...fault.headers },
          body: fault.body ?? usual.body,
        },
      ];
    }
    case "redirect":
      return [answerText(fault.status, "", { location: fault.to ?? scene.attacker })];
    case "html":
      return [answerText(200, PORTAL, { "content-type": "text/html" })];
    default:
      return [];
  }
}

/** Applies the faults that change the correct response. */
function distortAnswer(answer: Answer, fault: Fault): Answer {
  switch (fault.kind) {
    case "broken-json":
      return { ...answer, body: `${answer.body.slice(0, -1)},,` };
    case "empty":
      return { ...answer, body: "" };
    case "content-type":
      return { ...answer, headers: { ...answer.headers, "content-type": fault.type } };
    case "change":
      return { ...answer, body: fault.change(answer.body) };
    default:
      return answer;
  }
}

function sendAnswer(answer: Answer, scene: Scene): void {
  const { response, asked, faults } = scene;
  response.writeHead(answer.status, { date: new Date(asked.now).toUTCString(), ...answer.headers });
  const manner = faults.find((fault) => MANNERS.has(fault.kind));
  if (manner?.kind === "drip") sendSlowly(response, Buffer.from(answer.body), manner.every ?? 1000);
  else if (manner?.kind === "endless") sendEndlessly(response, manner.bytes ?? Number.POSITIVE_INFINITY);
  else if (manner?.kind === "reset" || manner?.kind === "truncated") sendHalf(answer, response, manner.kind);
  else response.end(answer.body);
}

const MANNERS: ReadonlySet<string> = new Set(["drip", "endless", "reset", "truncated"]);

function sendSlowly(response: ServerResponse, body: Uint8Array, every: number): void {
  let sent = 0;
  response.flushHeaders();
  const timer = setInterval(() => {
    if (sent >= body.length) response.end();
    else response.write(body.subarray(sent, sent + 1));
    sent += 1;
  }, every);
  response.once("close", () => clearInterval(timer));
}

function sendEndlessly(response: ServerResponse, bytes: number): void {
  let left = bytes;
  const pour = () => {
    while (left > 0 && !response.destroyed) {
      const piece = CHUNK.subarray(0, Math.min(left, CHUNK.length));
      left -= piece.length;
      if (!response.write(piece)) return void response.once("drain", pour);
    }
    response.end();
  };
  pour();
}

/** Sends a chunked body, so that its end is missing after a close and after a reset. */
function sendHalf(answer: Answer, response: ServerResponse, how: "reset" | "truncated"): void {
  response.write(answer.body.slice(0, Math.ceil(answer.body.length / 2)), () => {
    if (how === "truncated") response.socket?.end();
    else setTimeout(() => resetConnection(response.socket), 20).unref();
  });
}
