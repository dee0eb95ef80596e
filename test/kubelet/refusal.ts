/** An image, a pattern or a URL that the kubelet refuses. */
export class KubeletRefusal extends Error {}
