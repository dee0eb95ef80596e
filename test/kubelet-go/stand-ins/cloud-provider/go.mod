// Stands in for k8s.io/cloud-provider, see ../../README.md.
module k8s.io/cloud-provider

go 1.26.0
