/** config/scenarios/: kubelets accept every kubelet.yaml, and every folder is run against the fake clouds. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { checkKubeletConfig } from "../kubelet/config.ts";
import { listFolders, readFolder } from "./folder.ts";
import { PLAYS } from "./plays.ts";

/** The kubelets that accept `tokenAttributes` with `cacheType`. */
const MINORS = [34, 35, 36];
/** Kubelets before 1.32 ignore `tokenAttributes`, and then send no token. */
const OLDER = [32, 33];

test("every scenario folder has a play and every play a folder", () => {
  assert.deepEqual(PLAYS.map(({ scenario }) => scenario).toSorted(), listFolders());
});

for (const { scenario, pulls } of PLAYS) {
  test(`${scenario} has a pull with a login and a refused pull`, () => {
    assert.ok(pulls.some(({ expect }) => "login" in expect));
    assert.ok(pulls.some(({ expect }) => !("login" in expect)));
  });
}

for (const name of listFolders()) {
  const { config, kubelet, providers } = readFolder(name);

  for (const minor of MINORS) {
    test(`config/scenarios/${name}/kubelet.yaml is accepted by a kubelet 1.${minor}`, () => {
      assert.deepEqual(checkKubeletConfig(kubelet, { minor }), []);
    });
  }

  test(`config/scenarios/${name}/kubelet.yaml is accepted by older kubelets unless it requests pods' tokens`, () => {
    const pods = providers.some(({ audience }) => audience !== undefined);
    for (const minor of OLDER) assert.equal(checkKubeletConfig(kubelet, { minor }).length > 0, pods);
  });

  test(`config/scenarios/${name}: the patterns in kubelet.yaml are those of the rules and mirrors`, () => {
    for (const pattern of providers.flatMap(({ matchImages }) => matchImages))
      assert.ok(config.includes(pattern) || providers.length > 1, `${pattern} is not in config.yaml`);
  });

  test(`config/scenarios/${name} and docs/guides/${name}.md refer to each other`, () => {
    assert.match(config, new RegExp(`docs/guides/${name}\\.md$`, "m"));
    const guide = readFileSync(new URL(`../../docs/guides/${name}.md`, import.meta.url), "utf8");
    for (const file of ["config.yaml", "kubelet.yaml"])
      assert.ok(guide.includes(`(../../config/scenarios/${name}/${file})`), `a link to ${file}`);
    const readme = readFileSync(new URL(`../../config/scenarios/${name}/README.md`, import.meta.url), "utf8");
    assert.ok(readme.includes(`(../../../docs/guides/${name}.md)`), "README.md links to the guide");
  });
}
