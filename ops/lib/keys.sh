#!/usr/bin/env bash
# Development keys and secrets, and the server's environment made from them.
#
#   ops/lib/keys.sh make DIR                                   what is missing in DIR, once
#   ops/lib/keys.sh environment DIR DATA API SANDBOX DATABASE  NAME=value lines for the server
#   ops/lib/keys.sh register DIR SANDBOX                       our public key, to the sandbox
#
# DIR holds one file per secret: what a program reads is 0400, all are their owner's alone.
set -euo pipefail
# shellcheck source=ops/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# Secrets that are 32 random bytes as 64 hex digits and a newline.
RANDOM_KEYS=(jwt_secret internal_api_key client_key totp_encryption_key pawapay_api_key
    pawapay_webhook_secret flutterwave_secret_hash whatsapp_access_token zra_api_key
    zra_client_secret pin_key personal_data_key admin_password finance_password)

# random_hex: 32 bytes from the kernel as 64 hex digits.
random_hex() { head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }

# keep FILE COMMAND…: COMMAND's output becomes FILE unless FILE is there; never half a file.
keep() {
    local file=$1
    shift
    [[ ! -s $file ]] || return 0
    "$@" >"$file.new"
    chmod 0400 "$file.new"
    mv "$file.new" "$file"
}

# make_keys DIR: every secret that is not there yet.
make_keys() (
    dir=$1
    umask 077
    mkdir -p "$dir"
    for name in "${RANDOM_KEYS[@]}"; do keep "$dir/$name" sh -c "echo $(random_hex)"; done
    keep "$dir/proof_key.pem" openssl genpkey -algorithm ed25519
    keep "$dir/pawapay_signing_key.pem" openssl genpkey -algorithm EC \
        -pkeyopt ec_paramgen_curve:P-256
    keep "$dir/pawapay_signing_key.pub.pem" openssl pkey -in "$dir/pawapay_signing_key.pem" -pubout
)

# environment DIR DATA API SANDBOX DATABASE: the server's settings, one NAME=value a line. API is
# HOST:PORT to listen on, SANDBOX the provider sandbox's base URL, DATA the server's directory.
environment() {
    local dir=$1 data=$2 api=$3 sandbox=$4 database=$5
    cat <<LINES
PAKASHOP_ENV=development
PAKASHOP_LISTEN=$api
PAKASHOP_DATA=$data
PAKASHOP_LOG=rocksdb:$data/log
PAKASHOP_RATE_LIMITS=off
DATABASE_URL=$database
PAKASHOP_CLIENT_KEY=$(cat "$dir/client_key")
INTERNAL_API_KEY=$(cat "$dir/internal_api_key")
JWT_SECRET=$(cat "$dir/jwt_secret")
TOTP_ENCRYPTION_KEY=$(cat "$dir/totp_encryption_key")
PAYMENT_PROVIDER=PAWAPAY
PAWAPAY_BASE_URL=$sandbox/pawapay
PAWAPAY_API_KEY=$(cat "$dir/pawapay_api_key")
PAWAPAY_WEBHOOK_SECRET=$(cat "$dir/pawapay_webhook_secret")
PAWAPAY_SIGNING_KEY_FILE=$dir/pawapay_signing_key.pem
PAWAPAY_SIGNING_KEY_ID=$(signing_key_id)
FLUTTERWAVE_SECRET_HASH=$(cat "$dir/flutterwave_secret_hash")
ZRA_VSDC_API_URL=$sandbox/zra
ZRA_VSDC_API_KEY=$(cat "$dir/zra_api_key")
ZRA_VSDC_CLIENT_ID=pakashop-development
ZRA_VSDC_CLIENT_SECRET=$(cat "$dir/zra_client_secret")
ZRA_MOCK_MODE=true
WHATSAPP_BASE_URL=$sandbox/whatsapp
WHATSAPP_ACCESS_TOKEN=$(cat "$dir/whatsapp_access_token")
WHATSAPP_PHONE_NUMBER_ID=260970000000000
PIN_KEY_FILE=$dir/pin_key
PERSONAL_DATA_KEY_FILE=$dir/personal_data_key
PROOF_KEY_FILE=$dir/proof_key.pem
LINES
}

# for_shells NAME=VALUE…: a line each, quoted where a shell that reads it would need that.
for_shells() {
    local each value
    for each in "$@"; do
        value=${each#*=}
        [[ $value =~ ^[A-Za-z0-9_@%+=:,./-]*$ ]] || value=${value@Q}
        printf '%s=%s\n' "${each%%=*}" "$value"
    done
}

# signing_key_id: the name under which pawaPay (the sandbox) knows our signing key.
signing_key_id() { echo pakashop-development-1; }

# register_signing_key DIR SANDBOX: tells the sandbox our public key.
register_signing_key() {
    python3 - "$1/pawapay_signing_key.pub.pem" "$(signing_key_id)" "$2/sandbox/config" <<'PYTHON'
import json, sys, urllib.request
pem, key_id, url = open(sys.argv[1]).read(), sys.argv[2], sys.argv[3]
body = json.dumps({"clientKeys": [{"keyId": key_id, "pem": pem}]}).encode()
request = urllib.request.Request(url, body, {"Content-Type": "application/json"}, method="PUT")
urllib.request.urlopen(request, timeout=10).read()
PYTHON
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    ! help_asked "$0" "$@" || exit 0
    case "${1:-} $#" in
        'make 2') make_keys "$2" ;;
        'environment 6') shift && environment "$@" ;;
        'register 3') register_signing_key "$2" "$3" ;;
        *) die "these are not the words of keys.sh: $*" "ops/lib/keys.sh --help" 64 ;;
    esac
fi
