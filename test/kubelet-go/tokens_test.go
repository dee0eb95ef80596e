package kubelet

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	api "k8s.io/kubelet/pkg/apis/credentialprovider"
)

const (
	ecrHost = "111122223333.dkr.ecr.eu-west-1.amazonaws.com"
	garHost = "europe-docker.pkg.dev"
)

// step is a pod that starts, and the expected result: without login and code, a pull without a login.
type step struct {
	name string
	pod  pod
	// runs is the number of runs of the provider; 0 if the kubelet has cached the login.
	runs  int
	login string
	code  string
}

// owned returns a pod of a ServiceAccount.
func owned(image, namespace, name string, annotations map[string]string) pod {
	return pod{Image: image, Account: &account{namespace, name, namespace + "-" + name, annotations}}
}

// start runs one kubelet, in which the pods start one after the other.
func (s *scenario) start(steps []step) report {
	s.t.Helper()
	var pods []pod
	for _, one := range steps {
		pods = append(pods, one.pod)
	}
	made := kubelet(s.t, s.order(pods...))
	if made.Refused != "" {
		s.t.Fatal(made.Refused)
	}
	failures := failuresIn(s.t, made.Log)
	for i, one := range steps {
		s.t.Run(one.name, func(t *testing.T) {
			pulled := made.Pulls[i]
			if pulled.Runs != one.runs {
				t.Errorf("%d runs, not %d", pulled.Runs, one.runs)
			}
			if one.code != "" {
				checkFailure(t, one.pod, pulled, one.code, next(t, &failures))
				return
			}
			if one.login != "" {
				s.checkLogin(t, one.pod, pulled, one.login, one.pod.Image)
			} else if len(pulled.Logins) != 0 || pulled.Failures != 0 {
				t.Errorf("%d logins, %d failures", len(pulled.Logins), pulled.Failures)
			}
		})
	}
	if len(failures) != 0 {
		s.t.Errorf("unexpected failures: %v", failures)
	}
	s.checkSecrets(made.Log)
	return made
}

func TestTheKubeletKeepsLoginsOfServiceAccountsApart(t *testing.T) {
	needsProvider(t)
	s := startScenario(t, "eks-pods-to-ecr-by-annotation")
	role := func(name string) map[string]string {
		return map[string]string{"eks.amazonaws.com/ecr-role-arn": "arn:aws:iam::111122223333:role/" + name}
	}
	web, another := ecrHost+"/web:1", ecrHost+"/shop/another:2"
	second := owned(another, "shop", "web", role("pull-web"))
	second.Name = "web-2"
	recreated := owned(web, "shop", "web", role("pull-web"))
	recreated.Account.UID = "another-uid"
	made := s.start([]step{
		{name: "a ServiceAccount gets its login", pod: owned(web, "shop", "web", role("pull-web")), runs: 1, login: "AWS"},
		{name: "its second pod, with another image, has the same", pod: second, login: "AWS"},
		{name: "another ServiceAccount asks for itself, and its role does not trust it", pod: owned(web, "shop", "worker", role("pull-web")), runs: 1, code: "aws-sts-refused"},
		{name: "nor the same name in another namespace", pod: owned(web, "guests", "web", role("pull-web")), runs: 1, code: "aws-sts-refused"},
		{name: "another annotation is another login: a role that does not trust it", pod: owned(web, "shop", "web", role("pull-worker")), runs: 1, code: "aws-sts-refused"},
		{name: "a role that the rule does not allow", pod: owned(web, "shop", "web", role("admin")), runs: 1, code: "annotation-not-allowed"},
		{name: "no annotation, no login", pod: owned(web, "shop", "web", nil), runs: 1, code: "pod-identity-missing"},
		{name: "a ServiceAccount that was made anew asks anew", pod: recreated, runs: 1, login: "AWS"},
		{name: "the first one's login is still there", pod: owned(another, "shop", "web", role("pull-web")), login: "AWS"},
		{name: "a pod without a ServiceAccount has none", pod: pod{Image: web}},
	})
	logins := func(i int) login { return made.Pulls[i].Logins[0] }
	if t.Failed() {
		return
	}
	if logins(1).Password != logins(0).Password || logins(8).Password != logins(0).Password {
		t.Error("the cached login differs from the returned one")
	}
	if logins(7).Password == logins(0).Password {
		t.Error("a recreated ServiceAccount has the login of its predecessor")
	}
	// The kubelet requests a token before it looks into its cache.
	want := tokenAsked{"sts.amazonaws.com", "system:serviceaccount:shop:web", "web-2"}
	if len(made.Tokens) != 9 || made.Tokens[1] != want {
		t.Errorf("the requested tokens are %v", made.Tokens)
	}
}

