/**
 * For plain Node, by `--require`: what the script asks of the executable's assets is answered from the folder that the
 * build leaves beside it.
 */
const { readdirSync, readFileSync } = require("node:fs");
const { join } = require("node:path");
const sea = require("node:sea");

const FOLDER = join(__dirname, "../../dist/registry-credential-provider.assets");

sea.getAssetKeys = () => readdirSync(FOLDER);
sea.getRawAsset = (name) => new Uint8Array(readFileSync(join(FOLDER, name))).buffer;
