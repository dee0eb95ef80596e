import assert from "node:assert/strict";
import { test } from "node:test";
import type { Environment } from "../../src/core/world.ts";
import { findProxy } from "../../src/egress/proxy.ts";
import { thrown } from "../support/world.ts";

const PROXY = "http://proxy.example:3128";

function isDirect(url: string, NO_PROXY: string): boolean {
  return findProxy(new URL(url), { HTTPS_PROXY: PROXY, NO_PROXY }) === undefined;
}

type Row = readonly [rule: string, url: string, direct: boolean];
const NAMES: readonly Row[] = [
  ["", "https://a.example/", false],
  [",, ,", "https://a.example/", false],
  ["*", "https://a.example/", true],
  ["a.example", "https://a.example/", true],
  ["a.example", "https://b.a.example/", true],
  ["a.example", "https://c.b.a.example/", true],
  ["A.Example", "https://a.example/", true],
  ["a.example", "https://A.EXAMPLE/", true],
  [" a.example ", "https://a.example/", true],
  ["x.example, a.example", "https://a.example/", true],
  [".a.example", "https://b.a.example/", true],
  [".a.example", "https://a.example/", false],
  ["*.a.example", "https://b.a.example/", true],
  ["*.a.example", "https://a.example/", false],
  // Similar names of other owners.
  ["a.example", "https://evila.example/", false],
  ["a.example", "https://xa.example/", false],
  ["a.example", "https://a.example.evil.example/", false],
  ["a.example", "https://a-example/", false],
  ["a.example", "https://axexample/", false],
  [".a.example", "https://xa.example/", false],
  ["*.a.example", "https://xa.example/", false],
  ["amazonaws.com", "https://api.ecr.us-east-1.amazonaws.com/", true],
  ["amazonaws.com", "https://api.ecr.cn-north-1.amazonaws.com.cn/", false],
  ["example", "https://a.example/", true],
  ["a.*.example", "https://a.b.example/", false],
  ["*a.example", "https://a.example/", false],
];
const PORTS: readonly Row[] = [
  ["a.example:443", "https://a.example/", true],
  ["a.example:443", "https://b.a.example/", true],
  ["a.example:8443", "https://a.example/", false],
  ["a.example:8443", "https://a.example:8443/", true],
  ["a.example", "https://a.example:8443/", true],
  ["a.example:", "https://a.example/", false],
  ["a.example:x", "https://a.example/", false],
  ["10.0.0.1:443", "https://10.0.0.1/", true],
  ["10.0.0.1:444", "https://10.0.0.1/", false],
  ["[fd00::1]:443", "https://[fd00::1]/", true],
  ["[fd00::1]:444", "https://[fd00::1]/", false],
];
const ADDRESSES: readonly Row[] = [
  ["10.0.0.1", "https://10.0.0.1/", true],
  ["10.0.0.1", "https://10.0.0.10/", false],
  ["10.0.0.1", "https://110.0.0.1/", false],
  ["0.0.1", "https://10.0.0.1/", false],
  [".0.0.1", "https://10.0.0.1/", false],
  ["10.0.0.0/8", "https://10.255.255.255/", true],
  ["10.0.0.0/8", "https://11.0.0.0/", false],
  ["10.1.2.3/8", "https://10.9.9.9/", true],
  ["10.0.0.0/31", "https://10.0.0.1/", true],
  ["10.0.0.0/31", "https://10.0.0.2/", false],
  ["10.0.0.0/32", "https://10.0.0.0/", true],
  ["0.0.0.0/0", "https://192.0.2.1/", true],
  ["0.0.0.0/0", "https://a.example/", false],
  ["10.0.0.0/33", "https://10.0.0.0/", false],
  ["10.0.0.0/-1", "https://10.0.0.0/", false],
  ["10.0.0.0/", "https://192.0.2.1/", false],
  ["10.0.0.0/x", "https://10.0.0.0/", false],
  ["10.0.0.0/8.5", "https://10.0.0.0/", false],
  ["10.0.0.0/8/8", "https://10.0.0.0/", false],
  ["fd00::1", "https://[fd00::1]/", true],
  ["[fd00::1]", "https://[fd00::1]/", true],
  ["FD00::1", "https://[fd00::1]/", true],
  ["fd00:0:0:0:0:0:0:1", "https://[fd00::1]/", true],
  ["fd00::1", "https://[fd00::11]/", false],
  ["fd00::/8", "https://[fdff::1]/", true],
  ["fd00::/8", "https://[fe00::1]/", false],
  ["::/0", "https://[2001:db8::1]/", true],
  ["::/0", "https://10.0.0.1/", false],
  ["fd00::/129", "https://[fd00::1]/", false],
  ["fd00::1", "https://fd00.example/", false],
  // The URL parser normalises this address to 127.0.0.1.
  ["127.0.0.1", "https://0x7f.1/", true],
];

for (const [rule, url, direct] of [...NAMES, ...PORTS, ...ADDRESSES])
  test(`NO_PROXY=${JSON.stringify(rule)}: ${url} is reached ${direct ? "directly" : "through the proxy"}`, () => {
    assert.equal(isDirect(url, rule), direct);
  });

