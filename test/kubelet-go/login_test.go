package kubelet

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	configv1 "k8s.io/kubelet/config/v1"
	"k8s.io/kubelet/pkg/apis/credentialprovider"
	"k8s.io/kubelet/pkg/apis/credentialprovider/install"
)

const (
	v1       = "credentialprovider.kubelet.k8s.io/v1"
	v1beta1  = "credentialprovider.kubelet.k8s.io/v1beta1"
	v1alpha1 = "credentialprovider.kubelet.k8s.io/v1alpha1"
)

// sampleOn returns a sample for a node of this cloud, with the environment of the cloud in the provider's env.
func sampleOn(t *testing.T, running *clouds, name, cloud string) configv1.CredentialProviderConfig {
	t.Helper()
	config := readSample(t, root+"/config/kubelet/"+name+".yaml")
	config.Providers[0].Env = running.envOf(cloud)
	return config
}

// checkPulls verifies that each image has exactly one login, with this user name, and that its registry accepts it.
func checkPulls(t *testing.T, running *clouds, made report, images []string, username string) {
	t.Helper()
	if made.Refused != "" {
		t.Fatal(made.Refused)
	}
	if made.Log != "" || made.Failures != 0 {
		t.Errorf("%d failures, and the kubelet logged:\n%s", made.Failures, made.Log)
	}
	for i, image := range images {
		found := made.Pulls[i].Logins
		if len(found) != 1 {
			t.Errorf("%s: %d logins instead of one", image, len(found))
			continue
		}
		if found[0].Username != username {
			t.Errorf("%s: the user name is %q, not %q", image, found[0].Username, username)
		}
		if check := running.login(strings.ToLower(image), found[0]); !check.OK {
			t.Errorf("%s: the registry returned %d: %s", image, check.Status, check.Detail)
		}
	}
}

// family is a registry family with the user name of its logins.
type family struct {
	name, cloud, image, username string
}

var families = []family{
	{"ECR", "aws", "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/app:1.2", "AWS"},
	{"ECR of another account, by digest", "aws", "999999999999.dkr.ecr.eu-west-1.amazonaws.com/app@sha256:" + strings.Repeat("0a", 32), "AWS"},
	{"ECR by its FIPS name", "aws", "123456789012.dkr.ecr-fips.us-west-2.amazonaws.com/app", "AWS"},
	{"ECR by its dual-stack name", "aws", "123456789012.dkr-ecr.eu-central-1.on.aws/app", "AWS"},
	{"ECR by its FIPS dual-stack name", "aws", "123456789012.dkr-ecr-fips.us-east-2.on.aws/app", "AWS"},
	{"ECR with a region in capitals", "aws", "123456789012.dkr.ecr.US-EAST-1.amazonaws.com/app", "AWS"},
	{"ECR Public", "aws", "public.ecr.aws/nginx/nginx:stable", "AWS"},
	{"ECR Public by its dual-stack name", "aws", "ecr-public.aws.com/nginx/nginx", "AWS"},
	{"Artifact Registry", "google", "europe-west3-docker.pkg.dev/shop-1/images/app", "oauth2accesstoken"},
	{"Artifact Registry by its regional name", "google", "docker.europe-west3.rep.pkg.dev/shop-1/images/app", "oauth2accesstoken"},
	{"Artifact Registry in capitals", "google", "EUROPE-docker.pkg.dev/shop-1/images/app", "oauth2accesstoken"},
	{"gcr.io", "google", "gcr.io/shop-1/app", "oauth2accesstoken"},
	{"gcr.io of a continent", "google", "eu.gcr.io/shop-1/app", "oauth2accesstoken"},
	{"ACR", "azure", "shop.azurecr.io/app:1", "00000000-0000-0000-0000-000000000000"},
	{"ACR with a name of the tenant's scope", "azure", "shop-a1b2c3.azurecr.io/app", "00000000-0000-0000-0000-000000000000"},
	{"ACR by its regional name", "azure", "shop.westeurope.geo.azurecr.io/app", "00000000-0000-0000-0000-000000000000"},
	{"ACR in capitals", "azure", "SHOP.azurecr.io/app", "00000000-0000-0000-0000-000000000000"},
}

func TestANodePullsImagesOfItsCloud(t *testing.T) {
	bin := needsProvider(t)
	running := startClouds(t)
	for _, one := range families {
		t.Run(one.name, func(t *testing.T) {
			config := written(t, sampleOn(t, running, one.cloud, one.cloud))
			made := kubelet(t, order{Config: config, BinDir: bin, Pods: []pod{{Image: one.image}}})
			checkPulls(t, running, made, []string{one.image}, one.username)
		})
	}
}

