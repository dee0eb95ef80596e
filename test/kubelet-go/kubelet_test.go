package kubelet

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"k8s.io/component-base/metrics/legacyregistry"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/credentialprovider"
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
	// Env is what its service manager gives it, beside a PATH.
	Env  map[string]string
	Pods []pod
	// AtOnce is how many pods start at the same time, where it is not one after another.
	AtOnce int
	// Audiences are those that the nodes may ask for tokens of.
	Audiences []string
	// sign makes the API server's tokens.
	sign func(tokenAsked) string
}

type pod struct {
	Image string
	// Name is web-1 where it is not said.
	Name string
	// Account is nil for a pod without, such as a static pod.
	Account *account
}

// report is what became of it.
type report struct {
	// Refused is why the kubelet does not start.
	Refused string
	Pulls   []pull
	executions
	// Tokens are those that the API server was asked for, in order.
	Tokens []tokenAsked
	// Log is all that the kubelet logged, at the verbosity that it has by default.
	Log string
}

// executions are counted by the kubelet's own metrics.
type executions struct{ Runs, Failures int }

// pull is how the kubelet would pull one image: every login is tried in turn, without any the pull is anonymous.
type pull struct {
	// Refused is why no plugin is asked at all.
	Refused string
	Logins  []login
	// The executions are this pull's where pods start one after another.
	executions
}

type login struct {
	Username, Password string
	// Account is whose login it is, where it is not the node's: no other may use the image without one of its own.
	Account *credentialprovider.ServiceAccountCoordinates
}

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

// needsProvider fails the test if the executable is not built, and returns the folder that it is in.
func needsProvider(t *testing.T) string {
	t.Helper()
	folder, err := filepath.Abs(dist)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(folder, provider)); err != nil {
		t.Fatalf("the executable is not built (npm run build makes dist/%s)", provider)
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
	var log bytes.Buffer
	command := exec.Command(executable)
	command.Args = []string{asKubelet}
	command.Dir = "/"
	command.Env = []string{"PATH=/usr/bin:/bin"}
	for name, value := range given.Env {
		command.Env = append(command.Env, name+"="+value)
	}
	command.Stderr = &log
	stdin, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	made, talk := converse(given, json.NewEncoder(stdin), json.NewDecoder(stdout))
	stdin.Close()
	if err := command.Wait(); err != nil || talk != nil {
		t.Fatalf("the kubelet ended badly: %v, %v\n%s", err, talk, log.String())
	}
	made.Log = log.String()
	if made.Refused == "" && len(made.Pulls) != len(given.Pods) {
		t.Fatalf("%d pods, but %d pulls", len(given.Pods), len(made.Pulls))
	}
	return made
}

// message is what the kubelet's process says: that it needs a token signed, or its report.
type message struct {
	Sign *tokenAsked
	Made *report
}

func converse(given order, out *json.Encoder, in *json.Decoder) (report, error) {
	if err := out.Encode(given); err != nil {
		return report{}, err
	}
	for {
		var said message
		if err := in.Decode(&said); err != nil {
			return report{}, err
		}
		if said.Made != nil {
			return *said.Made, nil
		}
		if err := out.Encode(given.sign(*said.Sign)); err != nil {
			return report{}, err
		}
	}
}

// beKubelet does what cmd/kubelet and pkg/kubelet/images do with credential providers, and nothing else of theirs.
func beKubelet() error {
	var flags flag.FlagSet
	klog.InitFlags(&flags)
	if err := flags.Set("v", "2"); err != nil {
		return err
	}
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	var given order
	if err := in.Decode(&given); err != nil {
		return err
	}
	var made report
	api := &apiServer{audiences: given.Audiences, in: in, out: out}
	if err := plugin.RegisterCredentialProviderPlugins(given.Config, given.BinDir, api.token, api.serviceAccount); err != nil {
		made.Refused = err.Error()
	} else if made.Pulls, err = startPods(given, api); err != nil {
		return err
	} else if made.executions, err = executed(); err != nil {
		return err
	}
	made.Tokens = api.asked
	klog.Flush()
	return out.Encode(message{Made: &made})
}

func startPods(given order, api *apiServer) ([]pull, error) {
	pulls := make([]pull, len(given.Pods))
	failed := make([]error, len(given.Pods))
	free := make(chan struct{}, max(given.AtOnce, 1))
	var started sync.WaitGroup
	for i, pod := range given.Pods {
		free <- struct{}{}
		started.Go(func() {
			pulls[i], failed[i] = pod.counted(api)
			<-free
		})
	}
	started.Wait()
	return pulls, errors.Join(failed...)
}

func (p pod) counted(api *apiServer) (pull, error) {
	before, err := executed()
	if err != nil {
		return pull{}, err
	}
	result := p.pull(api)
	after, err := executed()
	result.executions = executions{after.Runs - before.Runs, after.Failures - before.Failures}
	return result, err
}

// pull follows makeLookupPullCredentialsFunc of the kubelet's image manager.
func (p pod) pull(api *apiServer) pull {
	repository, _, _, err := parsers.ParseImageName(p.Image)
	if err != nil {
		return pull{Refused: err.Error()}
	}
	namespace, name, accountName := "shop", cmp.Or(p.Name, "web-1"), ""
	if p.Account != nil {
		api.apply(*p.Account)
		namespace, accountName = p.Account.Namespace, p.Account.Name
	}
	keyring := plugin.NewExternalCredentialProviderDockerKeyring(namespace, name, name+"-uid", accountName)
	found, _ := keyring.Lookup(repository)
	var result pull
	for _, one := range found {
		given := login{Username: one.Username, Password: one.Password}
		if one.Source != nil {
			given.Account = one.Source.ServiceAccount
		}
		result.Logins = append(result.Logins, given)
	}
	return result
}

func executed() (done executions, err error) {
	families, err := legacyregistry.DefaultGatherer.Gather()
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			switch family.GetName() {
			case "kubelet_credential_provider_plugin_duration":
				done.Runs += int(metric.GetHistogram().GetSampleCount())
			case "kubelet_credential_provider_plugin_errors_total":
				done.Failures += int(metric.GetCounter().GetValue())
			}
		}
	}
	return done, err
}
