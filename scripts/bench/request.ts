export const API_VERSION = "credentialprovider.kubelet.k8s.io/v1";

/** Returns the request of the kubelet for a pull without a ServiceAccount token. */
export function encodeImageRequest(image: string): string {
  return JSON.stringify({ kind: "CredentialProviderRequest", apiVersion: API_VERSION, image });
}
