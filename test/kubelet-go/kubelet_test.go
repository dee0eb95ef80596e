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

// asKubelet is the name under which the executable of the test acts as a kubelet. Each kubelet is a separate process, because the
// kubelet's code registers its plugins once per process; this also captures its log.
const asKubelet = "kubelet"

// order holds the flags of a kubelet, and the pods that it starts.
type order struct {
	Config string
	BinDir string
	// Env is the environment from its service manager, in addition to PATH.
	Env  map[string]string
	Pods []pod
	// AtOnce is the number of pods that start concurrently; by default they start one after the other.
	AtOnce int
	// Audiences are the audiences for which nodes may request tokens.
	Audiences []string
	// sign signs the tokens of the API server.
	sign func(tokenAsked) string
}

type pod struct {
	Image string
	// Name defaults to web-1.
	Name string
	// Account is nil for a pod without a ServiceAccount, such as a static pod.
	Account *account
}

// report is the result of an order.
type report struct {
	// Refused is the reason why the kubelet does not start.
	Refused string
	Pulls   []pull
	executions
	// Tokens are the tokens that the kubelet requested, in order.
	Tokens []tokenAsked
	// Log is the complete log of the kubelet at the default verbosity.
	Log string
}

// executions are counted by the metrics of the kubelet.
type executions struct{ Runs, Failures int }

// pull holds the logins with which the kubelet would pull one image: it tries each in turn. Without a login, the pull is anonymous.
type pull struct {
	// Refused is the reason why no plugin is run.
	Refused string
	Logins  []login
	// The executions of this pull, if pods start one after the other.
	executions
}

type login struct {
	Username, Password string
	// Account is the ServiceAccount that owns the login, if the node does not: other ServiceAccounts need their own to use the image.
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

// needsProvider returns the folder of the executable, and fails the test if it is not built.
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

// linked returns a folder with links to the executable under these names.
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

// kubelet runs a kubelet with the almost empty environment of a service manager.
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
		t.Fatalf("the kubelet failed: %v, %v\n%s", err, talk, log.String())
	}
	made.Log = log.String()
	if made.Refused == "" && len(made.Pulls) != len(given.Pods) {
		t.Fatalf("%d pods, but %d pulls", len(given.Pods), len(made.Pulls))
	}
	return made
}

// message is sent by the kubelet's process: a token to sign, or its report.
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

// beKubelet does what cmd/kubelet and pkg/kubelet/images do with credential providers.
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

// pull mirrors makeLookupPullCredentialsFunc of the kubelet's image manager.
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
