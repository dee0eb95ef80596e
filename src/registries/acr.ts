import {
  codeOf,
  parseAnswer,
  type Reading,
  refusalOf,
  requireToken,
  tryParse,
  type VendorError,
} from "../clouds/answer.ts";
import { expiryOf } from "../clouds/jwt.ts";
import { Egress } from "../egress/egress.ts";
import { type ErrorCode, ProviderError } from "../errors.ts";
import { type Identity, requireNode } from "../identity.ts";
import type { RegistryHost } from "../image.ts";
import type { LoginResult } from "../login.ts";
import { Secret } from "../secret.ts";
import { HOUR, MINUTE, type Milliseconds } from "../time.ts";
import type { HttpResponse, World } from "../world.ts";
import type { Coordinates, RegistryFamily } from "./registry.ts";

/** One Azure cloud and the suffix of its registries. `azurecr.de` is closed and belongs to nobody's pulls any more. */
const SUFFIXES = [
  { labels: ["azurecr", "io"], cloud: "AzureCloud" },
  { labels: ["azurecr", "cn"], cloud: "AzureChinaCloud" },
  { labels: ["azurecr", "us"], cloud: "AzureUSGovernment" },
  { labels: ["azurecr", "sovcloud-azure", "fr"], cloud: "AzureBleuCloud" },
  { labels: ["azurecr", "sovcloud-azure", "de"], cloud: "AzureDelosCloud" },
] as const;

/** `<name>` or, with a domain name label, `<name>-<hash>`: registry names themselves hold no hyphen. */
const REGISTRY = /^[a-z0-9]{1,50}(-[a-z0-9]+)?$/;
const REGION = /^[a-z][a-z0-9]*$/;

/** ACR's sign that the password is a token of its own (Azure/acr `docs/AAD-OAuth.md`). */
const USERNAME = "00000000-0000-0000-0000-000000000000";
/** A role that is taken away, or a registry that is switched to ABAC, must be felt within an hour. */
const LONGEST_CACHE: Milliseconds = HOUR;
const MARGIN: Milliseconds = 5 * MINUTE;

/**
 * Azure Container Registry: `<name>[-<hash>].<suffix>` and `<name>[-<hash>].<region>.geo.<suffix>`. Data endpoints
 * (`.data.`) and private links (`.privatelink.`) take no login.
 */
export const acr: RegistryFamily = {
  name: "acr",
  matchImages: SUFFIXES.flatMap(({ labels }) => [`*.${labels.join(".")}`, `*.*.geo.${labels.join(".")}`]),
  match: (host) => {
    const coordinates = read(host);
    if (coordinates === undefined) return undefined;
    return { family: "acr", host, coordinates, login: (identity, world) => logIn(host, identity, world) };
  },
};

function read(host: RegistryHost): Coordinates | undefined {
  for (const { labels, cloud } of SUFFIXES) {
    const own = host.labels.slice(0, -labels.length);
    if (host.labels.slice(own.length).join(".") !== labels.join(".")) continue;
    return coordinatesOf(own, cloud, host);
  }
  return undefined;
}

function coordinatesOf(
  own: readonly string[],
  partition: string,
  host: RegistryHost,
): Coordinates | undefined {
  const [name = "", region, geo, ...more] = own;
  if (!REGISTRY.test(name) || more.length > 0) return undefined;
  const endpoint = `https://${host.name}/oauth2/exchange`;
  if (region === undefined) return { partition, endpoint };
  return geo === "geo" && REGION.test(region) ? { partition, endpoint, region } : undefined;
}

/** An Entra token of the node, exchanged for the registry's own. */
async function logIn(host: RegistryHost, identity: Identity, world: World): Promise<LoginResult> {
  const node = requireNode(identity);
  const { registryToken } = await import("../clouds/azure.ts");
  const { token, tenantId, identity: whose } = await registryToken(node, world);
  const form = exchangeForm(host, token, tenantId);
  const password = await exchange(host, form, whose, world);
  return {
    kind: "login",
    username: USERNAME,
    password,
    cacheFor: cacheFor(expiryOf(password.expose()), world.now()),
  };
}

function exchangeForm(host: RegistryHost, token: Secret, tenant: string | undefined): string {
  const fields = { grant_type: "access_token", service: host.name, access_token: token.expose() };
  return new URLSearchParams(tenant === undefined ? fields : { ...fields, tenant }).toString();
}

/**
 * Straight to the registry: its challenge is not asked for, so no `realm` can name another place for the token
 * (Azure/acr `docs/AAD-OAuth.md`, "Calling POST /oauth2/exchange").
 */
async function exchange(host: RegistryHost, form: string, identity: string, world: World): Promise<Secret> {
  const origin = `https://${host.name}`;
  const egress = new Egress(world, [{ origin, kind: "token", stage: "exchange" }]);
  const response = await egress
    .send({
      method: "POST",
      url: new URL("/oauth2/exchange", origin),
      headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
      body: form,
    })
    .catch((error: unknown) => {
      throw error instanceof ProviderError ? error.with({ identity }) : error;
    });
  if (response.status !== 200) throw refusalOf(response, egress, READING, { identity });
  const facts = { ...egress.asked?.facts, identity };
  return new Secret(requireToken(parseAnswer(response.body, facts), "refresh_token", facts));
}

/**
 * min(60 min, life − 5 min).
 *
 * @throws ProviderError `token-expired`
 */
export function cacheFor(expiresAt: Milliseconds | undefined, now: Milliseconds): Milliseconds {
  if (expiresAt === undefined) return 0;
  if (expiresAt <= now) throw new ProviderError("token-expired", { stage: "exchange" });
  return Math.max(0, Math.min(LONGEST_CACHE, expiresAt - now - MARGIN));
}

const READING: Reading = {
  vendorError: exchangeError,
  codeFor: (_vendor, { status, body }): ErrorCode | undefined => {
    if (status === 401)
      return /arm aad token disallowed/i.test(body) ? "acr-arm-audience" : "acr-unauthorized";
    if (status !== 403) return undefined;
    return /is not allowed access|aka\.ms\/acr\/firewall/i.test(body) ? "acr-firewall" : "acr-no-role";
  },
};

/** `{"errors":[{"code":…}]}`, or Entra's shape. */
function exchangeError({ body, headers }: HttpResponse): VendorError {
  const answer = tryParse(body);
  const errors = answer?.["errors"];
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  const code =
    typeof first === "object" && first !== null && "code" in first ? first.code : answer?.["error"];
  return { code: codeOf(code), requestId: codeOf(headers["x-ms-correlation-request-id"]) };
}
