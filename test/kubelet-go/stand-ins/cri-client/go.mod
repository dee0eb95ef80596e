// Stands in for k8s.io/cri-client, see ../../README.md.
module k8s.io/cri-client

go 1.26.0
