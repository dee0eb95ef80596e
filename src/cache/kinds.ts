/** Of what is kept; each is followed by the name of the login that it belongs to, but for the rules'. */
export type FileKind = "login" | "hits" | "failure" | "rules" | "lease" | "key" | "unfinished";

/** What a killed run left of a file that it was writing (`stored-file.ts`). */
const UNFINISHED = /\.new-\d+$/;
const OF_DIGEST = /^[0-9a-f]{64}\.(?:(login|hits|failure|rules)|lease-\d+)$/;
const KEY = /^key-[0-9a-z-]{1,64}$/;

/** What a name in the cache's folder is for. Undefined where no run of this program makes such a name. */
export function parseFileKind(name: string): FileKind | undefined {
  const whole = name.replace(UNFINISHED, "");
  const kind = kindOfWhole(whole);
  return kind !== undefined && whole !== name ? "unfinished" : kind;
}

function kindOfWhole(name: string): FileKind | undefined {
  if (KEY.test(name)) return "key";
  const [found, kind] = OF_DIGEST.exec(name) ?? [];
  switch (kind) {
    case "login":
    case "hits":
    case "failure":
    case "rules":
      return kind;
    default:
      return found === undefined ? undefined : "lease";
  }
}
