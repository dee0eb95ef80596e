import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type EnvName, startCloud } from "../cloud/cloud.ts";
import { NO_LOGIN, requestFor, run } from "./start.ts";

/** `{dir}` is an empty directory that must stay so; `{hook}` a script that prints HOOKED. */
type Variables = Readonly<Record<string, string>>;

/** Variables that Node, OpenSSL or a library reads; none may change the output. */
const WITHOUT_EFFECT: Variables = {
  NODE_OPTIONS: "--require={hook} --inspect=0 --trace-exit --no-such-option",
  NODE_PENDING_DEPRECATION: "1",
  NODE_REDIRECT_WARNINGS: "{dir}/warnings",
  NODE_NO_WARNINGS: "0",
  NODE_PATH: "{dir}",
  NODE_PRESERVE_SYMLINKS: "1",
  NODE_ICU_DATA: "{dir}",
  NODE_TEST_CONTEXT: "child-v8",
  NODE_UNIQUE_ID: "1",
  NODE_REPL_HISTORY: "{dir}/history",
  NODE_USE_ENV_PROXY: "1",
  NODE_USE_SYSTEM_CA: "1",
  NODE_DISABLE_COLORS: "0",
  WATCH_REPORT_DEPENDENCIES: "1",
  FORCE_COLOR: "3",
  DEBUG: "*",
  UV_THREADPOOL_SIZE: "1",
  UV_USE_IO_URING: "1",
  TZ: "../../etc/passwd",
  LC_ALL: "tr_TR.UTF-8",
  SSLKEYLOGFILE: "{dir}/keys",
  SSL_CERT_DIR: "{dir}",
  OPENSSL_CONF: "{openssl}",
  OPENSSL_MODULES: "{dir}",
  OPENSSL_ENGINES: "{dir}",
  HTTP_PROXY: "http://127.0.0.1:9",
  http_proxy: "http://127.0.0.1:9",
  ALL_PROXY: "http://127.0.0.1:9",
  DEBUG_AUTH: "true",
  GOOGLE_SDK_NODE_LOGGING: "all",
  GOOGLE_CLOUD_PROJECT: "somebody-elses",
  GOOGLE_CLOUD_UNIVERSE_DOMAIN: "evil.example",
  METADATA_SERVER_DETECTION: "none",
  AZURE_LOG_LEVEL: "verbose",
  AZURE_AUTHORITY_HOST: "https://evil.example",
  IDENTITY_SERVER_THUMBPRINT: "0",
  AWS_EXECUTION_ENV: "evil",
  AWS_LAMBDA_FUNCTION_NAME: "evil",
  _X_AMZN_TRACE_ID: "Root=1-evil",
  AWS_MAX_ATTEMPTS: "50",
  AWS_RETRY_MODE: "adaptive",
  AWS_DEFAULTS_MODE: "legacy",
  AWS_STS_REGIONAL_ENDPOINTS: "legacy",
  AWS_AUTH_SCHEME_PREFERENCE: "sigv4a",
  AWS_SDK_UA_APP_ID: "evil",
};

/** Refused where the node's own identity of Google or Azure is requested; without effect on every other run. */
const UNSUPPORTED: Variables = {
  GCE_METADATA_IP: "127.0.0.1:9",
  AZURE_REGIONAL_AUTHORITY_NAME: "evil",
  MSI_ENDPOINT: "http://127.0.0.1:9",
  MSI_SECRET: "0",
  IDENTITY_HEADER: "0",
};

/** Node reads these before the program's code runs, and they are dangerous: the program sends no response. */
const REFUSED: Variables = {
  NODE_DEBUG: "http,https,tls,net",
  NODE_DEBUG_NATIVE: "tls",
  NODE_TLS_REJECT_UNAUTHORIZED: "0",
  NODE_CHANNEL_FD: "3",
};

let root = "";
before(async () => {
  root = await mkdtemp(join(tmpdir(), "hostile-"));
  await writeFile(join(root, "hook.cjs"), 'require("node:fs").writeSync(1, "HOOKED")\n');
  const sections = ["nodejs_conf=x", "openssl_conf=x", "[x]", "providers=p", "[p]", "evil=e", "[e]"];
  await writeFile(
    join(root, "openssl.cnf"),
    `${[...sections, "module=/evil.so", "activate=1"].join("\n")}\n`,
  );
});
after(() => rm(root, { recursive: true }));

let directories = 0;
async function fillPlaceholders(
  variables: Variables,
): Promise<{ env: Record<string, string>; directory: string }> {
  directories += 1;
  const directory = join(root, String(directories));
  await mkdir(directory);
  const filled = Object.entries(variables).map(([name, value]) => [
    name,
    value
      .replaceAll("{dir}", directory)
      .replaceAll("{hook}", join(root, "hook.cjs"))
      .replaceAll("{openssl}", join(root, "openssl.cnf")),
  ]);
  return { env: Object.fromEntries(filled), directory };
}

