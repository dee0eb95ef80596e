package kubelet

import (
	"bufio"
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	configv1 "k8s.io/kubelet/config/v1"
	api "k8s.io/kubelet/pkg/apis/credentialprovider"
	"k8s.io/kubernetes/pkg/credentialprovider"
	"k8s.io/kubernetes/pkg/util/parsers"
)

// home is the folder that the scenarios name for their files.
const home = "/etc/registry-credential-provider/"

// scenario is a folder of config/scenarios/ with its fake clouds, which run until the test ends.
type scenario struct {
	*clouds
	t      *testing.T
	config configv1.CredentialProviderConfig
	// path is the kubelet's configuration: that of the scenario, with the path of its folder replaced.
	path string
	// bin is a folder with a recorder under the name of each provider.
	bin string
	// signed holds the claims that the API server signed, by token.
	signed map[string]tokenAsked
}

func startScenario(t *testing.T, name string) *scenario {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "config/scenarios", name, "kubelet.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	path := writtenText(t, strings.ReplaceAll(string(text), home, folder+"/"))
	config := readSample(t, path)
	return &scenario{
		clouds: startClouds(t, name, folder), t: t, config: config, path: path,
		bin: recorded(t, namesIn(config)...), signed: map[string]tokenAsked{},
	}
}

// recorded returns a folder with a recorder under these names, and the executable that it runs.
func recorded(t *testing.T, names ...string) string {
	t.Helper()
	recorder, err := filepath.Abs("recorder")
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	if err := os.Symlink(linked(t, names...), filepath.Join(bin, "real")); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := os.Symlink(recorder, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	return bin
}

// order returns the order for a kubelet of a cluster that is set up as docs/guides/ describes.
func (s *scenario) order(pods ...pod) order {
	given := order{Config: s.path, BinDir: s.bin, Env: s.env["node"], Pods: pods, sign: s.sign}
	for _, provider := range s.config.Providers {
		if provider.TokenAttributes != nil {
			given.Audiences = append(given.Audiences, provider.TokenAttributes.ServiceAccountTokenAudience)
		}
	}
	return given
}

func (s *scenario) sign(asked tokenAsked) string {
	token := s.token(asked.Audience, asked.Subject)
	s.signed[token] = asked
	return token
}

// providerFor returns the provider that the kubelet runs for an image, or nil.
func (s *scenario) providerFor(image string) *configv1.CredentialProvider {
	for i, provider := range s.config.Providers {
		if _, ok := matched(provider.MatchImages, image); ok {
			return &s.config.Providers[i]
		}
	}
	return nil
}

// listed returns the annotations that the kubelet must pass to a provider.
func listed(provider configv1.CredentialProvider, annotations map[string]string) map[string]string {
	kept := map[string]string{}
	if provider.TokenAttributes == nil {
		return kept
	}
	attributes := provider.TokenAttributes
	for _, key := range slices.Concat(attributes.RequiredServiceAccountAnnotationKeys, attributes.OptionalServiceAccountAnnotationKeys) {
		if value, ok := annotations[key]; ok {
			kept[key] = value
		}
	}
	return kept
}

// requestsWritten returns the kubelet's requests in order, strictly decoded by its own code.
func (s *scenario) requestsWritten() []*api.CredentialProviderRequest {
	s.t.Helper()
	return decoded[*api.CredentialProviderRequest](s.t, filepath.Join(s.bin, "requests"))
}

// answersGiven returns the responses of the executable in order.
func (s *scenario) answersGiven() []*api.CredentialProviderResponse {
	s.t.Helper()
	return decoded[*api.CredentialProviderResponse](s.t, filepath.Join(s.bin, "answers"))
}

// decoded reads a file with one object per line; without the file, no provider ran.
func decoded[T runtime.Object](t *testing.T, path string) []T {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	var all []T
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		object, err := runtime.Decode(strictDecoder(), lines.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, object.(T))
	}
	return all
}

