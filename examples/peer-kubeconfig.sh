#!/bin/sh
# Prints a kubeconfig with which another cluster's operator may read this one, after `kubectl apply -f
# manifests/peer-access/`. Arguments go to kubectl and choose the cluster, as in: peer-kubeconfig.sh --context paris
# SERVER overrides the API server's address, where the other cluster must use another one than you.
# What the cluster answers is checked: a kubeconfig may name programs to run.
set -eu
LC_ALL=C
export LC_ALL

secret() {
  kubectl "$@" --namespace service-mirror get secret service-mirror-peer
}

refuse() {
  echo "$1" >&2
  exit 1
}

server=${SERVER:-$(kubectl "$@" config view --minify --raw --output 'jsonpath={.clusters[0].cluster.server}')}
ca=$(secret "$@" --output 'jsonpath={.data.ca\.crt}')
token=$(secret "$@" --output 'go-template={{with .data.token}}{{base64decode .}}{{end}}')
[ -n "$token" ] || refuse 'Secret service-mirror-peer has no token yet: try again in a moment'

case $server in
  *[!][A-Za-z0-9.:/_%~-]*) refuse 'the address of the API server is no URL: set SERVER' ;;
  https://?*) ;;
  *) refuse 'the address of the API server is not https://...: set SERVER' ;;
esac
case $ca in
  '' | *[!A-Za-z0-9+/=]*) refuse 'ca.crt of Secret service-mirror-peer is not base64' ;;
esac
case $token in
  *[!A-Za-z0-9._-]*) refuse 'token of Secret service-mirror-peer is no bearer token' ;;
esac

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
      server: "$server"
      certificate-authority-data: "$ca"
users:
  - name: peer
    user:
      token: "$token"
END
