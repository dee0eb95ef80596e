package kubelet

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The journal line of a failed plugin; with tokens, it also names the pod. If the message contained a line feed, klog would write
// several lines.
var failureLine = regexp.MustCompile(`^E\d{4} [^\n]*\] "Failed to provide credentials for image" err=("(?:[^"\\]|\\.)*") provider="([^"]*)" image="([^"]*)"` +
	`(?: pod="[^"]*" podUID="[^"]*" serviceAccount="([^"]*)")?\n$`)

// failure is a parsed line.
type failure struct{ cause, provider, image, serviceAccount string }

// failuresIn parses a log that contains only such lines.
func failuresIn(t *testing.T, log string) []failure {
	t.Helper()
	var all []failure
	for line := range strings.Lines(log) {
		found := failureLine.FindStringSubmatch(line)
		if found == nil {
			t.Fatalf("a line of the kubelet's log does not report a failure: %s", line)
		}
		cause, err := strconv.Unquote(found[1])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, failure{cause, found[2], found[3], found[4]})
	}
	return all
}

// check verifies that the cause contains the complete line of the program, with its beginning and its code.
func (f failure) check(t *testing.T, begins, code string) {
	t.Helper()
	if !strings.Contains(f.cause, "exit status 1: "+provider+": "+begins) || !strings.Contains(f.cause, ". Hint: ") {
		t.Errorf("the cause does not contain the line of the program: %s", f.cause)
	}
	if !strings.Contains(f.cause, " [code "+code+", stage ") || !strings.HasSuffix(f.cause, "]") {
		t.Errorf("the cause does not end with the code %s: %s", code, f.cause)
	}
}

func TestAFailureIsOneLineOfTheKubeletsLogWithTheWholeCause(t *testing.T) {
	bin := needsProvider(t)
	const ecr, acr, gar = "123456789012.dkr.ecr.us-east-1.amazonaws.com", "shop.azurecr.io", "europe-docker.pkg.dev"
	status := func(status int) map[string]any { return map[string]any{"kind": "status", "status": status} }
	denied := map[string]any{
		"kind": "status", "status": 400,
		"body": `{"__type":"AccessDeniedException","Message":"User: arn:aws:sts::123456789012:assumed-role/node-role/i-1 is not authorized"}`,
	}
	noIdentity := map[string]any{
		"kind": "status", "status": 400,
		"body": `{"error":"invalid_request","error_description":"Identity not found"}`,
	}
	cases := []struct {
		name, cloud, host string
		where             string
		fault             map[string]any
		code              string
	}{
		{"an instance without a role", "aws", ecr, "imds/role", status(404), "aws-instance-has-no-role"},
		{"a role that may not log in", "aws", ecr, "ecr", denied, "aws-access-denied"},
		{"a service with another's certificate", "aws", ecr, "ecr", map[string]any{"kind": "wrong-name"}, "tls-wrong-name"},
		{"a portal's page in place of a login", "aws", ecr, "ecr", map[string]any{"kind": "html"}, "response-not-json"},
		{"an answer that is broken off within its secret", "aws", ecr, "ecr", map[string]any{"kind": "broken-json"}, "response-malformed"},
		{"an instance without a service account", "google", gar, "gce/token", status(404), "google-instance-has-no-service-account"},
		{"a token that is broken off", "google", gar, "gce/token", map[string]any{"kind": "broken-json"}, "response-malformed"},
		{"a machine without a managed identity", "azure", acr, "azure-imds/token", noIdentity, "azure-identity-not-found"},
		{"an identity that the registry does not know", "azure", acr, "acr/exchange", status(401), "acr-unauthorized"},
		{"a registry that sends its clients elsewhere", "azure", acr, "acr/exchange", map[string]any{"kind": "redirect", "status": 307}, "redirect-refused"},
		{"a refresh token that is broken off", "azure", acr, "acr/exchange", map[string]any{"kind": "broken-json"}, "response-malformed"},
		{"an image of another cloud's registry", "aws", acr, "", nil, "platform-mismatch"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			running := startClouds(t)
			if c.where != "" {
				running.fault(c.where, c.fault)
			}
			config := written(t, sampleOn(t, running, "all-clouds", c.cloud))
			image := c.host + "/shop/app"
			made := kubelet(t, order{Config: config, BinDir: bin, Pods: []pod{{Image: image + ":1"}}})

			if made.Runs != 1 || made.Failures != 1 || len(made.Pulls[0].Logins) != 0 {
				t.Errorf("%d runs, %d failures, %d logins", made.Runs, made.Failures, len(made.Pulls[0].Logins))
			}
			lines := failuresIn(t, made.Log)
			if len(lines) != 1 || lines[0].provider != provider || lines[0].image != image {
				t.Fatalf("the kubelet's log is not one line about a failure:\n%s", made.Log)
			}
			lines[0].check(t, "no login for "+strconv.Quote(c.host)+": ", c.code)
			for _, secret := range running.canaries() {
				if strings.Contains(made.Log, secret) {
					t.Errorf("a secret of the cloud is in the log: %s", made.Log)
				}
			}
		})
	}
}