func TestOneSampleWorksOnNodesOfAllClouds(t *testing.T) {
	bin := needsProvider(t)
	running := startClouds(t)
	for _, one := range families {
		if !slices.Contains([]string{"ECR", "ECR Public", "Artifact Registry", "ACR"}, one.name) {
			continue
		}
		t.Run(one.name, func(t *testing.T) {
			config := written(t, sampleOn(t, running, "all-clouds", one.cloud))
			made := kubelet(t, order{Config: config, BinDir: bin, Pods: []pod{{Image: one.image}}})
			checkPulls(t, running, made, []string{one.image}, one.username)
		})
	}
}

// strictDecoder decodes a response like the kubelet, and rejects unknown fields.
func strictDecoder() runtime.Decoder {
	scheme := runtime.NewScheme()
	install.Install(scheme)
	return serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDecoder()
}

// The kubelet's keyring does not contain the key of a login, so this test runs the executable directly.
func TestTheResponseHasOnlyTheHostOfTheImage(t *testing.T) {
	bin := needsProvider(t)
	running := startClouds(t)
	for _, one := range families {
		t.Run(one.name, func(t *testing.T) {
			repository, _ := matched([]string{"*"}, one.image)
			stdin := fmt.Sprintf(`{"kind":"CredentialProviderRequest","apiVersion":%q,"image":%q}`+"\n", v1, repository)
			command := exec.Command(filepath.Join(bin, provider))
			for name, value := range running.env[one.cloud] {
				command.Env = append(command.Env, name+"="+value)
			}
			command.Stdin, command.Stderr = strings.NewReader(stdin), os.Stderr
			stdout, err := command.Output()
			if err != nil {
				t.Fatal(err)
			}
			decoded, err := runtime.Decode(strictDecoder(), stdout)
			if err != nil {
				t.Fatal(err)
			}
			answer := decoded.(*credentialprovider.CredentialProviderResponse)
			host, _, _ := strings.Cut(repository, "/")
			if _, ok := answer.Auth[host]; !ok || len(answer.Auth) != 1 {
				t.Errorf("%d keys, and %q is not the only one", len(answer.Auth), host)
			}
			if answer.CacheKeyType != credentialprovider.RegistryPluginCacheKeyType {
				t.Errorf("the cache key type is %q", answer.CacheKeyType)
			}
			if answer.CacheDuration == nil || answer.CacheDuration.Minutes() < 1 {
				t.Errorf("the cache duration is %v", answer.CacheDuration)
			}
		})
	}
}

func TestEachVersionOfTheProtocolIsSupported(t *testing.T) {
	bin := needsProvider(t)
	running := startClouds(t)
	image := "123456789012.dkr.ecr.us-east-1.amazonaws.com/app"
	for _, protocol := range []string{v1, v1beta1, v1alpha1} {
		for _, format := range []string{"v1", "v1beta1", "v1alpha1"} {
			t.Run(protocol+" in a configuration of "+format, func(t *testing.T) {
				config := sampleOn(t, running, "aws", "aws")
				config.APIVersion = "kubelet.config.k8s.io/" + format
				config.Providers[0].APIVersion = protocol
				made := kubelet(t, order{Config: written(t, config), BinDir: bin, Pods: []pod{{Image: image}}})
				checkPulls(t, running, made, []string{image}, "AWS")
			})
		}
	}
}

func TestALinkWithTheNameOfAnUpstreamProviderAcceptsItsArguments(t *testing.T) {
	azureJSON := writtenText(t, `{"cloud":"AzurePublicCloud","tenantId":"72f988bf-0000-4000-8000-000000000001","useManagedIdentityExtension":true,"userAssignedIdentityID":""}`)
	cases := []struct{ sample, cloud, image, username string }{
		{"drop-in/ecr-credential-provider", "aws", "123456789012.dkr.ecr.us-east-1.amazonaws.com/app", "AWS"},
		{"drop-in/auth-provider-gcp", "google", "europe-docker.pkg.dev/shop-1/images/app", "oauth2accesstoken"},
		{"drop-in/acr-credential-provider", "azure", "shop.azurecr.io/app", "00000000-0000-0000-0000-000000000000"},
	}
	running := startClouds(t)
	for _, c := range cases {
		t.Run(c.sample, func(t *testing.T) {
			config := sampleOn(t, running, c.sample, c.cloud)
			if args := config.Providers[0].Args; slices.Contains(args, "/etc/kubernetes/azure.json") {
				args[slices.Index(args, "/etc/kubernetes/azure.json")] = azureJSON
			}
			made := kubelet(t, order{Config: written(t, config), BinDir: linked(t, config.Providers[0].Name), Pods: []pod{{Image: c.image}}})
			checkPulls(t, running, made, []string{c.image}, c.username)
		})
	}
}

