#!/usr/bin/env bash
# Makes the certificates that tests use; run it here when another one is needed. They are good until 2126, but for
# those that are meant to be bad. The keys open nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
FROM=20250101000000Z
TO=21260101000000Z
touch "$work/index.txt"
echo 'unique_subject=no' > "$work/index.txt.attr"
echo 01 > "$work/crlnumber"
cat > "$work/ca.cnf" <<CONF
[ca]
default_ca=x
[x]
database=$work/index.txt
crlnumber=$work/crlnumber
new_certs_dir=$work
rand_serial=yes
default_md=sha256
policy=any
email_in_dn=no
[any]
organizationName=optional
commonName=supplied
CONF

# key NAME ec|rsa|weak
key() {
  if [ "$2" = rsa ]; then openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$1.key" 2>/dev/null
  elif [ "$2" = weak ]; then openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out "$1.key" 2>/dev/null
  else openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key"; fi
}

# sign NAME SUBJECT EXTENSIONS TO SIGNER…
sign() {
  local name=$1 subject=$2 extensions=$3 to=$4; shift 4
  openssl req -new -key "$name.key" -subj "$subject" -out "$work/$name.csr"
  openssl ca -config "$work/ca.cnf" -batch -notext -in "$work/$name.csr" "$@" -startdate $FROM -enddate "$to" \
    -extfile <(printf "$extensions\n") -out "$name.crt" 2>"$work/log" || { cat "$work/log"; exit 1; }
}

# authority NAME [ISSUER]
authority() {
  key "$1" ec
  local signer=(-selfsign -keyfile "$1.key"); [ $# -gt 1 ] && signer=(-cert "$2.crt" -keyfile "$2.key")
  sign "$1" "/CN=$1" 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash' $TO "${signer[@]}"
}

# leaf NAME ISSUER KIND SUBJECT SAN [TO] [EXTENSIONS]
leaf() {
  key "$1" "$3"
  sign "$1" "$4" "basicConstraints=CA:FALSE\nsubjectAltName=$5\nauthorityKeyIdentifier=keyid${7:-}" "${6:-$TO}" -cert "$2.crt" -keyfile "$2.key"
}

authority root
authority intermediate root
authority stranger
leaf shop intermediate ec /CN=shop.example 'DNS:shop.example,DNS:*.shop.example,DNS:localhost,IP:127.0.0.1'
leaf shop-rsa intermediate rsa /CN=shop.example 'DNS:shop.example,DNS:*.shop.example'
leaf other root ec /CN=other.example 'DNS:other.example'
leaf expired root ec /CN=shop.example 'DNS:shop.example,IP:127.0.0.1' 20250601000000Z
leaf self-made stranger ec /CN=shop.example 'DNS:shop.example,IP:127.0.0.1'
leaf weak root weak /CN=shop.example 'DNS:shop.example'
leaf published intermediate ec /CN=shop.example 'DNS:shop.example' $TO '\nauthorityInfoAccess=caIssuers;URI:http://ca.example/i.crt'
leaf client root ec '/O=Portward tests/CN=jo' 'DNS:jo.clients.example,email:jo@example.org'
leaf revoked root ec '/CN=gone' 'DNS:gone.clients.example'
leaf client-stranger stranger ec '/CN=jo' 'DNS:jo.clients.example'
cat shop.crt intermediate.crt > shop-chain.crt
cat intermediate.crt shop.crt > shop-disordered.crt
cat shop-rsa.crt intermediate.crt > shop-rsa-chain.crt
openssl pkcs8 -topk8 -in shop.key -out shop-encrypted.key -passout pass:correct -v2 aes-256-cbc

openssl ca -config "$work/ca.cnf" -cert root.crt -keyfile root.key -revoke revoked.crt 2>/dev/null
openssl ca -config "$work/ca.cnf" -cert root.crt -keyfile root.key -gencrl -crl_lastupdate $FROM -crl_nextupdate $TO -out root.crl 2>/dev/null