func TestConcurrentPodsOfManyServiceAccountsGetTheirOwnLogins(t *testing.T) {
	needsProvider(t)
	s := startScenario(t, "on-prem-one-issuer")
	var pods []pod
	for i := range 4 {
		for _, image := range []string{ecrHost + "/web", garHost + "/shop-images/containers/web", "shopimages.azurecr.io/web"} {
			first, second := owned(image, "shop", "web", nil), owned(image, "guests", "web", nil)
			first.Name, second.Name = fmt.Sprintf("web-%d", i), fmt.Sprintf("guest-%d", i)
			pods = append(pods, first, second)
		}
	}
	given := s.order(pods...)
	given.AtOnce = 8
	made := kubelet(t, given)
	for i, pulled := range made.Pulls {
		invited := pods[i].Account.Namespace == "shop"
		if invited != (len(pulled.Logins) == 1) {
			t.Errorf("%s: %d logins for %s", pods[i].Image, len(pulled.Logins), pods[i].Account.subject())
		}
		for _, given := range pulled.Logins {
			s.checkOwner(t, pods[i], given)
		}
	}
	lines := failuresIn(t, made.Log)
	for _, line := range lines {
		line.check(t, "no login for ", "service-account-not-allowed")
	}
	if len(lines) != len(pods)/2 || made.Failures != len(pods)/2 {
		t.Errorf("%d lines, %d failures", len(lines), made.Failures)
	}
	for _, asked := range made.Tokens {
		if asked.Audience != "image-pulls.corp.example" {
			t.Errorf("a token was requested for %q", asked.Audience)
		}
	}
	s.checkSecrets(made.Log)
}

func TestAPodWithoutARequiredAnnotationDoesNotRunTheProvider(t *testing.T) {
	needsProvider(t)
	s := startScenario(t, "aks-pods-to-acr")
	image, key := "shopimages.azurecr.io/web:1", "azure.workload.identity/client-id"
	// The scenario lists both as optional, so that the provider can report the missing one.
	attributes := s.config.Providers[0].TokenAttributes
	attributes.RequiredServiceAccountAnnotationKeys = []string{key}
	attributes.OptionalServiceAccountAnnotationKeys = []string{"azure.workload.identity/tenant-id"}
	s.path = written(t, s.config)
	client := map[string]string{key: "00001111-aaaa-2222-bbbb-3333cccc4444"}
	optional := map[string]string{"azure.workload.identity/tenant-id": "aaaabbbb-0000-cccc-1111-dddd2222eeee"}
	made := s.start([]step{
		{name: "without any", pod: owned(image, "shop", "web", nil)},
		{name: "with the optional one alone", pod: owned(image, "shop", "web", optional)},
		{name: "with a key that only looks like it", pod: owned(image, "shop", "web", map[string]string{strings.ToUpper(key): client[key]})},
		{name: "with it", pod: owned(image, "shop", "web", client), runs: 1, login: "00000000-0000-0000-0000-000000000000"},
		{name: "with it, but nothing in it", pod: owned(image, "shop", "web", map[string]string{key: ""}), runs: 1, code: "annotation-malformed"},
	})
	if len(made.Tokens) != 2 {
		t.Errorf("tokens were requested: %v", made.Tokens)
	}
	if written := s.requestsWritten(); len(written) != 2 {
		t.Errorf("%d requests were written", len(written))
	}
}

func TestAStaticPodUsesTheNodeIdentityIfNoServiceAccountIsRequired(t *testing.T) {
	needsProvider(t)
	s := startScenario(t, "gke-pods")
	image := garHost + "/shop-images/containers/web:1"
	optIn := map[string]string{"iam.gke.io/enable-wi-image-pull": "true"}
	made := s.start([]step{
		{name: "a static pod is the node", pod: pod{Image: image}, runs: 1, login: "oauth2accesstoken"},
		{name: "a ServiceAccount's pod does not take the node's login", pod: owned(image, "shop", "web", optIn), runs: 1, login: "oauth2accesstoken"},
		{name: "and keeps its own", pod: owned(image, "shop", "web", optIn), login: "oauth2accesstoken"},
		{name: "as the node keeps the node's", pod: pod{Image: image}, login: "oauth2accesstoken"},
	})
	if len(made.Tokens) != 2 || made.Tokens[0].Audience != "shop-cluster.svc.id.goog" {
		t.Errorf("tokens were requested: %v", made.Tokens)
	}
	if !t.Failed() && made.Pulls[0].Logins[0].Password == made.Pulls[1].Logins[0].Password {
		t.Error("the pod has the login of the node")
	}
}

