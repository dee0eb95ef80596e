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

// V8 drops the code of functions that have not run for a while, and takes a cache under the options it was made with.
setFlagsFromString("--no-flush-bytecode");
process.on("exit", () => {
  setFlagsFromString("--flush-bytecode");
  for (const [name, script] of compiled)
    writeFileSync(join(FOLDER, name.replace(/\.js$/, ".cache")), script.createCachedData());
});
