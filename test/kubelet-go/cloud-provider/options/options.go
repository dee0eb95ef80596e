// Package options holds the one constant that the kubelet's configuration types take from k8s.io/cloud-provider. The real package
// links the whole API server for it: 794 more packages, none of which the kubelet's plugin code calls.
package options

// CloudControllerManagerWebhookPort has the value of the real one. Nothing here reads it.
const CloudControllerManagerWebhookPort = 10260
