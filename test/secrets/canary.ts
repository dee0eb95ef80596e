/** Secrets of several shapes, which the tests put in wrong places. */
import { findCanaries } from "../kubelet/canaries.ts";

export interface Canary {
  readonly shape: string;
  /** The text that replaces a valid value. */
  readonly value: string;
  /** The parts of the text that must not be shown. */
  readonly secrets: readonly string[];
}

const PEM_BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
const PEM = `-----BEGIN PRIVATE KEY-----\n${PEM_BODY}\nq3Kd8mZbT9wXCanaryOfTheSecondLine4Yp0\n-----END PRIVATE KEY-----\n`;

export const CANARIES: readonly Canary[] = [
  createCanary("a password", "Tr0ub4dor7CanaryQ9xZ"),
  createCanary("base64", "q7Kd8mZCanary2bT9w/Xr4Yp0+Lk3Jh6Gf=="),
  { shape: "a key in PEM", value: PEM, secrets: [PEM_BODY, "q3Kd8mZbT9wXCanaryOfTheSecondLine4Yp0"] },
  {
    shape: "a key file's JSON",
    value: JSON.stringify({
      type: "service_account",
      private_key_id: "9f8e7d6c5b4a39281706",
      private_key: PEM,
    }),
    secrets: [PEM_BODY, "9f8e7d6c5b4a39281706"],
  },
  wrapCanary("a URL with a password", "http://svc:", "N0tF0rYou9Userinfo8x", "@host.example:3128"),
  wrapCanary(
    "a URL with an unencoded password",
    "http://svc-node:abc@",
    "MyS3cretTail9xQ7z",
    "?x@proxy.corp.example:3128",
  ),
  wrapCanary("the end of a path", "/etc/kubernetes/", "P4thTail9xQ7zCanary", ""),
  wrapCanary("the end of a URL's path", "https://host.example/v1/", "Url7ailCanary3xQ9z", ""),
  wrapCanary("a label of a host", "https://", "h0st7ail9xq7zcanary", ".example"),
];

function createCanary(shape: string, value: string): Canary {
  return { shape, value, secrets: [value] };
}

function wrapCanary(shape: string, before: string, secret: string, after: string): Canary {
  return { shape, value: `${before}${secret}${after}`, secrets: [secret] };
}

/** Returns the secrets that the text contains, in any encoding or case. */
export function findSecrets(text: string, { secrets }: Canary): readonly string[] {
  const named = secrets
    .flatMap((value) => [value, value.toLowerCase()])
    .map((value) => ({ name: value, value }));
  const lower = named.map(({ value }) => ({ name: value, value: value.toLowerCase() }));
  return [...findCanaries(text, named), ...findCanaries(text.toLowerCase(), lower)];
}
