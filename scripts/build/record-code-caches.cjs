/** A preload like assets-from-folder.cjs that also writes the code cache of each compiled asset beside the asset. */
require("./assets-from-folder.cjs");
const fs = require("node:fs");
const { writeFileSync } = fs;
const { join } = require("node:path");
const { setFlagsFromString } = require("node:v8");
const vm = require("node:vm");

// The program caches logins on tmpfs only. The logins of these runs come from fake clouds, so any file system will do.
const TMPFS_MAGIC = 0x01021994;
const { statfsSync } = fs;
fs.statfsSync = (path) => ({ ...statfsSync(path), type: TMPFS_MAGIC });

// A configuration file on the build machine must not change the build.
const { openSync } = fs;
fs.openSync = (path, ...rest) => {
  if (path === "/etc/registry-credential-provider/config.yaml")
    throw Object.assign(new Error("hidden from the build"), { code: "ENOENT" });
  return openSync(path, ...rest);
};

const FOLDER = join(__dirname, "../../dist/registry-credential-provider.assets");
const compiled = [];

/**
 * Options that make a code cache differ from build to build: V8 drops the bytecode of functions that have not run for a
 * while, and stores what it optimized. They are off while the program runs. V8 reads and creates a cache only with the
 * options that are in force, so they are on during these two steps.
 */
const UNSTABLE_OPTIONS = ["flush-bytecode", "sparkplug", "maglev", "turbofan"];
function disableUnstableOptions() {
  for (const option of UNSTABLE_OPTIONS) setFlagsFromString(`--no-${option}`);
}
function restoreOptions() {
  for (const option of UNSTABLE_OPTIONS) setFlagsFromString(`--${option}`);
}

vm.Script = class extends vm.Script {
  constructor(source, options) {
    restoreOptions();
    super(source, options);
    disableUnstableOptions();
    if (this.cachedDataRejected)
      throw new Error(`V8 rejects the code cache of ${options.filename} that it has made`);
    compiled.push([options.filename, this]);
  }
};

disableUnstableOptions();
process.on("exit", () => {
  restoreOptions();
  for (const [name, script] of compiled)
    writeFileSync(join(FOLDER, name.replace(/\.js$/, ".cache")), script.createCachedData());
});
