#!/bin/sh
# Prints a kubeconfig with which another cluster's operator may read this one, after `kubectl apply -f
# manifests/peer-access/`. Arguments go to kubectl and choose the cluster, as in: peer-kubeconfig.sh --context paris
# SERVER overrides the API server's address, where the other cluster must use another one than you.
set -eu

secret() {
  kubectl "$@" --namespace service-mirror get secret service-mirror-peer
}

server=${SERVER:-$(kubectl "$@" config view --minify --raw --output 'jsonpath={.clusters[0].cluster.server}')}
ca=$(secret "$@" --output 'jsonpath={.data.ca\.crt}')
token=$(secret "$@" --output 'go-template={{with .data.token}}{{base64decode .}}{{end}}')
if [ -z "$token" ]; then
  echo 'Secret service-mirror-peer has no token yet: try again in a moment' >&2
  exit 1
fi

cat <<END
apiVersion: v1
kind: Config
current-context: peer
contexts:
  - name: peer
    context: {cluster: peer, user: peer}
clusters:
  - name: peer
    cluster:
      server: $server
      certificate-authority-data: $ca
users:
  - name: peer
    user:
      token: $token
END
