package kubelet

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	configv1 "k8s.io/kubelet/config/v1"
	"k8s.io/kubernetes/pkg/credentialprovider"
	"k8s.io/kubernetes/pkg/util/parsers"
	"sigs.k8s.io/yaml"
)

// An option in a sample: a comment that is YAML once it is uncommented.
var hint = regexp.MustCompile(`(?m)^    # ((?:env|args):|  .*)$`)

func samples(t *testing.T) []string {
	t.Helper()
	top, _ := filepath.Glob(root + "/config/kubelet/*.yaml")
	dropIn, _ := filepath.Glob(root + "/config/kubelet/drop-in/*.yaml")
	if len(top) == 0 || len(dropIn) == 0 {
		t.Fatal("there are no samples in config/kubelet/")
	}
	scenarios, _ := filepath.Glob(root + "/config/scenarios/*/kubelet.yaml")
	if len(scenarios) == 0 {
		t.Fatal("there are no scenarios in config/scenarios/")
	}
	return slices.Concat(top, dropIn, scenarios)
}

// readSample decodes a sample with the kubelet's types.
func readSample(t *testing.T, path string) configv1.CredentialProviderConfig {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var config configv1.CredentialProviderConfig
	if err := yaml.UnmarshalStrict(text, &config); err != nil {
		t.Fatal(err)
	}
	return config
}

// written writes a configuration to a file and returns the path.
func written(t *testing.T, config configv1.CredentialProviderConfig) string {
	t.Helper()
	text, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	return writtenText(t, string(text))
}

func writtenText(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func namesIn(config configv1.CredentialProviderConfig) []string {
	var names []string
	for _, provider := range config.Providers {
		names = append(names, provider.Name)
	}
	return names
}

func TestTheKubeletStartsWithEverySample(t *testing.T) {
	for _, path := range samples(t) {
		t.Run(strings.TrimPrefix(path, root+"/"), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			bin := linked(t, namesIn(readSample(t, path))...)
			absolute, err := filepath.Abs(path)
			if err != nil {
				t.Fatal(err)
			}
			forms := map[string]string{
				"as it stands":         absolute,
				"with its hints taken": writtenText(t, hint.ReplaceAllString(string(text), "    $1")),
			}
			for name, config := range forms {
				if made := kubelet(t, order{Config: config, BinDir: bin}); made.Refused != "" {
					t.Errorf("%s: %s", name, made.Refused)
				}
			}
		})
	}
}

func TestTheKubeletStartsWithAllDropInsInOneFolder(t *testing.T) {
	folder, err := filepath.Abs(root + "/config/kubelet/drop-in")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, path := range samples(t) {
		if strings.Contains(path, "/drop-in/") {
			names = append(names, namesIn(readSample(t, path))...)
		}
	}
	if made := kubelet(t, order{Config: folder, BinDir: linked(t, names...)}); made.Refused != "" {
		t.Error(made.Refused)
	}
}

// These cases show that the kubelet detects errors, so that the tests above prove something.
func TestTheKubeletRefuses(t *testing.T) {
	const aws, token = "kubelet/aws.yaml", "scenarios/aks-pods-to-acr/kubelet.yaml"
	const required = `requiredServiceAccountAnnotationKeys: ["azure.workload.identity/client-id"]`
	cases := []struct{ name, sample, from, to, want string }{
		{"a misspelt field", aws, "matchImages:", "matchimages:", "unknown field"},
		{"an image pattern that is not a URL", aws, `"public.ecr.aws"`, `"public.ecr.aws:*"`, "invalid port"},
		{"an unknown API version", aws, "credentialprovider.kubelet.k8s.io/v1", "credentialprovider.kubelet.k8s.io/v2", "Unsupported value"},
		{"a missing executable", aws, "- name: registry-credential-provider", "- name: another", "did not exist"},
		{"tokens without a cache type", token, "cacheType: ServiceAccount", "", "cacheType is required"},
		{"tokens for an older protocol", token, "credentialprovider.kubelet.k8s.io/v1", "credentialprovider.kubelet.k8s.io/v1beta1", "only supported for"},
		{"tokens without an audience", token, "serviceAccountTokenAudience: api://AzureADTokenExchange", "", "serviceAccountTokenAudience: Required value"},
		{"required annotations of an optional ServiceAccount", token, "requireServiceAccount: true", "requireServiceAccount: false\n      " + required, "requireServiceAccount cannot be false"},
		{"an annotation that is both required and optional", token, "requireServiceAccount: true", "requireServiceAccount: true\n      " + required, "cannot be both"},
		{"an annotation with an invalid name", token, `"azure.workload.identity/tenant-id"`, `"azure.workload.identity/*"`, "must consist of"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			sample, err := os.ReadFile(filepath.Join(root, "config", c.sample))
			if err != nil {
				t.Fatal(err)
			}
			spoilt := strings.Replace(string(sample), c.from, c.to, 1)
			made := kubelet(t, order{Config: writtenText(t, spoilt), BinDir: linked(t, provider)})
			if !strings.Contains(made.Refused, c.want) {
				t.Errorf("the kubelet reports %q, which does not contain %q", made.Refused, c.want)
			}
		})
	}
}

type vector struct{ Image, Family, Class, Verdict string }

type vectors struct{ Genuine, Hostile []vector }

func readVectors(t *testing.T) vectors {
	t.Helper()
	text, err := os.ReadFile(root + "/test/vectors/hosts.json")
	if err != nil {
		t.Fatal(err)
	}
	var all vectors
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// matched reports whether the kubelet would run a provider with these patterns for an image, and with which repository.
func matched(patterns []string, image string) (string, bool) {
	repository, _, _, err := parsers.ParseImageName(image)
	if err != nil {
		return "", false
	}
	for _, pattern := range patterns {
		if ok, _ := credentialprovider.URLsMatchStr(pattern, repository); ok {
			return repository, true
		}
	}
	return repository, false
}

func TestTheSamplesMatchEveryGenuineImage(t *testing.T) {
	samplesOf := map[string][]string{
		"ecr":               {"all-clouds", "aws", "drop-in/ecr-credential-provider"},
		"ecr-public":        {"all-clouds", "aws", "drop-in/ecr-credential-provider"},
		"artifact-registry": {"all-clouds", "google", "drop-in/auth-provider-gcp"},
		"acr":               {"all-clouds", "azure", "drop-in/acr-credential-provider"},
	}
	patterns := map[string][]string{}
	for _, path := range samples(t) {
		name := strings.TrimSuffix(strings.TrimPrefix(path, root+"/config/kubelet/"), ".yaml")
		patterns[name] = readSample(t, path).Providers[0].MatchImages
	}
	asked := 0
	for _, genuine := range readVectors(t).Genuine {
		repository, _, _, err := parsers.ParseImageName(genuine.Image)
		host, _, _ := strings.Cut(repository, "/")
		// Skip images that the kubelet rejects or treats as images of Docker Hub, and upper-case hosts: its patterns are case-sensitive.
		if err != nil || !strings.HasPrefix(genuine.Image, host+"/") || host != strings.ToLower(host) {
			continue
		}
		asked++
		for _, sample := range samplesOf[genuine.Family] {
			if _, ok := matched(patterns[sample], genuine.Image); !ok {
				t.Errorf("config/kubelet/%s.yaml does not match %s, an image of %s", sample, genuine.Image, genuine.Family)
			}
		}
	}
	if asked < 100 {
		t.Errorf("a kubelet accepts only %d genuine images", asked)
	}
}