// decoys are annotations that would change the identity if the kubelet passed them on without being listed.
var decoys = map[string]string{
	"eks.amazonaws.com/ecr-role-arn":                   "arn:aws:iam::111122223333:role/decoy",
	"eks.amazonaws.com/role-arn":                       "arn:aws:iam::111122223333:role/decoy",
	"iam.gke.io/enable-wi-image-pull":                  "true",
	"iam.gke.io/gcp-service-account":                   "decoy@shop-images.iam.gserviceaccount.com",
	"kubernetes.azure.com/acr-client-id":               "dddddddd-0000-0000-0000-000000000001",
	"kubernetes.azure.com/acr-tenant-id":               "dddddddd-0000-0000-0000-000000000002",
	"azure.workload.identity/client-id":                "dddddddd-0000-0000-0000-000000000001",
	"azure.workload.identity/tenant-id":                "dddddddd-0000-0000-0000-000000000002",
	"kubectl.kubernetes.io/last-applied-configuration": "{}",
}

// podOf returns the pod of a play; its ServiceAccount also has decoys.
func (s *scenario) podOf(planned plannedPull) pod {
	if planned.Pod == nil {
		return pod{Image: planned.Image}
	}
	annotations := maps.Clone(decoys)
	for _, provider := range s.config.Providers {
		maps.DeleteFunc(annotations, func(key, _ string) bool { return len(listed(provider, map[string]string{key: ""})) > 0 })
	}
	maps.Copy(annotations, planned.Pod.Annotations)
	owner := account{planned.Pod.Namespace, planned.Pod.ServiceAccount, planned.Pod.Namespace + "-uid", annotations}
	return pod{Image: planned.Image, Account: &owner}
}

func TestTheKubeletPlaysEveryScenario(t *testing.T) {
	needsProvider(t)
	folders, err := os.ReadDir(root + "/config/scenarios")
	if err != nil || len(folders) < 15 {
		t.Fatalf("%d scenarios: %v", len(folders), err)
	}
	for _, folder := range folders {
		t.Run(folder.Name(), func(t *testing.T) {
			t.Parallel()
			s := startScenario(t, folder.Name())
			var pods []pod
			for _, planned := range s.pulls {
				pods = append(pods, s.podOf(planned))
			}
			made := kubelet(t, s.order(pods...))
			if made.Refused != "" {
				t.Fatal(made.Refused)
			}
			s.checkScenario(pods, made)
		})
	}
}

// checkScenario compares each pull with its expected result, request, response and log line, all of which are in order.
func (s *scenario) checkScenario(pods []pod, made report) {
	requests, answers, failures := s.requestsWritten(), s.answersGiven(), failuresIn(s.t, made.Log)
	for i, planned := range s.pulls {
		s.t.Run(planned.Name, func(t *testing.T) {
			pulled, provider := made.Pulls[i], s.providerFor(planned.Image)
			if provider == nil {
				if planned.Login != "" || pulled.Runs != 0 || len(pulled.Logins) != 0 {
					t.Errorf("the kubelet's patterns do not match, but there are %d runs and %d logins", pulled.Runs, len(pulled.Logins))
				}
				return
			}
			if pulled.Runs != 1 {
				t.Fatalf("%d runs", pulled.Runs)
			}
			s.checkRequest(t, pods[i], *provider, next(t, &requests))
			if planned.Code != "" {
				checkFailure(t, pods[i], pulled, planned.Code, next(t, &failures))
				return
			}
			s.checkAnswer(t, pods[i], planned, pulled, next(t, &answers))
		})
	}
	if len(requests)+len(answers)+len(failures) != 0 {
		s.t.Errorf("unexpected: %d requests, %d responses, failures %v", len(requests), len(answers), failures)
	}
	s.checkSecrets(made.Log)
}

func next[T any](t *testing.T, all *[]T) (first T) {
	t.Helper()
	if len(*all) == 0 {
		t.Fatalf("there is no %T of this pull", first)
	}
	first, *all = (*all)[0], (*all)[1:]
	return first
}

// checkRequest verifies that the request has the listed annotations, and a token for the audience of the provider and the ServiceAccount of the pod.
func (s *scenario) checkRequest(t *testing.T, from pod, provider configv1.CredentialProvider, request *api.CredentialProviderRequest) {
	t.Helper()
	if request.Image != repositoryOf(from.Image) {
		t.Errorf("the image is %q", request.Image)
	}
	if provider.TokenAttributes == nil || from.Account == nil {
		if request.ServiceAccountToken != "" || len(request.ServiceAccountAnnotations) != 0 {
			t.Errorf("unexpected token or annotations: %v", request.ServiceAccountAnnotations)
		}
		return
	}
	if want := listed(provider, from.Account.Annotations); !maps.Equal(request.ServiceAccountAnnotations, want) {
		t.Errorf("the annotations are %v, not %v", request.ServiceAccountAnnotations, want)
	}
	want := tokenAsked{provider.TokenAttributes.ServiceAccountTokenAudience, from.Account.subject(), "web-1"}
	if token := s.signed[request.ServiceAccountToken]; token != want {
		t.Errorf("the token is %v, not %v", token, want)
	}
}

