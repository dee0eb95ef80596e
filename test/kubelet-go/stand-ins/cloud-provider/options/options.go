// Package options holds the one constant that the kubelet's configuration types take from k8s.io/cloud-provider.
package options

// CloudControllerManagerWebhookPort has the value of the original. Nothing here reads it.
const CloudControllerManagerWebhookPort = 10260
