#!/bin/sh
# Prints a patch (JSON) that pins a cluster as the peer of a Link: its name and its CA, as its operator publishes them.
# Arguments go to kubectl and choose the cluster, as in: peer-patch.sh --context london
# That cluster chooses what it publishes. The script refuses everything that is not a name and certificates.
set -eu
LC_ALL=C
export LC_ALL

identity() {
  kubectl "$@" --namespace service-mirror get configmap service-mirror-identity
}

refuse() {
  echo "ConfigMap service-mirror-identity of that cluster: $1" >&2
  exit 1
}

cluster=$(identity "$@" --output 'jsonpath={.data.cluster}')
ca=$(identity "$@" --output 'jsonpath={.data.ca\.crt}')

case $cluster in
  '' | -* | *- | *[!a-z0-9-]*) refuse 'cluster is not a DNS label' ;;
esac
[ "${#cluster}" -le 50 ] || refuse 'cluster is longer than 50 characters'

# certificates alone, as the text of a JSON string; text between them is left out
bundle=$(printf '%s\n' "$ca" | awk '
  { sub(/\r$/, "") }
  /^-----BEGIN CERTIFICATE-----$/ && !inside { inside = 1; text = text $0 "\\n"; next }
  /^-----END CERTIFICATE-----$/ && inside { inside = 0; text = text $0 "\\n"; next }
  /^[A-Za-z0-9+\/=]+$/ && inside { text = text $0 "\\n"; next }
  inside || /-----/ { bad = 1 }
  END { if (bad || inside || text == "") exit 1; printf "%s", text }
') || refuse 'ca.crt holds something else than PEM blocks CERTIFICATE'

printf '{"spec":{"peer":{"cluster":"%s","caBundle":"%s"}}}\n' "$cluster" "$bundle"
