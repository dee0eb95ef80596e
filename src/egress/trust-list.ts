import { X509Certificate } from "node:crypto";
import { readConfiguredFile } from "../core/required-file.ts";
import type { Environment, World } from "../core/world.ts";
import { isOpenSslError, ProviderError } from "../errors/provider-error.ts";
import { showValue } from "../errors/show-value.ts";

/** The certificate authorities that TLS trusts. The machine's own list is never used. */
export interface TrustList {
  /** Whether Mozilla's list, which is built into Node.js, is trusted too. */
  readonly includesBuiltIn: boolean;
  /** The operator's authorities, in PEM. */
  readonly certificates: readonly string[];
}

/** Bytes; a distribution's whole bundle is about 250 KiB. */
const CA_LIMIT = 4 * 1024 * 1024;

/**
 * Reads the files of certificate authorities. They are parsed here, because Node would write to stderr about a broken block and
 * continue without it. SSL_CERT_FILE replaces the built-in list, as in Go programs.
 *
 * @throws ProviderError `ca-file-invalid`, `file-unsafe`
 */
export async function readTrustList(env: Environment, readFile: World["readFile"]): Promise<TrustList> {
  const certificates: string[] = [];
  for (const name of ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"] as const)
    if (env[name]) certificates.push(...(await readCertificates(name, env[name], readFile)));
  return { includesBuiltIn: !env.SSL_CERT_FILE, certificates };
}

async function readCertificates(
  name: string,
  path: string,
  readFile: World["readFile"],
): Promise<readonly string[]> {
  const refuse = (why: string) =>
    new ProviderError("ca-file-invalid", { detail: `${name}: ${showValue("path", path)}: ${why}` });
  const text = await readConfiguredFile(path, CA_LIMIT, "unwritable", { readFile }, name).catch(
    (error: unknown) => {
      if (!(error instanceof ProviderError) || error.code !== "file-unreadable") throw error;
      throw new ProviderError("ca-file-invalid", { detail: error.facts.detail });
    },
  );
  if (text === undefined) throw refuse("it does not exist");
  return parseCertificates(text, refuse);
}

const BLOCK_BEGINNING = "-----BEGIN ";
/** A whole block: the same label at both ends, and only base64 between them. */
const PEM_BLOCK =
  /^-----BEGIN ([A-Z0-9 ]{1,40})-----[ \t]*\r?\n[A-Za-z0-9+/=\s]+?\n-----END \1-----[ \t]*(?:\r?\n|$)/;
const CERTIFICATE_LABELS = ["CERTIFICATE", "X509 CERTIFICATE"];
/** The beginning of DER when read as UTF-8: a sequence, then a length that is not UTF-8. */
const DER_BEGINNING = /^0\uFFFD/;

/** Returns the certificates of a PEM file (RFC 7468). Text between blocks is a comment. */
function parseCertificates(text: string, refuse: (why: string) => ProviderError): readonly string[] {
  if (DER_BEGINNING.test(text)) throw refuse("it is DER-encoded, not PEM");
  const [first = "", ...blocks] = text.split(BLOCK_BEGINNING);
  if (blocks.length === 0) throw refuse("it contains no PEM block");
  return blocks.map((block, index) => {
    const [pem = "", label = ""] = PEM_BLOCK.exec(BLOCK_BEGINNING + block) ?? [];
    const number = `block ${index + 1} of ${blocks.length}`;
    const before = blocks[index - 1] ?? first;
    if (before !== "" && !before.endsWith("\n")) throw refuse(`${number} does not begin its line`);
    if (pem === "") throw refuse(`${number} is incomplete or not base64`);
    if (!CERTIFICATE_LABELS.includes(label))
      throw refuse(`${number} is not a certificate but ${showValue("pemLabel", label)}`);
    const certificate = parseCertificate(pem);
    if (certificate === undefined) throw refuse(`${number} cannot be parsed as a certificate`);
    return certificate.toString();
  });
}

function parseCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    if (!isOpenSslError(error)) throw error;
    return undefined;
  }
}
