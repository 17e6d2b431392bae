package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"time"
)

type service struct {
	Metadata struct{ Namespace, Name string }
	Spec     struct{ Type, LoadBalancerClass string }
	Status   struct {
		LoadBalancer struct{ Ingress []struct{ IP string } }
	}
}

// balance gives every Service of type LoadBalancer the node's address, for as long as it runs. ipMode VIP makes
// kube-proxy serve that address (KEP-1860). Of two Services with one port, both get it,
// and which of them answers is up to kube-proxy.
func balance(server, pki, address string) error {
	client, err := clientOf(pki)
	if err != nil {
		return err
	}
	for ; ; time.Sleep(500 * time.Millisecond) { // the API server may be down: that is part of the tests
		if err := follow(client, server, address); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
}

func clientOf(pki string) (*http.Client, error) {
	certificate, err := tls.LoadX509KeyPair(pki+"/admin.crt", pki+"/admin.key")
	if err != nil {
		return nil, err
	}
	ca, err := os.ReadFile(pki + "/ca.crt")
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, RootCAs: roots}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: config}}, nil
}

// follow watches until the connection ends. A watch without a resource version starts with everything there is.
func follow(client *http.Client, server, address string) error {
	response, err := client.Get(server + "/api/v1/services?watch=true")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("watching services: %s", response.Status)
	}
	for events := json.NewDecoder(response.Body); ; {
		var event struct {
			Type   string
			Object service
		}
		if err := events.Decode(&event); err != nil {
			return err
		}
		if event.Type != "DELETED" && wants(event.Object, address) {
			if err := assign(client, server, event.Object, address); err != nil {
				return err
			}
		}
	}
}

func wants(s service, address string) bool {
	given := s.Status.LoadBalancer.Ingress
	return s.Spec.Type == "LoadBalancer" && s.Spec.LoadBalancerClass == "" &&
		(len(given) != 1 || given[0].IP != address)
}

func assign(client *http.Client, server string, s service, address string) error {
	patch := fmt.Sprintf(`{"status":{"loadBalancer":{"ingress":[{"ip":%q,"ipMode":"VIP"}]}}}`, address)
	url := fmt.Sprintf("%s/api/v1/namespaces/%s/services/%s/status", server, s.Metadata.Namespace, s.Metadata.Name)
	request, err := http.NewRequest(http.MethodPatch, url, bytes.NewBufferString(patch))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/merge-patch+json")
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK && response.StatusCode != http.StatusNotFound {
		return fmt.Errorf("giving %s/%s its address: %s", s.Metadata.Namespace, s.Metadata.Name, response.Status)
	}
	return nil
}
