export const API_VERSION = "credentialprovider.kubelet.k8s.io/v1";

/** As the kubelet asks for a pull without a token. */
export function requestFor(image: string): string {
  return JSON.stringify({ kind: "CredentialProviderRequest", apiVersion: API_VERSION, image });
}
