import { malformedClasses } from "./malformed.ts";
import { nearMissClasses } from "./near-misses.ts";
import { type Classes, HOSTS, nth, range, SEEDS } from "./seeds.ts";

/** `malformed`: not an image name. `not-ours`: an unsupported registry. */
export type Verdict = "not-ours" | "malformed";

export interface Hostile {
  readonly class: string;
  readonly image: string;
  readonly verdict: Verdict;
}

/** Changes that turn a genuine host into a host of a different owner. */
const AROUND_A_HOST: Readonly<Record<string, (host: string, i: number) => string>> = {
  "attacker-domain-after": (host) => `${host}.attacker.example/app`,
  "attacker-glued-after": (host, i) => `${host}${nth(["evil", "x", "0", "com"], i)}/app`,
  "attacker-hyphen-after": (host) => `${host}-attacker.example/app`,
  "capitals-and-attacker-after": (host) => `${host.toUpperCase()}.ATTACKER.EXAMPLE/app`,
  "label-before": (host, i) => `${nth(["evil.evil.", "www.evil.", "a.b.", "evil.x.y."], i)}${host}/app`,
  "host-in-path": (host, i) => `${nth(["attacker.example", "docker.io", "localhost:5000"], i)}/${host}/app`,
  "host-in-name-without-domain": (host, i) => `${nth(["library", "app", "x"], i)}/${host}`,
  port: (host, i) => `${host}:${nth(["443", "8443", "5000", "0443", "99999", "80"], i)}/app`,
  "empty-port": (host) => `${host}:/app`,
  "port-that-is-no-number": (host, i) =>
    `${host}:${nth(["attacker.example", "x", "-1", "*", "443:443"], i)}/app`,
  "tag-without-path": (host, i) => `${host}:${nth(["latest", "v1", "1.0"], i)}`,
  "digest-without-path": (host) => `${host}@sha256:${"0".repeat(64)}`,
  "dot-after": (host) => `${host}./app`,
  "two-dots-after": (host) => `${host}../app`,
  "dot-before": (host) => `.${host}/app`,
  "two-dots-within": (host) => `${host.replace(".", "..")}/app`,
  user: (host, i) => `${nth(["user", "user:password", "", ":", "a@b"], i)}@${host}/app`,
  "host-as-user": (host, i) => `${host}${nth(["@", ":x@", ":443@"], i)}attacker.example/app`,
  backslash: (host, i) =>
    `${nth([`attacker.example\\@${host}`, `${host}\\.attacker.example`, `\\\\${host}`], i)}/app`,
  query: (host, i) =>
    `${nth([`${host}?x=.attacker.example`, `attacker.example?${host}`, `${host}?`], i)}/app`,
  fragment: (host, i) =>
    `${nth([`${host}#.attacker.example`, `attacker.example#${host}`, `${host}#`], i)}/app`,
  percent: (host, i) =>
    `${nth([`${host}%2eattacker.example`, host.replace(".", "%2e"), `${host}%00`, `%61${host}`, `${host}%2f`], i)}/app`,
  scheme: (host, i) =>
    `${nth(["https://", "http://", "docker://", "oci://", "//", "ftp://", "HTTPS://"], i)}${host}/app`,
  glob: (host, i) => `${nth(["*", "[a-z]", "*.*", "{a,b}", "!", "^"], i)}${host}/app`,
  delimiter: (host, i) =>
    `${host}${nth([",", ";", "|", "&", "=", "$", "'", '"', "`", "(", "+", "~"], i)}attacker.example/app`,
  underscore: (host) => `${host.replace(".", "_.")}/app`,
  "hyphen-at-a-label-edge": (host, i) =>
    `${nth([`-${host}`, host.replace(".", "-."), host.replace(".", ".-"), `${host}-`], i)}/app`,
  "long-label": (host, i) => `${"a".repeat(64 + i)}.${host}/app`,
  "long-host": (host) => `${"a.".repeat(120)}${host}/app`,
};

/** Two genuine names in one host. */
function gluedHosts(): readonly string[] {
  const others = ["azurecr.cn", "dkr.ecr.us-east-1.amazonaws.com", "attacker.gcr.io", "x.pkg.dev"];
  return HOSTS.map((host, i) => `${host}.${nth(others, i)}/app`);
}

/** Domains with one letter omitted, inserted or changed, which an attacker can register. */
function oneLetterEdits(): readonly string[] {
  const edited = SEEDS.flatMap(({ own, domain }, i) => {
    const at = 1 + (i % (Math.min(domain.length, domain.indexOf(".")) - 1));
    const [before, letter, after] = [domain.slice(0, at), domain.charAt(at), domain.slice(at + 1)];
    return [
      before + after,
      `${before}x${letter}${after}`,
      `${before}${letter === "o" ? "0" : "o"}${after}`,
    ].map((d) => own + d);
  });
  return edited.map((host) => `${host}/app`);
}

function otherTopDomains(): readonly string[] {
  const tops = ["example", "org", "co", "net", "lol", "corn"];
  return SEEDS.map(({ own, domain }, i) => `${own}${domain.replace(/[^.]+$/, nth(tops, i))}/app`);
}

/** Hosts without the dot before the owner's domain, or without the first dot within it. */
function missingDots(): readonly string[] {
  return SEEDS.map(({ own, domain }, i) => {
    const glued = i % 2 === 0 && own !== "" ? own.slice(0, -1) + domain : own + domain.replace(".", "");
    return `${glued}/app`;
  });
}

function gluedBefore(): readonly string[] {
  return SEEDS.map(({ own, domain }, i) => `${own}${nth(["evil", "evil-", "x", "my-"], i)}${domain}/app`);
}

/** Hosts with the labels in reverse order, and with the first label moved to the end. */
function reorderedLabels(): readonly string[] {
  return HOSTS.flatMap((host) => {
    const labels = host.split(".");
    return [labels.toReversed().join("."), [...labels.slice(1), ...labels.slice(0, 1)].join(".")].map(
      (h) => `${h}/app`,
    );
  });
}

function classes(): Classes {
  const around = Object.entries(AROUND_A_HOST).map(([name, change]) => [name, HOSTS.map(change)] as const);
  return {
    ...Object.fromEntries(around),
    "two-hosts-glued": gluedHosts(),
    "one-letter-of-the-domain": oneLetterEdits(),
    "another-top-domain": otherTopDomains(),
    "missing-dot": missingDots(),
    "glued-before-the-domain": gluedBefore(),
    "labels-in-another-order": reorderedLabels(),
    "long-name-without-a-host": range(64, 84).map((length) => `${"a".repeat(length)}.io`),
    ...nearMissClasses(),
  };
}

/** Returns each image once, in the first class that has it. */
export function hostileRows(): readonly Hostile[] {
  const rows = (all: Classes, verdict: Verdict) =>
    Object.entries(all).flatMap(([name, images]) => images.map((image) => ({ class: name, image, verdict })));
  const all = [...rows(classes(), "not-ours"), ...rows(malformedClasses(), "malformed")];
  return [...new Map(all.toReversed().map((row) => [row.image, row])).values()].toReversed();
}