const CHOICES: readonly (readonly [what: string, env: Environment, proxy: string | undefined])[] = [
  ["no variable", {}, undefined],
  ["upper case", { HTTPS_PROXY: PROXY }, `${PROXY}/`],
  ["lower case", { https_proxy: PROXY }, `${PROXY}/`],
  [
    "both cases: lower case takes precedence",
    { https_proxy: PROXY, HTTPS_PROXY: "http://other.example" },
    `${PROXY}/`,
  ],
  ["an empty variable in lower case counts as not set", { https_proxy: "", HTTPS_PROXY: PROXY }, `${PROXY}/`],
  ["no scheme", { HTTPS_PROXY: "proxy.example:3128" }, `${PROXY}/`],
  ["a scheme in upper case", { HTTPS_PROXY: "HTTP://proxy.example:3128" }, `${PROXY}/`],
  ["no port", { HTTPS_PROXY: "http://proxy.example" }, "http://proxy.example/"],
  ["localhost", { HTTPS_PROXY: "http://localhost" }, "http://localhost/"],
  ["an IPv6 address without a port", { HTTPS_PROXY: "http://[::1]" }, "http://[::1]/"],
  ["neither a scheme nor a port", { HTTPS_PROXY: "proxy.example" }, "http://proxy.example/"],
  ["a single word with a port", { HTTPS_PROXY: "proxy:3128" }, "http://proxy:3128/"],
  [
    "an underscore",
    { HTTPS_PROXY: "http://my_proxy.corp.example:3128" },
    "http://my_proxy.corp.example:3128/",
  ],
  ["a colon in the password", { HTTPS_PROXY: "http://u:p:w@proxy.example" }, "http://u:p%3Aw@proxy.example/"],
  ["an address", { HTTPS_PROXY: "http://[fd00::2]:3128" }, "http://[fd00::2]:3128/"],
  [
    "NO_PROXY small and empty: as if it were not there",
    { HTTPS_PROXY: PROXY, no_proxy: "", NO_PROXY: "*" },
    undefined,
  ],
  [
    "both NO_PROXY: the small one wins",
    { HTTPS_PROXY: PROXY, no_proxy: "x.example", NO_PROXY: "*" },
    `${PROXY}/`,
  ],
];
for (const [what, env, proxy] of CHOICES)
  test(`reads the proxy from the environment: ${what}`, () => {
    assert.equal(findProxy(new URL("https://a.example/"), env)?.href, proxy);
  });

test("keeps the user name and password of the proxy", () => {
  const proxy = findProxy(new URL("https://a.example/"), {
    HTTPS_PROXY: "http://us%40er:p%3Aw@proxy.example",
  });
  assert.deepEqual([proxy?.username, proxy?.password], ["us%40er", "p%3Aw"]);
});

test("never uses a proxy for plain HTTP", () => {
  assert.equal(findProxy(new URL("http://169.254.169.254/"), { HTTPS_PROXY: PROXY }), undefined);
});

const SCHEME = "its scheme is not http";
const UNENCODED = "a @, /, \\, ? or # in its user name or password is not percent-encoded";
const BAD_HOST = "its host is not a DNS name or an IP address";
const BAD_PORT = "its port is not a number from 1 to 65535";
const REST = "it has a path, a query or a fragment after the host and port";
const WORD = "its host is a single word without a port after it";
const UNUSABLE: readonly (readonly [wrong: string, problem: string])[] = [
  ["https://user:hunter2-canary@proxy.example", SCHEME],
  ["socks5://hunter2-canary.example", SCHEME],
  ["http://", BAD_HOST],
  ["http://[::", BAD_HOST],
  ["http://[::::]:1", BAD_HOST],
  ["http://a b", "it contains white space"],
  [
    "http://user:hunter2-canary%@proxy.example",
    "a % in its user name or password does not begin a percent-encoded character",
  ],
  // A URL parser would take the end of such a password for the host.
  ["http://svc-node:abc@hunter2-canary?x@proxy.example:3128", UNENCODED],
  ["http://svc-node:abc@hunter2-canary@proxy.example:3128", UNENCODED],
  ["http://svc-node:abc/hunter2-canary@proxy.example:3128", UNENCODED],
  ["http://svc-node:12/hunter2-canary@proxy.example:3128", UNENCODED],
  ["http://svc-node:12\\hunter2-canary@proxy.example:3128", UNENCODED],
  ["http://svc-node:12?hunter2-canary@proxy.example:3128", UNENCODED],
  ["http://svc-node:12#hunter2-canary@proxy.example:3128", UNENCODED],
  ["svc-node:12#hunter2-canary@proxy.example:3128", UNENCODED],
  ["http://proxy.example:3128/hunter2-canary", REST],
  ["http://proxy.example:3128/?hunter2-canary", REST],
  ["http://proxy.example:3128#hunter2-canary", REST],
  ["http://proxy.example:hunter2-canary", BAD_PORT],
  ["http://proxy.example:99999", BAD_PORT],
  ["http://proxy.example:0", BAD_PORT],
  ["http://proxy.example:", BAD_PORT],
  ["hunter2-canary", WORD],
  ["http://hunter2-canary", WORD],
  ["http://hunter2-canary/", WORD],
  ["http://user:password@hunter2-canary", WORD],
  ["hunter2-canary/", WORD],
];
for (const [wrong, problem] of UNUSABLE)
  test(`refuses an unusable proxy without quoting it: ${wrong}`, () => {
    const error = thrown(() => findProxy(new URL("https://a.example/"), { HTTPS_PROXY: wrong }));
    assert.deepEqual([error.code, error.stage], ["environment-invalid", "config"]);
    assert.ok(!error.message.includes("canary"), error.message);
    assert.equal(error.facts.detail, `HTTPS_PROXY (value not shown): ${problem}`);
  });
