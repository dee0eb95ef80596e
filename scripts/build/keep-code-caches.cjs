/** As assets-in-files.cjs; and at the end the code cache of each asset that was compiled is written beside it. */
require("./assets-in-files.cjs");
const fs = require("node:fs");
const { writeFileSync } = fs;
const { join } = require("node:path");
const { setFlagsFromString } = require("node:v8");
const vm = require("node:vm");

// Whatever the folder of the build is on: what is kept there are the fakes' logins.
const { statfsSync } = fs;
fs.statfsSync = (path) => ({ ...statfsSync(path), type: 0x01021994 });

// Whatever the builder's own node is told: no build is another because of it.
const { openSync } = fs;
fs.openSync = (path, ...rest) => {
  if (path === "/etc/registry-credential-provider/config.yaml")
    throw Object.assign(new Error("it is not there"), { code: "ENOENT" });
  return openSync(path, ...rest);
};

const FOLDER = join(__dirname, "../../dist/registry-credential-provider.assets");
const compiled = [];

/**
 * V8 drops the code of functions that have not run for a while, and remembers of a function what it compiled besides, which
 * is another on every run. But it reads and makes a cache only for the options that are in force.
 */
const UNSTEADY = ["flush-bytecode", "sparkplug", "maglev", "turbofan"];
function steady() {
  for (const option of UNSTEADY) setFlagsFromString(`--no-${option}`);
}
function asUsual() {
  for (const option of UNSTEADY) setFlagsFromString(`--${option}`);
}

vm.Script = class extends vm.Script {
  constructor(source, options) {
    asUsual();
    super(source, options);
    steady();
    if (this.cachedDataRejected)
      throw new Error(`V8 does not take its own code cache of ${options.filename}`);
    compiled.push([options.filename, this]);
  }
};

steady();
process.on("exit", () => {
  asUsual();
  for (const [name, script] of compiled)
    writeFileSync(join(FOLDER, name.replace(/\.js$/, ".cache")), script.createCachedData());
});