test("unsupported variables do not change the output", { concurrency: 2 }, async (context) => {
  const cases = Object.entries({ ...WITHOUT_EFFECT, ...UNSUPPORTED }).map(([name, value]) =>
    context.test(`${name} has no effect`, async () => {
      const { env, directory } = await fillPlaceholders({ [name]: value });
      const ended = await run({ env, cwd: directory });
      assert.deepEqual(ended, { status: 0, signal: null, stdout: NO_LOGIN, stderr: "" });
      assert.deepEqual(await readdir(directory), []);
    }),
  );
  await Promise.all(cases);
});

test("variables that make Node.js log requests or skip verification are refused", {
  concurrency: 2,
}, async (context) => {
  const cases = Object.entries(REFUSED).map(([name, value]) =>
    context.test(`${name} is refused`, async () => {
      const { env, directory } = await fillPlaceholders({ [name]: value });
      const { status, stdout, stderr } = await run({ env, cwd: directory });
      assert.deepEqual([status, stdout], [2, ""]);
      assert.match(
        stderr,
        new RegExp(`^registry-credential-provider: [^\n]*: ${name}[^\n]*environment-unsafe[^\n]*$`),
      );
      assert.deepEqual(await readdir(directory), []);
    }),
  );
  await Promise.all(cases);
});

const MISSPELT = [
  "REGISTRY_CREDENTIAL_PROVIDER_CONFIG",
  "REGISTRY_CREDENTIAL_PROVIDER_CACHE_",
  "registry_credential_provider_cache",
];
for (const name of MISSPELT)
  test(`${name} is refused, because only misspelt variables have the program's prefix`, async () => {
    const { status, stdout, stderr } = await run({ env: { [name]: "/etc/config.yaml" } });
    assert.deepEqual([status, stdout], [2, ""]);
    assert.match(stderr, new RegExp(`: ${name}\\. .*--config=FILE.*environment-unknown`));
  });

for (const name of ["REGISTRY_CREDENTIAL_PROVIDER", "MY_REGISTRY_CREDENTIAL_PROVIDER_CONFIG"])
  test(`${name} has no effect, because it lacks the program's prefix`, async () => {
    const ended = await run({ env: { [name]: "/etc/config.yaml" } });
    assert.deepEqual(ended, { status: 0, signal: null, stdout: NO_LOGIN, stderr: "" });
  });

test("an IPC channel of Node.js on stdin is refused", async () => {
  const { status, stdout, stderr } = await run({ env: { NODE_CHANNEL_FD: "0" } });
  assert.deepEqual([status, stdout], [2, ""]);
  assert.match(stderr, /: NODE_CHANNEL_FD\. .*environment-unsafe/);
});

test("coverage is refused, before the request is read", async () => {
  const { env, directory } = await fillPlaceholders({ NODE_V8_COVERAGE: "{dir}" });
  const { status, stdout, stderr } = await run({ env, cwd: directory });
  assert.deepEqual([status, stdout], [2, ""]);
  assert.match(stderr, /NODE_V8_COVERAGE.*environment-unsafe/);
});

test("NODE_COMPILE_CACHE creates a directory without files", async () => {
  const { env, directory } = await fillPlaceholders({
    NODE_COMPILE_CACHE: "{dir}",
    NODE_COMPILE_CACHE_PORTABLE: "1",
  });
  const { status, stdout, stderr } = await run({ env, cwd: directory });
  assert.deepEqual([status, stdout, stderr], [0, NO_LOGIN, ""]);
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  assert.deepEqual(
    entries.filter((entry) => entry.isFile()),
    [],
  );
});

test("NODE_REPL_EXTERNAL_MODULE prevents the program from starting", async () => {
  const { env, directory } = await fillPlaceholders({ NODE_REPL_EXTERNAL_MODULE: "{hook}" });
  const { status, stdout } = await run({ env, cwd: directory });
  assert.deepEqual([status, stdout], [9, ""]);
});

const IMAGES: readonly (readonly [EnvName, string])[] = [
  ["aws", "123456789012.dkr.ecr.us-east-1.amazonaws.com/app"],
  ["google", "europe-west1-docker.pkg.dev/p/r/app"],
  ["azure", "myregistry.azurecr.io/app"],
];

test("all unsupported variables together change no login and no request", {
  concurrency: 2,
}, async (context) => {
  const cases = IMAGES.map(([name, image]) =>
    context.test(`an image of ${image.split("/")[0]} gets the same login`, async () => {
      const quiet = await recordRun(name, image, {});
      const hostile = await recordRun(name, image, WITHOUT_EFFECT);
      assert.deepEqual(hostile, quiet);
    }),
  );
  await Promise.all(cases);
});

/** The requests, their credentials, and the logins of the responses. */
async function recordRun(name: EnvName, image: string, variables: Variables): Promise<unknown> {
  const cloud = await startCloud();
  try {
    const { env, directory } = await fillPlaceholders(variables);
    const ended = await run({
      env: { ...env, ...cloud.env(name) },
      stdin: requestFor(image),
      cwd: directory,
    });
    assert.deepEqual([ended.status, ended.stderr], [0, ""]);
    const { auth } = JSON.parse(ended.stdout);
    return {
      registries: Object.keys(auth),
      left: await readdir(directory),
      connects: cloud.connects,
      requests: cloud.requests.map(({ service, step, method, path }) => [service, step, method, path]),
    };
  } finally {
    await cloud.stop();
  }
}
