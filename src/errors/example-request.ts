/** What the kubelet would send; shown wherever a request is wrong, and to who starts the program by hand. */
export const EXAMPLE_REQUEST =
  '{"kind":"CredentialProviderRequest","apiVersion":"credentialprovider.kubelet.k8s.io/v1","image":"123456789012.dkr.ecr.us-east-1.amazonaws.com/app"}';
