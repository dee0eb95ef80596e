import assert from "node:assert/strict";
import { test } from "node:test";
import type { CloudOptions, EnvName } from "../cloud/cloud.ts";
import { normaliseImage } from "../kubelet/encode-request.ts";
import { urlsMatch } from "../kubelet/urls-match.ts";
import { type Expected, type Place, playAll, type Scene } from "../transcripts/scene.ts";
import { CONFIG_ARGUMENT, type Folder, HOME, type Provider, readFolder } from "./folder.ts";

/** Runs a scenario's configuration: a pull and its outcome. */
export interface Play {
  /** The folder's name. */
  readonly scenario: string;
  /** The cloud of the node; `null`: none with a metadata service. */
  readonly node: EnvName | null;
  /** The clouds, set up as docs/guides/ says, and no more than that. */
  readonly cloud?: CloudOptions;
  readonly files?: Files;
  readonly pulls: readonly Pull[];
}

export interface Pull {
  /** A sentence that names the pull and its outcome. */
  readonly name: string;
  /** The image as in the pod's spec. */
  readonly image: string;
  /** Undefined: a pod without a ServiceAccount, as static pods are. */
  readonly pod?: Pod;
  /** In place of the play's. */
  readonly files?: Files;
  readonly expect: Expected;
  readonly asked?: readonly string[];
  readonly hosts?: readonly string[];
  /** The image by which the login is tried, where another registry takes it than the image's. */
  readonly loginAt?: string;
  /** Lines of the configuration that are comments, each to be taken in the place of the one with its key. */
  readonly instead?: readonly string[];
}

/** The files that the configuration names under `HOME`: file name → content. */
type Files = (place: Place, folder: Folder) => Readonly<Record<string, string>>;

/** The pod's ServiceAccount. */
export interface Pod {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export function playScenarios(plays: readonly Play[]): void {
  for (const play of plays) {
    const folder = readFolder(play.scenario);
    test(play.scenario, { concurrency: 4 }, (context) =>
      playAll(
        context,
        play.pulls.map((pull) => sceneOf(pull, play, folder)),
      ),
    );
  }
}

function sceneOf(pull: Pull, play: Play, folder: Folder): Scene {
  const { name, expect, pod, asked = [], hosts, loginAt } = pull;
  const image = normaliseImage(pull.image);
  const provider = providerFor(image, folder, "login" in expect);
  const annotations = pod === undefined ? {} : passedOn(pod, provider);
  return {
    name,
    image,
    token: tokenOf(pod, provider),
    annotations,
    config: (place) => inFolder(taking(pull.instead ?? [], folder.config), place),
    args: provider.args.filter((argument) => argument !== CONFIG_ARGUMENT),
    env: provider.env,
    node: play.node,
    files: (place) => (pull.files ?? play.files)?.(place, folder) ?? {},
    cloud: play.cloud ?? {},
    asked,
    hosts: hosts ?? [],
    expect,
    ...(loginAt === undefined ? {} : { loginAt }),
  };
}

/** The entry that the kubelet would run; for an image of none, which other programs may ask for, the first. */
function providerFor(image: string, { name, providers }: Folder, must: boolean): Provider {
  const found = providers.filter(({ matchImages }) => matchImages.some((one) => urlsMatch(one, image)));
  assert.ok(found.length === 1 || (found.length === 0 && !must), `${name}: one entry is asked for ${image}`);
  const provider = found[0] ?? providers[0];
  if (provider?.args.includes(CONFIG_ARGUMENT)) return provider;
  throw new Error(`${name}: the entry's args do not name our configuration`);
}

/**
 * The annotations of the ServiceAccount that the kubelet passes on. If a required one is absent, the kubelet does not run
 * the program.
 */
function passedOn(
  { annotations = {} }: Pod,
  { requiredKeys, optionalKeys }: Provider,
): Record<string, string> {
  for (const key of requiredKeys) assert.ok(key in annotations, `the kubelet wants ${key}`);
  const known = [...requiredKeys, ...optionalKeys];
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => known.includes(key)));
}

function tokenOf(pod: Pod | undefined, { audience, requireServiceAccount }: Provider) {
  if (audience === undefined) return false;
  if (pod !== undefined)
    return { audience, subject: `system:serviceaccount:${pod.namespace}:${pod.serviceAccount}` };
  assert.ok(!requireServiceAccount, "the kubelet does not run the program for this pod");
  return false;
}

/** The one change: the scenario's files are in the scene's folder. */
export function inFolder(config: string, place: Place): string {
  const paths = config.match(/(?<![\w.:/-])\/[\w./-]+/g) ?? [];
  for (const path of paths) assert.ok(path.startsWith(HOME), `${path} is not under ${HOME}`);
  return config.replaceAll(HOME, place.file("/"));
}

/** The configuration with these comments taken at their word. */
function taking(lines: readonly string[], config: string): string {
  return lines.reduce((text, line) => {
    const [key = ""] = line.split(":");
    const commented = new RegExp(`^( *)# ${escaped(line)}$`, "m");
    assert.match(text, commented);
    return text.replace(new RegExp(`^ *${key}:.*\n`, "m"), "").replace(commented, `$1${line}`);
  }, config);
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
