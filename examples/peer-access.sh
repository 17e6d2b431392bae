#!/bin/sh
# Prints the objects that let one peer read this cluster, for `kubectl apply -f -`, as in: peer-access.sh london
# They are ServiceAccount peer-NAME in namespace service-mirror and its bindings to the roles of manifests/peer-access/. The
# account may also renew its own token, and do nothing else. With --namespace NS (repeat it for more) the account reads
# Services of these namespaces only: list them in spec.imports.remoteNamespaces of the peer's Link.
# A grant that was applied before stays. `kubectl delete clusterrolebinding service-mirror-peer:NAME` removes the grant for
# all namespaces. `kubectl --namespace service-mirror delete serviceaccount peer-NAME` removes all access.
set -eu
LC_ALL=C
export LC_ALL

refuse() {
  echo "$1" >&2
  exit 1
}

label() {
  case $2 in
    '' | -* | *- | *[!a-z0-9-]*) refuse "$1 is not a DNS label" ;;
  esac
  [ "${#2}" -le "$3" ] || refuse "$1 is longer than $3 characters"
}

binding() {
  cat <<END
---
apiVersion: rbac.authorization.k8s.io/v1
kind: $1
metadata:
  name: "$2:$name"
${3:+  namespace: "$3"
}  labels: {app.kubernetes.io/part-of: service-mirror}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: $4, name: "$5"}
subjects:
  - {kind: ServiceAccount, name: "peer-$name", namespace: service-mirror}
END
}

[ "$#" -gt 0 ] || refuse 'usage: peer-access.sh NAME [--namespace NAMESPACE]...'
name=$1
shift
label 'the name of the peer' "$name" 50
namespaces=
while [ "$#" -gt 0 ]; do
  [ "$1" = --namespace ] && [ "$#" -gt 1 ] || refuse 'usage: peer-access.sh NAME [--namespace NAMESPACE]...'
  label 'a namespace' "$2" 63
  namespaces="$namespaces $2"
  shift 2
done

cat <<END
apiVersion: v1
kind: ServiceAccount
metadata:
  name: "peer-$name"
  namespace: service-mirror
  labels: {app.kubernetes.io/part-of: service-mirror}
automountServiceAccountToken: false
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: "service-mirror-peer-token:$name"
  namespace: service-mirror
  labels: {app.kubernetes.io/part-of: service-mirror}
rules:
  - {apiGroups: [""], resources: [serviceaccounts/token], resourceNames: ["peer-$name"], verbs: [create]}
END
binding RoleBinding service-mirror-peer-token service-mirror Role "service-mirror-peer-token:$name"
binding RoleBinding service-mirror-peer-identity service-mirror Role service-mirror-peer
binding ClusterRoleBinding service-mirror-peer-uid '' ClusterRole service-mirror-peer-uid
if [ -z "$namespaces" ]; then
  binding ClusterRoleBinding service-mirror-peer '' ClusterRole service-mirror-peer
fi
for namespace in $namespaces; do
  binding RoleBinding service-mirror-peer "$namespace" ClusterRole service-mirror-peer
done
