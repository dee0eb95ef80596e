/** A valid request of the kubelet, shown in hints about the request and in the usage text. */
export const EXAMPLE_REQUEST =
  '{"kind":"CredentialProviderRequest","apiVersion":"credentialprovider.kubelet.k8s.io/v1","image":"123456789012.dkr.ecr.us-east-1.amazonaws.com/app"}';
