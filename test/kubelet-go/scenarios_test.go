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

// home is where the scenarios say that they and their files are.
const home = "/etc/registry-credential-provider/"

// scenario is a folder of config/scenarios/ at work: its clouds run until the test ends.
type scenario struct {
	*clouds
	t      *testing.T
	config configv1.CredentialProviderConfig
	// path is the kubelet's configuration: word for word the folder's, but for where ours lies.
	path string
	// bin is where the kubelet finds a recorder under each provider's name.
	bin string
	// signed holds what the API server signed, by token.
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

// recorded returns a folder in which a recorder has these names, and the executable behind it too.
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

// order is for a kubelet of a cluster that is set up as docs/guides/ says.
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

// providerFor is the one that the kubelet runs for an image; nil where it runs none.
func (s *scenario) providerFor(image string) *configv1.CredentialProvider {
	for i, provider := range s.config.Providers {
		if _, ok := matched(provider.MatchImages, image); ok {
			return &s.config.Providers[i]
		}
	}
	return nil
}

// listed are the annotations that a provider is to be given.
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

// requestsWritten are the kubelet's, in order, strictly decoded by its own code.
func (s *scenario) requestsWritten() []*api.CredentialProviderRequest {
	s.t.Helper()
	return decoded[*api.CredentialProviderRequest](s.t, filepath.Join(s.bin, "requests"))
}

// answersGiven are the executable's, in order.
func (s *scenario) answersGiven() []*api.CredentialProviderResponse {
	s.t.Helper()
	return decoded[*api.CredentialProviderResponse](s.t, filepath.Join(s.bin, "answers"))
}

// decoded reads a file of one object a line; where it is not there, no provider ran.
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

// decoys are annotations that would change whose identity it is, if the kubelet passed them on where they are not listed.
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

// podOf is the pod of a play, whose ServiceAccount has decoys too.
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

// checkScenario goes through what each pull came to, beside what was written and said of it: each has its order.
func (s *scenario) checkScenario(pods []pod, made report) {
	requests, answers, failures := s.requestsWritten(), s.answersGiven(), failuresIn(s.t, made.Log)
	for i, planned := range s.pulls {
		s.t.Run(planned.Name, func(t *testing.T) {
			pulled, provider := made.Pulls[i], s.providerFor(planned.Image)
			if provider == nil {
				if planned.Login != "" || pulled.Runs != 0 || len(pulled.Logins) != 0 {
					t.Errorf("the kubelet's patterns do not match, but: %d runs, %d logins", pulled.Runs, len(pulled.Logins))
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
		s.t.Errorf("nobody's: %d requests, %d answers, failures %v", len(requests), len(answers), failures)
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

// checkRequest holds that the kubelet passed on the listed annotations, and a token for this provider's audience and this pod's account.
func (s *scenario) checkRequest(t *testing.T, from pod, provider configv1.CredentialProvider, request *api.CredentialProviderRequest) {
	t.Helper()
	if request.Image != repositoryOf(from.Image) {
		t.Errorf("the image is %q", request.Image)
	}
	if provider.TokenAttributes == nil || from.Account == nil {
		if request.ServiceAccountToken != "" || len(request.ServiceAccountAnnotations) != 0 {
			t.Errorf("there is a token, or there are annotations: %v", request.ServiceAccountAnnotations)
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

// checkAnswer holds that the answer is for the image's own host alone, and that the login in the keyring is the planned one.
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

// checkLogin holds that the keyring has one login, with this user name; that a registry takes it; and whose it is.
func (s *scenario) checkLogin(t *testing.T, from pod, pulled pull, username, at string) {
	t.Helper()
	if len(pulled.Logins) != 1 || pulled.Logins[0].Username != username {
		t.Fatalf("%d logins, or the user name is not %q", len(pulled.Logins), username)
	}
	if check := s.login(at, pulled.Logins[0]); !check.OK {
		t.Errorf("the registry answers %d: %s", check.Status, check.Detail)
	}
	s.checkOwner(t, from, pulled.Logins[0])
}

// checkOwner holds that the kubelet keeps a login for the ServiceAccount whose token was given out for it, and any other for the node.
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
		t.Errorf("the login is the account's %v, not %v", have, want)
	}
}

// repositoryOf is an image as the kubelet asks for it.
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

// checkSecrets holds that the log has none of the clouds' secrets, nor a token of the cluster's.
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
