#!/bin/sh
# Prints a patch that pins a cluster as the peer of a Link: its name and its CA, as its operator publishes them.
# Arguments go to kubectl and choose the cluster, as in: peer-patch.sh --context london
set -eu

identity() {
  kubectl "$@" --namespace service-mirror get configmap service-mirror-identity
}

cluster=$(identity "$@" --output 'jsonpath={.data.cluster}')
ca=$(identity "$@" --output 'jsonpath={.data.ca\.crt}')

cat <<END
spec:
  peer:
    cluster: '$cluster'
    caBundle: |
$(printf '%s\n' "$ca" | sed 's/^/      /')
END
