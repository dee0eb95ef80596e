import { createServer, type Socket } from "node:net";
import { after, test } from "node:test";
import { playAll } from "../transcripts/scene.ts";
import { buildSlowFailures } from "./failures.ts";

const sockets: Socket[] = [];
const silent = createServer((socket) => void sockets.push(socket.on("error", () => {})));
await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
const address = silent.address();
const port = typeof address === "object" && address !== null ? address.port : 0;

after(() => {
  for (const socket of sockets) socket.destroy();
  silent.close();
});

test("slow transcripts", { concurrency: 12 }, (context) =>
  playAll(context, buildSlowFailures(`127.0.0.1:${port}`)),
);
