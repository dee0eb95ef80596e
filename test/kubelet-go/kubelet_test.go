package kubelet

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/component-base/metrics/legacyregistry"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/credentialprovider/plugin"
	"k8s.io/kubernetes/pkg/util/parsers"
)

const (
	root     = "../.."
	provider = "registry-credential-provider"
	dist     = root + "/dist"
)

// asKubelet is the name under which the test's own executable is a kubelet. Each is a process of its own, since the kubelet's code
// keeps its plugins in a variable that is filled once; so its log is captured too.
const asKubelet = "kubelet"

// order is what a kubelet is started with, and the pods that it then starts.
type order struct {
	Config string
	BinDir string
	Pods   []pod
	// AtOnce is how many pods start at the same time, where it is not one after another.
	AtOnce int
	// Token and Annotations are those of every ServiceAccount.
	Token       string
	Annotations map[string]string
}

type pod struct {
	Image          string
	ServiceAccount string
}

// report is what became of it.
type report struct {
	// Refused is why the kubelet does not start.
	Refused string
	Pulls   []pull
	// Runs and Failures count executions, as the kubelet's own metrics do.
	Runs, Failures int
	// Log is all that the kubelet logged, at the verbosity that it has by default.
	Log string
}

// pull is how the kubelet would pull one image: every login is tried in turn, without any the pull is anonymous.
type pull struct {
	// Refused is why no plugin is asked at all.
	Refused string
	Logins  []login
}

type login struct{ Username, Password string }

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == asKubelet {
		if err := beKubelet(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// needsProvider skips where the executable is not built, and returns the folder that it is in.
func needsProvider(t *testing.T) string {
	t.Helper()
	folder, err := filepath.Abs(dist)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(folder, provider)); err != nil {
		t.Skipf("the executable is not built (npm run build makes dist/%s)", provider)
	}
	return folder
}

// linked returns a folder in which the executable has these names.
func linked(t *testing.T, names ...string) string {
	t.Helper()
	target := filepath.Join(needsProvider(t), provider)
	folder := t.TempDir()
	for _, name := range names {
		if err := os.Symlink(target, filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// kubelet runs one, in the environment that a service manager gives it: next to none.
func kubelet(t *testing.T, given order) report {
	t.Helper()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	stdin, err := json.Marshal(given)
	if err != nil {
		t.Fatal(err)
	}
	var stdout, log bytes.Buffer
	command := exec.Command(executable)
	command.Args = []string{asKubelet}
	command.Dir = "/"
	command.Env = []string{"PATH=/usr/bin:/bin"}
	command.Stdin, command.Stdout, command.Stderr = bytes.NewReader(stdin), &stdout, &log
	if err := command.Run(); err != nil {
		t.Fatalf("the kubelet ended badly: %v\n%s", err, log.String())
	}
	var made report
	if err := json.Unmarshal(stdout.Bytes(), &made); err != nil {
		t.Fatal(err)
	}
	made.Log = log.String()
	if made.Refused == "" && len(made.Pulls) != len(given.Pods) {
		t.Fatalf("%d pods, but %d pulls", len(given.Pods), len(made.Pulls))
	}
	return made
}

// beKubelet does what cmd/kubelet and pkg/kubelet/images do with credential providers, and nothing else of theirs.
func beKubelet() error {
	var flags flag.FlagSet
	klog.InitFlags(&flags)
	if err := flags.Set("v", "2"); err != nil {
		return err
	}
	var given order
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		return err
	}
	var made report
	if err := plugin.RegisterCredentialProviderPlugins(given.Config, given.BinDir, given.token, given.serviceAccount); err != nil {
		made.Refused = err.Error()
	} else {
		made.Pulls = startPods(given)
		if made.Runs, made.Failures, err = executions(); err != nil {
			return err
		}
	}
	klog.Flush()
	return json.NewEncoder(os.Stdout).Encode(made)
}

func startPods(given order) []pull {
	pulls := make([]pull, len(given.Pods))
	free := make(chan struct{}, max(given.AtOnce, 1))
	var started sync.WaitGroup
	for i, pod := range given.Pods {
		free <- struct{}{}
		started.Go(func() {
			pulls[i] = pod.pull()
			<-free
		})
	}
	started.Wait()
	return pulls
}

// pull follows makeLookupPullCredentialsFunc of the kubelet's image manager.
func (p pod) pull() pull {
	repository, _, _, err := parsers.ParseImageName(p.Image)
	if err != nil {
		return pull{Refused: err.Error()}
	}
	keyring := plugin.NewExternalCredentialProviderDockerKeyring("shop", "web-1", "pod-uid", p.ServiceAccount)
	found, _ := keyring.Lookup(repository)
	var result pull
	for _, one := range found {
		result.Logins = append(result.Logins, login{one.Username, one.Password})
	}
	return result
}

// token stands in for the API server's.
func (o order) token(_, _ string, _ *authenticationv1.TokenRequest) (*authenticationv1.TokenRequest, error) {
	return &authenticationv1.TokenRequest{Status: authenticationv1.TokenRequestStatus{Token: o.Token}}, nil
}

func (o order) serviceAccount(namespace, name string) (*corev1.ServiceAccount, error) {
	meta := metav1.ObjectMeta{Namespace: namespace, Name: name, UID: "account-uid", Annotations: o.Annotations}
	return &corev1.ServiceAccount{ObjectMeta: meta}, nil
}

func executions() (runs, failures int, err error) {
	families, err := legacyregistry.DefaultGatherer.Gather()
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			switch family.GetName() {
			case "kubelet_credential_provider_plugin_duration":
				runs += int(metric.GetHistogram().GetSampleCount())
			case "kubelet_credential_provider_plugin_errors_total":
				failures += int(metric.GetCounter().GetValue())
			}
		}
	}
	return runs, failures, err
}
