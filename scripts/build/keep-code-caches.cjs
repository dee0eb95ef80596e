/** As assets-in-files.cjs; and at the end the code cache of each asset that was compiled is written beside it. */
require("./assets-in-files.cjs");
const { writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { setFlagsFromString } = require("node:v8");
const vm = require("node:vm");

const FOLDER = join(__dirname, "../../dist/registry-credential-provider.assets");
const compiled = [];

vm.Script = class extends vm.Script {
  constructor(source, options) {
    super(source, options);
    compiled.push([options.filename, this]);
  }
};

/**
 * V8 drops the code of functions that have not run for a while, and remembers of a function what it compiled besides, which
 * is another on every run. It takes a cache under the options that it was made with only: so they are set back.
 */
const UNSTEADY = ["flush-bytecode", "sparkplug", "maglev", "turbofan"];
for (const option of UNSTEADY) setFlagsFromString(`--no-${option}`);

process.on("exit", () => {
  for (const option of UNSTEADY) setFlagsFromString(`--${option}`);
  for (const [name, script] of compiled)
    writeFileSync(join(FOLDER, name.replace(/\.js$/, ".cache")), script.createCachedData());
});
