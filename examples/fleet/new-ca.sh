#!/bin/sh
# Makes the CA of a cluster before the cluster exists:
#   new-ca.sh paris
# writes links/paris/ca.pem, which is public, and prints the Secret with the key, which is not: encrypt it (SOPS,
# Sealed Secrets), or put its three texts where the cluster fetches secrets from (External Secrets, Vault).
set -eu
name=${1:?the name of the cluster}
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
openssl ecparam -genkey -name prime256v1 -noout -out "$work/tls.key"
openssl req -x509 -new -sha256 -days 3650 -key "$work/tls.key" -out "$work/tls.crt" -subj "/CN=service-mirror of $name" \
  -addext basicConstraints=critical,CA:true,pathlen:0 -addext keyUsage=critical,keyCertSign,cRLSign \
  -addext "nameConstraints=critical,permitted;URI:$name.mirror.internal,permitted;DNS:$name.mirror.internal"
mkdir -p "$here/links/$name"
cp "$work/tls.crt" "$here/links/$name/ca.pem"
base64of() { openssl base64 -A -in "$1"; }
cat <<END
apiVersion: v1
kind: Secret
metadata:
  name: service-mirror-ca
  namespace: service-mirror
data:
  tls.crt: $(base64of "$work/tls.crt")
  tls.key: $(base64of "$work/tls.key")
  ca.crt: $(base64of "$work/tls.crt")
END
