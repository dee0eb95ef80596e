package kubelet

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	configv1 "k8s.io/kubelet/config/v1"
)

// clouds are the fake clouds of test/cloud, started by clouds.ts.
type clouds struct {
	t       *testing.T
	stdin   io.Writer
	answers *bufio.Reader
	// env holds the environment of a node by cloud; for a scenario, under "node".
	env map[string]map[string]string
	// pulls are the pulls of a scenario.
	pulls []plannedPull
}

// plannedPull is a pull and its expected result: a login, a failure with a code, or neither.
type plannedPull struct {
	Name  string `json:"name"`
	Image string `json:"image"`
	// Pod is nil for a pod without a ServiceAccount.
	Pod *struct {
		Namespace      string            `json:"namespace"`
		ServiceAccount string            `json:"serviceAccount"`
		Annotations    map[string]string `json:"annotations"`
	} `json:"pod"`
	// LoginAt is the image with which the login is verified.
	LoginAt string `json:"loginAt"`
	Login   string `json:"login"`
	Code    string `json:"code"`
}

// loginCheck is the response of a registry to a login.
type loginCheck struct {
	OK     bool   `json:"ok"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

// startClouds runs the fake clouds until the test ends: all clouds, or those of a scenario with its folder.
func startClouds(t *testing.T, scenario ...string) *clouds {
	t.Helper()
	command := exec.Command(filepath.Join(root, "scripts/node"), append([]string{"clouds.ts"}, scenario...)...)
	command.Stderr = os.Stderr
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
	t.Cleanup(func() {
		stdin.Close()
		if err := command.Wait(); err != nil {
			t.Errorf("the fake clouds failed: %v", err)
		}
	})
	running := &clouds{t: t, stdin: stdin, answers: bufio.NewReader(stdout)}
	var first struct {
		Env   map[string]map[string]string `json:"env"`
		Pulls []plannedPull                `json:"pulls"`
	}
	running.read(&first)
	running.env, running.pulls = first.Env, first.Pulls
	return running
}

// fault makes all following requests to a place, such as `imds/role`, fail.
func (c *clouds) fault(where string, fault map[string]any) {
	c.t.Helper()
	c.ask(map[string]any{"fault": []any{where, fault}}, new(any))
}

// login verifies a login at the registry of an image.
func (c *clouds) login(image string, with login) loginCheck {
	c.t.Helper()
	var answer loginCheck
	c.ask(map[string]any{"login": []string{image, with.Username, with.Password}}, &answer)
	return answer
}

// token returns a token of the cluster's issuer, as the API server signs it.
func (c *clouds) token(audience, subject string) string {
	c.t.Helper()
	var answer string
	c.ask(map[string]any{"token": map[string]string{"audience": audience, "subject": subject}}, &answer)
	return answer
}

// requests lists all requests so far, except those to the registries, which login makes.
func (c *clouds) requests() []string {
	c.t.Helper()
	var answer []string
	c.ask(map[string]any{"requests": true}, &answer)
	return slices.DeleteFunc(answer, func(request string) bool { return strings.HasPrefix(request, "registry/") })
}

// canaries lists every secret that the clouds hold or have issued.
func (c *clouds) canaries() []string {
	c.t.Helper()
	var answer []string
	c.ask(map[string]any{"canaries": true}, &answer)
	return answer
}

// envOf returns the `env` of a provider's configuration on a node of this cloud.
func (c *clouds) envOf(cloud string) []configv1.ExecEnvVar {
	var list []configv1.ExecEnvVar
	for name, value := range c.env[cloud] {
		list = append(list, configv1.ExecEnvVar{Name: name, Value: value})
	}
	return list
}

func (c *clouds) ask(command map[string]any, answer any) {
	c.t.Helper()
	if err := json.NewEncoder(c.stdin).Encode(command); err != nil {
		c.t.Fatal(err)
	}
	c.read(answer)
}

func (c *clouds) read(answer any) {
	c.t.Helper()
	line, err := c.answers.ReadBytes('\n')
	if err != nil {
		c.t.Fatalf("no response from the fake clouds: %v", err)
	}
	if err := json.Unmarshal(line, answer); err != nil {
		c.t.Fatal(err)
	}
}
