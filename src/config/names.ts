import type { ListNames, RegistryHost, RegistryName } from "../image.ts";

/** The names of Docker Hub (distribution/reference `normalize.go`). */
const DOCKER_HUB = ["docker.io", "index.docker.io", "registry-1.docker.io"];
/** The port of HTTPS. */
const DEFAULT_PORT = ":443";

/** Returns all names of the registry at a host, the host itself first. */
export function listRegistryNames(
  host: RegistryHost,
  find: (host: RegistryHost) => { readonly listNames?: ListNames } | undefined,
): readonly RegistryName[] {
  const { name } = host;
  const others = find(host)?.listNames?.(name) ?? listUnclaimedNames(name);
  return [{ host: name }, ...others.filter((other) => other.host !== name)];
}

/** Returns the names of a registry that belongs to no supported family. */
export function listUnclaimedNames(name: string): readonly RegistryName[] {
  if (DOCKER_HUB.includes(name)) return DOCKER_HUB.map((host) => ({ host }));
  if (name.endsWith(DEFAULT_PORT)) return [{ host: name.slice(0, -DEFAULT_PORT.length) }];
  return name.includes(":") ? [] : [{ host: name + DEFAULT_PORT }];
}
