#!/bin/sh
# Prints a kubeconfig with which the operator of the peer NAME may read this cluster. Apply what `peer-access.sh NAME` prints
# first. Arguments after NAME go to kubectl and choose the cluster, as in: peer-kubeconfig.sh london --context paris
# The token ends, and the peer's operator renews it at two thirds of its life. DURATION sets that life (90 days, unless the API
# server gives out less). SERVER sets the API server's address, if the other cluster must use another one than you.
# The script checks what the cluster answers, because a kubeconfig may name programs to run.
set -eu
LC_ALL=C
export LC_ALL

refuse() {
  echo "$1" >&2
  exit 1
}

[ "$#" -gt 0 ] || refuse 'usage: peer-kubeconfig.sh NAME [ARGUMENT OF KUBECTL]...'
name=$1
shift
case $name in
  '' | -* | *- | *[!a-z0-9-]*) refuse 'the name of the peer is not a DNS label' ;;
esac

server=${SERVER:-$(kubectl "$@" config view --minify --raw --output 'jsonpath={.clusters[0].cluster.server}')}
ca=$(kubectl "$@" --namespace service-mirror get configmap kube-root-ca.crt --output 'jsonpath={.data.ca\.crt}')
token=$(kubectl "$@" --namespace service-mirror create token "peer-$name" --duration="${DURATION:-2160h}")

case $server in
  *[!][A-Za-z0-9.:/_%~-]*) refuse 'the address of the API server is no URL: set SERVER' ;;
  https://?*) ;;
  *) refuse 'the address of the API server is not https://...: set SERVER' ;;
esac
case $ca in
  *'-----BEGIN CERTIFICATE-----'*) ;;
  *) refuse 'ca.crt of ConfigMap kube-root-ca.crt holds no certificate' ;;
esac
case $token in
  '' | *[!A-Za-z0-9._-]*) refuse "what the API server gave for ServiceAccount peer-$name is no bearer token" ;;
esac
ca=$(printf '%s\n' "$ca" | base64 | tr -d '\n')

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
