import { KubeletRefusal } from "./refusal.ts";

export interface KubeletRequest {
  readonly apiVersion: string;
  /** The image as in the pod's spec; the kubelet does not pass on a tag or digest. */
  readonly image: string;
  readonly serviceAccountToken?: string;
  readonly serviceAccountAnnotations?: Readonly<Record<string, string>>;
}

export const API_VERSIONS = ["v1", "v1beta1", "v1alpha1"].map(
  (version) => `credentialprovider.kubelet.k8s.io/${version}`,
);

/** Encodes a request like the kubelet: `ParseImageName`, then `encodeRequest` of pkg/credentialprovider/plugin/plugin.go. */
export function encodeRequest(request: KubeletRequest): string {
  return encodeRaw({ ...request, image: normaliseImage(request.image) });
}

/** Encodes a request with any image; a kubelet sends only normalised names. */
export function encodeRaw({
  apiVersion,
  image,
  serviceAccountToken,
  serviceAccountAnnotations,
}: KubeletRequest): string {
  const v1 = apiVersion.endsWith("/v1");
  return `${goJson({
    kind: "CredentialProviderRequest",
    apiVersion,
    image,
    // The conversion to the older versions drops both, and Go omits empty fields.
    ...(v1 && serviceAccountToken ? { serviceAccountToken } : {}),
    ...(v1 ? annotations(serviceAccountAnnotations) : {}),
  })}\n`;
}

function annotations(map: Readonly<Record<string, string>> = {}) {
  const sorted = Object.entries(map).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return sorted.length === 0 ? {} : { serviceAccountAnnotations: Object.fromEntries(sorted) };
}

/** Encodes JSON like Go, which also escapes characters with a meaning in HTML and JavaScript. */
function goJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const COMPONENT = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const DOMAIN = `(?:${COMPONENT}(?:\\.${COMPONENT})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const PATH = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const TAG = "[A-Za-z0-9_][\\w.-]{0,127}";
const DIGEST = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}";
const REFERENCE = new RegExp(`^((?:${DOMAIN}/)?(${PATH}(?:/${PATH})*))(?::${TAG})?(?:@${DIGEST})?$`);
const MAX_PATH = 255;

/**
 * Returns the image name that the kubelet passes to a plugin: `ParseNormalizedNamed` of distribution/reference, then its name.
 *
 * @throws KubeletRefusal if the kubelet reports InvalidImageName and runs no plugin
 */
export function normaliseImage(image: string): string {
  if (/^[a-f0-9]{64}$/.test(image)) throw new KubeletRefusal("a hexadecimal identifier is not an image name");
  const [domain, remainder] = splitDomain(image);
  const name = REFERENCE.exec(`${domain}/${remainder}`);
  if (!name?.[1] || !name[2] || name[2].length > MAX_PATH)
    throw new KubeletRefusal("invalid reference format");
  return name[1];
}

function splitDomain(image: string): readonly [domain: string, remainder: string] {
  const slash = image.indexOf("/");
  const first = image.slice(0, Math.max(slash, 0));
  const named = slash >= 0 && (/[.:]/.test(first) || first === "localhost" || first.toLowerCase() !== first);
  const domain = named && first !== "index.docker.io" ? first : "docker.io";
  const remainder = named ? image.slice(slash + 1) : image;
  return [domain, domain === "docker.io" && !remainder.includes("/") ? `library/${remainder}` : remainder];
}