// checkAnswer verifies that the response has only the host of the image, and that the keyring has the planned login.
func (s *scenario) checkAnswer(t *testing.T, from pod, planned plannedPull, pulled pull, answer *api.CredentialProviderResponse) {
	t.Helper()
	if planned.Login == "" {
		if len(answer.Auth)+len(pulled.Logins) != 0 {
			t.Errorf("%d keys, %d logins", len(answer.Auth), len(pulled.Logins))
		}
		return
	}
	host := hostOf(repositoryOf(from.Image))
	if _, ok := answer.Auth[host]; !ok || len(answer.Auth) != 1 {
		t.Errorf("%d keys, and %q is not the only one", len(answer.Auth), host)
	}
	if answer.CacheDuration == nil || answer.CacheDuration.Minutes() < 1 {
		t.Errorf("the cache duration is %v", answer.CacheDuration)
	}
	s.checkLogin(t, from, pulled, planned.Login, planned.LoginAt)
}

// checkLogin verifies that the keyring has one login with this user name, that the registry accepts it, and its owner.
func (s *scenario) checkLogin(t *testing.T, from pod, pulled pull, username, at string) {
	t.Helper()
	if len(pulled.Logins) != 1 || pulled.Logins[0].Username != username {
		t.Fatalf("%d logins, or the user name is not %q", len(pulled.Logins), username)
	}
	if check := s.login(at, pulled.Logins[0]); !check.OK {
		t.Errorf("the registry returned %d: %s", check.Status, check.Detail)
	}
	s.checkOwner(t, from, pulled.Logins[0])
}

// checkOwner verifies that the kubelet caches a login that was fetched with a token for that ServiceAccount, and any other for the node.
func (s *scenario) checkOwner(t *testing.T, from pod, given login) {
	t.Helper()
	var want, have credentialprovider.ServiceAccountCoordinates
	if from.Account != nil && s.providerFor(from.Image).TokenAttributes != nil {
		want = credentialprovider.ServiceAccountCoordinates{UID: from.Account.UID, Namespace: from.Account.Namespace, Name: from.Account.Name}
	}
	if given.Account != nil {
		have = *given.Account
	}
	if have != want {
		t.Errorf("the owner of the login is %v, not %v", have, want)
	}
}

// repositoryOf returns the image as the kubelet passes it to a provider.
func repositoryOf(image string) string {
	repository, _, _, _ := parsers.ParseImageName(image)
	return repository
}

func hostOf(repository string) string {
	host, _, _ := strings.Cut(repository, "/")
	return host
}

func checkFailure(t *testing.T, from pod, pulled pull, code string, line failure) {
	t.Helper()
	if len(pulled.Logins) != 0 || pulled.Failures != 1 {
		t.Errorf("%d logins, %d failures", len(pulled.Logins), pulled.Failures)
	}
	repository := repositoryOf(from.Image)
	line.check(t, "no login for "+strconv.Quote(hostOf(repository))+": ", code)
	if line.image != repository {
		t.Errorf("the log's line is about %q", line.image)
	}
	if from.Account != nil && line.serviceAccount != from.Account.Namespace+"/"+from.Account.Name {
		t.Errorf("the log's line is about %q", line.serviceAccount)
	}
}

// checkSecrets verifies that the log contains no secret of the clouds and no token of the cluster.
func (s *scenario) checkSecrets(log string) {
	s.t.Helper()
	for _, secret := range s.canaries() {
		if strings.Contains(log, secret) {
			s.t.Errorf("a secret is in the log:\n%s", log)
		}
	}
	for token := range s.signed {
		if strings.Contains(log, token) {
			s.t.Errorf("a token is in the log:\n%s", log)
		}
	}
}