// A rule with a path applies to one image; without this, the kubelet would use its login for all images of the host.
func TestALoginOfARuleWithAPathIsCachedForOneImage(t *testing.T) {
	needsProvider(t)
	web := func(image string) pod { return owned(image, "shop", "web", nil) }
	node := func(image string) pod { return pod{Image: image} }
	const harbor, gitlab, hub, gcr = "harbor.corp.example:8443/shop", "registry.gitlab.com/shop", "docker.io/corp", garHost + "/shop-images"
	cases := []struct {
		name, scenario string
		keyType        api.PluginCacheKeyType
		pods           []pod
	}{
		{"a rule with a path", "eks-pods-to-artifact-registry", api.ImagePluginCacheKeyType, []pod{web(gcr + "/a/web"), web(gcr + "/a/job")}},
		{"a rule with a path, and the cluster's issuer", "on-prem-one-issuer", api.ImagePluginCacheKeyType, []pod{web(gcr + "/a/web"), web(gcr + "/a/job")}},
		{"a rule with a path, and a login from a file", "harbor-by-file", api.ImagePluginCacheKeyType, []pod{node(harbor + "/web"), node(harbor + "/job")}},
		{"a rule that allows some repositories", "harbor-by-file", api.ImagePluginCacheKeyType, []pod{node(gitlab + "/web"), node(gitlab + "/job")}},
		{"a mirror to a rule with a path", "pull-through-mirrors", api.ImagePluginCacheKeyType, []pod{node("ghcr.io/corp/web"), node("ghcr.io/corp/job")}},
		{"a rule for the whole host", "on-prem-one-issuer", api.RegistryPluginCacheKeyType, []pod{web(ecrHost + "/web"), web(ecrHost + "/job")}},
		{"a rule for the whole host, and a login from a file", "harbor-by-file", api.RegistryPluginCacheKeyType, []pod{node(hub + "/web"), node(hub + "/job")}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := startScenario(t, c.scenario)
			// Finally the first image again.
			made := kubelet(t, s.order(append(c.pods, c.pods[0])...))
			if made.Refused != "" || made.Log != "" {
				t.Fatal(made.Refused, made.Log)
			}
			var runs []int
			for i, pulled := range made.Pulls {
				runs = append(runs, pulled.Runs)
				if len(pulled.Logins) != 1 {
					t.Errorf("pull %d: %d logins", i, len(pulled.Logins))
				}
			}
			want := []int{1, 1, 0}
			if c.keyType == api.RegistryPluginCacheKeyType {
				want = []int{1, 0, 0}
			}
			if !slices.Equal(runs, want) {
				t.Errorf("the provider ran %v times, not %v", runs, want)
			}
			for _, answer := range s.answersGiven() {
				if answer.CacheKeyType != c.keyType {
					t.Errorf("the cache key type is %q", answer.CacheKeyType)
				}
			}
		})
	}
}

// The kubelet logs the reason and does not run the provider; docs/guides/pod-identity.md describes the log line.
func TestTheProviderDoesNotRunWithoutAToken(t *testing.T) {
	needsProvider(t)
	image := garHost + "/shop-images/containers/web:1"
	deleted := owned(image, "shop", "web", nil)
	deleted.Account.UID = ""
	cases := []struct {
		name      string
		pod       pod
		isGranted bool
		cause     string
	}{
		{"the nodes may not ask for tokens of the audience", owned(image, "shop", "web", nil), false, `audience "shop-cluster.svc.id.goog" not found in pod spec volume`},
		{"the ServiceAccount was deleted, though none is required", deleted, true, `failed to get service account: serviceaccounts "web" not found`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := startScenario(t, "gke-pods")
			given := s.order(c.pod)
			if !c.isGranted {
				given.Audiences = nil
			}
			made := kubelet(t, given)
			if made.Runs != 0 || len(made.Pulls[0].Logins) != 0 {
				t.Errorf("%d runs, %d logins", made.Runs, len(made.Pulls[0].Logins))
			}
			lines := failuresIn(t, made.Log)
			if len(lines) != 1 || !strings.Contains(lines[0].cause, c.cause) || strings.Contains(lines[0].cause, "[code ") {
				t.Errorf("the kubelet logged:\n%s", made.Log)
			}
		})
	}
}

// A proxy between the kubelet and the API server returns a string that is not a token, but may be a secret.
func TestAnInvalidTokenIsNotLogged(t *testing.T) {
	needsProvider(t)
	s := startScenario(t, "on-prem-one-issuer")
	const token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl"
	given := s.order(owned(ecrHost+"/web", "shop", "web", nil))
	given.sign = func(tokenAsked) string { return token }
	made := kubelet(t, given)
	lines := failuresIn(t, made.Log)
	if len(lines) != 1 || len(made.Pulls[0].Logins) != 0 {
		t.Fatalf("%d logins, and the kubelet logged:\n%s", len(made.Pulls[0].Logins), made.Log)
	}
	lines[0].check(t, "no login for \""+ecrHost+"\": ", "pod-token-malformed")
	for part := range strings.SplitSeq(token, ".") {
		if strings.Contains(made.Log, part) {
			t.Errorf("the token is in the log:\n%s", made.Log)
		}
	}
	if asked := s.requests(); len(asked) != 0 {
		t.Errorf("the clouds received requests: %v", asked)
	}
}
