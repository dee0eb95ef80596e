/** A folder of config/scenarios/ and its play (test/scenarios/), for the tests in Go. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Cloud } from "../cloud/cloud.ts";
import { normaliseImage } from "../kubelet/encode-request.ts";
import { readFolder } from "../scenarios/folder.ts";
import { moveToFolder, type Play, type Pod, type Pull } from "../scenarios/play.ts";
import { PLAYS } from "../scenarios/plays.ts";
import { createEnv } from "../transcripts/scene.ts";

/** A pull and its expected result: a login, a failure with a code, or neither. */
export interface PlannedPull {
  readonly name: string;
  readonly image: string;
  readonly pod?: Pod | undefined;
  /** The image with which the login is verified. */
  readonly loginAt: string;
  /** The user name of the login. */
  readonly login?: string;
  readonly code?: string;
}

export function findPlay(scenario: string): Play {
  const play = PLAYS.find((one) => one.scenario === scenario);
  if (play === undefined) throw new Error(`there is no scenario ${scenario}`);
  return play;
}

export const nodeEnv = ({ node }: Play, cloud: Cloud): Readonly<Record<string, string>> =>
  createEnv(node, false, cloud);

/** Writes the configuration and the files that it names to a folder. */
export async function writeFiles(play: Play, cloud: Cloud, folder: string): Promise<void> {
  const place = { cloud, file: (name: string) => join(folder, name) };
  const scenario = readFolder(play.scenario);
  const own = play.files?.(place, scenario) ?? {};
  for (const [name, text] of Object.entries({
    ...own,
    "config.yaml": moveToFolder(scenario.config, place),
  })) {
    await mkdir(dirname(place.file(name)), { recursive: true });
    await writeFile(place.file(name), text, { mode: name.endsWith(".sh") ? 0o700 : 0o600 });
  }
}

/** Returns the pulls that use the written files unchanged. */
export function plannedPulls({ pulls }: Play): readonly PlannedPull[] {
  return pulls
    .filter(({ files, uncommented }) => files === undefined && uncommented === undefined)
    .map(planPull);
}

function planPull({ name, image, pod, loginAt = normaliseImage(image), expect }: Pull): PlannedPull {
  const pull = { name, image, pod, loginAt };
  if ("login" in expect) return { ...pull, login: expect.login };
  return "fails" in expect ? { ...pull, code: expect.fails } : pull;
}
