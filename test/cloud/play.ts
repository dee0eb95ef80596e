/** Answers one request, as the service would or as the faults have it. */
import type { ServerResponse } from "node:http";
import { type Answer, type Asked, type Service, text } from "./exchange.ts";
import type { Fault } from "./faults.ts";
import { cut } from "./front.ts";

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

/** `answered` learns the status that went out; it is not called where none did. */
export function play(scene: Scene, answered: (status: number) => void): void {
  const { faults, response } = scene;
  if (faults.some((fault) => fault.kind === "refuse")) cut(response.socket);
  if (faults.some((fault) => fault.kind === "hang" || fault.kind === "refuse")) return;
  const answer = compose(scene);
  const send = () => {
    if (response.destroyed) return;
    answered(answer.status);
    deliver(answer, scene);
  };
  const wait = faults.reduce((sum, fault) => sum + (fault.kind === "delay" ? fault.ms : 0), 0);
  if (wait > 0) setTimeout(send, wait).unref();
  else send();
}

function compose(scene: Scene): Answer {
  const [instead] = scene.faults.flatMap((fault) => replacement(fault, scene));
  if (instead !== undefined) return instead;
  return scene.faults.reduce(distort, scene.service.answer(scene.asked));
}

/** Faults that need no right answer. */
function replacement(fault: Fault, scene: Scene): Answer[] {
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
      return [text(fault.status, "", { location: fault.to ?? scene.attacker })];
    case "html":
      return [text(200, PORTAL, { "content-type": "text/html" })];
    default:
      return [];
  }
}

/** Faults that spoil a right answer. */
function distort(answer: Answer, fault: Fault): Answer {
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

function deliver(answer: Answer, scene: Scene): void {
  const { response, asked, faults } = scene;
  response.writeHead(answer.status, { date: new Date(asked.now).toUTCString(), ...answer.headers });
  const manner = faults.find((fault) => MANNERS.has(fault.kind));
  if (manner?.kind === "drip") drip(response, Buffer.from(answer.body), manner.every ?? 1000);
  else if (manner?.kind === "endless") flood(response, manner.bytes ?? Number.POSITIVE_INFINITY);
  else if (manner?.kind === "reset" || manner?.kind === "truncated") half(answer, response, manner.kind);
  else response.end(answer.body);
}

const MANNERS: ReadonlySet<string> = new Set(["drip", "endless", "reset", "truncated"]);

function drip(response: ServerResponse, body: Uint8Array, every: number): void {
  let sent = 0;
  response.flushHeaders();
  const timer = setInterval(() => {
    if (sent >= body.length) response.end();
    else response.write(body.subarray(sent, sent + 1));
    sent += 1;
  }, every);
  response.once("close", () => clearInterval(timer));
}

function flood(response: ServerResponse, bytes: number): void {
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

/** Chunked, so that the end is missing whether it is cut or reset. */
function half(answer: Answer, response: ServerResponse, how: "reset" | "truncated"): void {
  response.write(answer.body.slice(0, Math.ceil(answer.body.length / 2)), () => {
    if (how === "truncated") response.socket?.end();
    else setTimeout(() => cut(response.socket), 20).unref();
  });
}
