/**
 * Loaded before the built script. Reports on descriptor 3 every name that is looked up, every address that is connected to and
 * every host that is requested from a proxy, and blocks all traffic outside loopback. After the first blocked attempt, timers
 * run 50 times as fast, so that retries cost little.
 */
const { writeSync } = require("node:fs");
const dns = require("node:dns");
const net = require("node:net");

const SPEED = 50;
/** Milliseconds; timers from this length on, such as the run's own deadline, are not accelerated. */
const DEADLINE = 30_000;

const tell = (what, name) => writeSync(3, `${what} ${JSON.stringify(name)}\n`);
const isLoopback = (name) => /^(127\.|::1$|localhost$)/.test(name);

let isFast = false;
function hurry() {
  if (isFast) return;
  isFast = true;
  const { uptime } = process;
  const began = uptime.call(process);
  process.uptime = () => began + (uptime.call(process) - began) * SPEED;
  const { setTimeout: wait } = globalThis;
  globalThis.setTimeout = (action, time = 0, ...rest) =>
    wait(action, time < DEADLINE ? time / SPEED : time, ...rest);
}

const { lookup } = dns;
dns.lookup = (name, options, callback) => {
  tell("lookup", name);
  const done = callback ?? options;
  if (isLoopback(name)) return lookup(name, options, callback);
  hurry();
  process.nextTick(done, Object.assign(new Error("no such name"), { code: "ENOTFOUND" }));
};

const { write } = net.Socket.prototype;
net.Socket.prototype.write = function (...args) {
  const [, target] = /^CONNECT (\S+)/.exec(String(args[0])) ?? [];
  if (target !== undefined) tell("CONNECT", target);
  return write.apply(this, args);
};

const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (...args) {
  const [first] = args;
  const { host = "localhost" } = (Array.isArray(first) ? first[0] : first) ?? {};
  tell("connect", host);
  if (net.isIP(host) === 0 || isLoopback(host)) return connect.apply(this, args);
  hurry();
  process.nextTick(() => this.destroy(Object.assign(new Error("no way out"), { code: "ECONNREFUSED" })));
  return this;
};
