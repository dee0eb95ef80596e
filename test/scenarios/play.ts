import assert from "node:assert/strict";
import { test } from "node:test";
import type { CloudOptions, EnvName } from "../cloud/cloud.ts";
import { normaliseImage } from "../kubelet/encode-request.ts";
import { urlsMatch } from "../kubelet/urls-match.ts";
import { type Expected, type Place, playAll, type Scene } from "../transcripts/scene.ts";
import { CONFIG_ARGUMENT, type Folder, HOME, type Provider, readFolder } from "./folder.ts";

/** The pulls of a scenario, which run with its configuration. */
export interface Play {
  /** The folder's name. */
  readonly scenario: string;
  /** The cloud of the node; `null`: none with a metadata service. */
  readonly node: EnvName | null;
  /** The clouds, set up as in docs/guides/ and with nothing else. */
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
  /** Replaces the files of the play. */
  readonly files?: Files;
  readonly expect: Expected;
  readonly requests?: readonly string[];
  readonly hosts?: readonly string[];
  /** The image with which the login is tried, if another registry than the image's accepts it. */
  readonly loginAt?: string;
  /** Commented lines of the configuration to use instead of the lines with the same key. */
  readonly uncommented?: readonly string[];
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
        play.pulls.map((pull) => buildScene(pull, play, folder)),
      ),
    );
  }
}

function buildScene(pull: Pull, play: Play, folder: Folder): Scene {
  const { name, expect, pod, requests = [], hosts, loginAt } = pull;
  const image = normaliseImage(pull.image);
  const provider = providerFor(image, folder, "login" in expect);
  const annotations = pod === undefined ? {} : selectAnnotations(pod, provider);
  return {
    name,
    image,
    token: buildToken(pod, provider),
    annotations,
    config: (place) => moveToFolder(uncommentLines(pull.uncommented ?? [], folder.config), place),
    args: provider.args.filter((argument) => argument !== CONFIG_ARGUMENT),
    env: provider.env,
    node: play.node,
    files: (place) => (pull.files ?? play.files)?.(place, folder) ?? {},
    cloud: play.cloud ?? {},
    requests,
    hosts: hosts ?? [],
    expect,
    ...(loginAt === undefined ? {} : { loginAt }),
  };
}

/** Returns the entry that the kubelet runs for the image, or the first one if none matches. */
function providerFor(image: string, { name, providers }: Folder, must: boolean): Provider {
  const found = providers.filter(({ matchImages }) => matchImages.some((one) => urlsMatch(one, image)));
  assert.ok(
    found.length === 1 || (found.length === 0 && !must),
    `${name}: exactly one entry must match ${image}`,
  );
  const provider = found[0] ?? providers[0];
  if (provider?.args.includes(CONFIG_ARGUMENT)) return provider;
  throw new Error(`${name}: the entry's args do not name the configuration`);
}

/**
 * Returns the annotations that the kubelet sends. If a required one is absent, the kubelet does not run
 * the program.
 */
function selectAnnotations(
  { annotations = {} }: Pod,
  { requiredKeys, optionalKeys }: Provider,
): Record<string, string> {
  for (const key of requiredKeys) assert.ok(key in annotations, `the kubelet requires ${key}`);
  const known = [...requiredKeys, ...optionalKeys];
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => known.includes(key)));
}

function buildToken(pod: Pod | undefined, { audience, requireServiceAccount }: Provider) {
  if (audience === undefined) return false;
  if (pod !== undefined)
    return { audience, subject: `system:serviceaccount:${pod.namespace}:${pod.serviceAccount}` };
  assert.ok(!requireServiceAccount, "the kubelet does not run the program for this pod");
  return false;
}

/** Replaces the directory of the files by the scene's folder. */
export function moveToFolder(config: string, place: Place): string {
  const paths = config.match(/(?<![\w.:/-])\/[\w./-]+/g) ?? [];
  for (const path of paths) assert.ok(path.startsWith(HOME), `${path} is not under ${HOME}`);
  return config.replaceAll(HOME, place.file("/"));
}

/** Replaces lines of the configuration by commented lines with the same key. */
function uncommentLines(lines: readonly string[], config: string): string {
  return lines.reduce((text, line) => {
    const [key = ""] = line.split(":");
    const commented = new RegExp(`^( *)# ${escapeRegExp(line)}$`, "m");
    assert.match(text, commented);
    return text.replace(new RegExp(`^ *${key}:.*\n`, "m"), "").replace(commented, `$1${line}`);
  }, config);
}

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
