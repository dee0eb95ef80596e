// Package logs holds the two constants that the kubelet's types take from k8s.io/cri-client.
package logs

// Values of the originals. Nothing here reads them.
const (
	RFC3339NanoFixed   = "2006-01-02T15:04:05.000000000Z07:00"
	RFC3339NanoLenient = "2006-01-02T15:04:05.999999999Z07:00"
)