func TestTheKubeletCachesALoginForAllImagesOfARegistry(t *testing.T) {
	bin := needsProvider(t)
	running := startClouds(t)
	images := []string{
		"123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/app",
		"123456789012.dkr.ecr.us-east-1.amazonaws.com/another",
		"123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/app:2",
	}
	var pods []pod
	for _, image := range images {
		pods = append(pods, pod{Image: image})
	}
	made := kubelet(t, order{Config: written(t, sampleOn(t, running, "aws", "aws")), BinDir: bin, Pods: pods})
	checkPulls(t, running, made, images, "AWS")
	if made.Runs != 1 {
		t.Errorf("the kubelet ran the provider %d times", made.Runs)
	}
}

func TestTwentyConcurrentPullsGetTheirLogins(t *testing.T) {
	bin := needsProvider(t)
	running := startClouds(t)
	var pods []pod
	var images []string
	for i := range 20 {
		images = append(images, fmt.Sprintf("123456789012.dkr.ecr.us-east-1.amazonaws.com/app-%d", i))
		pods = append(pods, pod{Image: images[i]})
	}
	made := kubelet(t, order{Config: written(t, sampleOn(t, running, "aws", "aws")), BinDir: bin, Pods: pods, AtOnce: len(pods)})
	checkPulls(t, running, made, images, "AWS")
	// The kubelet does not know that one login is valid for all images; the number of overlapping runs varies.
	if made.Runs < 2 {
		t.Errorf("the kubelet ran the provider %d times", made.Runs)
	}
}

func TestAnImageOfAnUnsupportedRegistryIsPulledWithoutALogin(t *testing.T) {
	bin := needsProvider(t)
	running := startClouds(t)
	config := sampleOn(t, running, "all-clouds", "aws")
	// The widest patterns, so that the kubelet runs the provider for all of these.
	for _, stars := range []string{"*", "*.*", "*.*.*", "*.*.*.*", "*.*.*.*.*", "*.*.*.*.*.*", "*.*.*.*.*.*.*", "*.*.*.*.*.*.*.*"} {
		config.Providers[0].MatchImages = append(config.Providers[0].MatchImages, stars, stars+":5000")
	}
	pods := []pod{
		{Image: "busybox"},
		{Image: "quay.io/acme/app"},
		{Image: "ghcr.io/acme/app@sha256:" + strings.Repeat("0a", 32)},
		{Image: "localhost/app"},
		{Image: "10.0.0.1:5000/app"},
		{Image: "123456789012.dkr.ecr.us-east-1.amazonaws.com:5000/app"},
		{Image: "123456789012.dkr.ecr.us-east-1.amazonaws.com.evil.example/app"},
		{Image: "evil.example/123456789012.dkr.ecr.us-east-1.amazonaws.com/app"},
		{Image: "evilazurecr.io/app"},
		{Image: "169.254.169.254/latest"},
	}
	made := kubelet(t, order{Config: written(t, config), BinDir: bin, Pods: pods})
	checkNothing(t, running, made, len(pods))
}

func TestAHostileImageThatASampleMatchesIsPulledWithoutALogin(t *testing.T) {
	bin := needsProvider(t)
	running := startClouds(t)
	config := sampleOn(t, running, "all-clouds", "aws")
	var pods []pod
	seen := map[string]bool{}
	for _, hostile := range readVectors(t).Hostile {
		repository, ok := matched(config.Providers[0].MatchImages, hostile.Image)
		if ok && !seen[repository] {
			seen[repository] = true
			pods = append(pods, pod{Image: hostile.Image})
		}
	}
	if len(pods) < 100 {
		t.Errorf("only %d hostile images reach the provider", len(pods))
	}
	made := kubelet(t, order{Config: written(t, config), BinDir: bin, Pods: pods, AtOnce: 4})
	checkNothing(t, running, made, len(pods))
}

// checkNothing verifies that the provider ran this often, returned no login, did not fail, and contacted no cloud.
func checkNothing(t *testing.T, running *clouds, made report, runs int) {
	t.Helper()
	if made.Refused != "" {
		t.Fatal(made.Refused)
	}
	for i, pull := range made.Pulls {
		if len(pull.Logins) != 0 || pull.Refused != "" {
			t.Errorf("pull %d: %d logins, %s", i, len(pull.Logins), pull.Refused)
		}
	}
	if made.Runs != runs || made.Failures != 0 || made.Log != "" {
		t.Errorf("%d runs, not %d; %d failures; the kubelet logged:\n%s", made.Runs, runs, made.Failures, made.Log)
	}
	if asked := running.requests(); len(asked) != 0 {
		t.Errorf("the clouds received requests: %v", asked)
	}
}
