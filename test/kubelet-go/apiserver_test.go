package kubelet

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// account is a ServiceAccount. UID is empty after it was deleted.
type account struct {
	Namespace, Name, UID string
	Annotations          map[string]string
}

func (a account) subject() string {
	return "system:serviceaccount:" + a.Namespace + ":" + a.Name
}

// tokenAsked describes a token that the kubelet requested from the API server.
type tokenAsked struct {
	Audience, Subject string
	// Pod is the pod that the token is bound to.
	Pod string
}

// apiServer runs inside the kubelet's process. The fake clouds, which trust the cluster as an issuer, sign its tokens; the
// kubelet's process requests signatures over its standard streams.
type apiServer struct {
	audiences []string
	in        *json.Decoder
	out       *json.Encoder

	mutex    sync.Mutex
	accounts map[types.NamespacedName]account
	asked    []tokenAsked
}

// apply creates, changes or deletes a ServiceAccount.
func (s *apiServer) apply(one account) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.accounts == nil {
		s.accounts = map[types.NamespacedName]account{}
	}
	s.accounts[types.NamespacedName{Namespace: one.Namespace, Name: one.Name}] = one
}

func (s *apiServer) find(namespace, name string) (account, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	one := s.accounts[types.NamespacedName{Namespace: namespace, Name: name}]
	if one.UID == "" {
		return account{}, apierrors.NewNotFound(corev1.Resource("serviceaccounts"), name)
	}
	return one, nil
}

func (s *apiServer) serviceAccount(namespace, name string) (*corev1.ServiceAccount, error) {
	one, err := s.find(namespace, name)
	if err != nil {
		return nil, err
	}
	meta := metav1.ObjectMeta{Namespace: namespace, Name: name, UID: types.UID(one.UID), Annotations: one.Annotations}
	return &corev1.ServiceAccount{ObjectMeta: meta}, nil
}

// token refuses the requests that the API server refuses to a node: plugin/pkg/admission/noderestriction and pkg/registry/core/serviceaccount/storage.
func (s *apiServer) token(namespace, name string, request *authenticationv1.TokenRequest) (*authenticationv1.TokenRequest, error) {
	one, err := s.find(namespace, name)
	if err != nil {
		return nil, err
	}
	resource := corev1.Resource("serviceaccounts")
	if request.UID != types.UID(one.UID) {
		why := fmt.Errorf("the UID in the token request (%s) does not match the UID of the service account (%s)", request.UID, one.UID)
		return nil, apierrors.NewConflict(resource, name, why)
	}
	bound := request.Spec.BoundObjectRef
	if bound == nil || bound.Kind != "Pod" || bound.APIVersion != "v1" || bound.UID != types.UID(bound.Name+"-uid") {
		return nil, apierrors.NewForbidden(resource, name, fmt.Errorf("node requested token not bound to a pod"))
	}
	if len(request.Spec.Audiences) != 1 {
		return nil, apierrors.NewForbidden(resource, name, fmt.Errorf("node may only request 0 or 1 audiences"))
	}
	audience := request.Spec.Audiences[0]
	if !slices.Contains(s.audiences, audience) {
		why := fmt.Errorf("audience %q not found in pod spec volume, system:node:node-1 is not authorized to request tokens for this audience", audience)
		return nil, apierrors.NewForbidden(resource, name, why)
	}
	signed, err := s.signed(tokenAsked{Audience: audience, Subject: one.subject(), Pod: bound.Name})
	return &authenticationv1.TokenRequest{Status: authenticationv1.TokenRequestStatus{Token: signed}}, err
}

func (s *apiServer) signed(asked tokenAsked) (token string, err error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.asked = append(s.asked, asked)
	if err = s.out.Encode(message{Sign: &asked}); err != nil {
		return "", err
	}
	return token, s.in.Decode(&token)
}
