/**
 * A preload (`node --require`) with which the script runs on plain Node.js: it reads the assets of the executable from the
 * folder that the build leaves beside the script.
 */
const { readdirSync, readFileSync } = require("node:fs");
const { join } = require("node:path");
const sea = require("node:sea");

const FOLDER = join(__dirname, "../../dist/registry-credential-provider.assets");

sea.getAssetKeys = () => readdirSync(FOLDER);
sea.getRawAsset = (name) => new Uint8Array(readFileSync(join(FOLDER, name))).buffer;
