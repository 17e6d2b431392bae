#!/bin/sh
# Lets the automatic mirrors of a Link take over the Services that Linkerd's service mirror has made for the same cluster, as in:
# adopt-services.sh paris --context london
# Further arguments go to kubectl. Each mirror gets annotation linkerd.io/adopt-service with the UID of the Service that has its
# name. It takes the Service over if that leads to the service of the mirror's spec; otherwise the mirror says why not. The script
# may run again; what is left without a mirror is named. With --federated in place of the name of a Link it is about the Services
# that Linkerd has made for the members of several clusters.
set -eu

[ "$#" -gt 0 ] || {
  echo 'usage: adopt-services.sh LINK|--federated [kubectl flags]' >&2
  exit 1
}
link=$1
shift

case $link in
  --federated) cluster='!mirror.linkerd.io/cluster-name' ;;
  *) cluster="mirror.linkerd.io/cluster-name=$link" ;;
esac
made="mirror.linkerd.io/mirrored-service=true,$cluster"
# those of the pods of headless services have other names than mirrors have
services=$(kubectl "$@" get services --all-namespaces --selector "$made,!mirror.linkerd.io/headless-mirror-svc-name" \
  --output 'jsonpath={range .items[*]}{.metadata.namespace} {.metadata.name} {.metadata.uid}{"\n"}{end}')

left=0
while read -r namespace name uid; do
  [ -n "$uid" ] || continue
  kubectl "$@" --namespace "$namespace" annotate servicemirrors.linkerd.io "$name" --overwrite \
    "linkerd.io/adopt-service=$uid" </dev/null || left=1
done <<END
$services
END
exit "$left"
