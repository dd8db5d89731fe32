#!/bin/sh
# Writes the gateway's configuration from its environment, makes a certificate if none is mounted, and starts nginx.
# It writes only to /tmp.
set -eu
source=$(dirname "$0")
CONFIG=/tmp/gateway
CERTIFICATE=${GATEWAY_CERTIFICATE:-/certificates/tls.crt}
CERTIFICATE_KEY=${GATEWAY_CERTIFICATE_KEY:-/certificates/tls.key}
# Only with a certificate that clients trust, and never for a name such as localhost, where other services may speak plain HTTP.
STRICT_TRANSPORT="max-age=31536000"
mkdir -p "$CONFIG"

if [ -d "$(dirname "$CERTIFICATE")" ] && [ ! -x "$(dirname "$CERTIFICATE")" ] ||
  [ -f "$CERTIFICATE" ] && ! { [ -r "$CERTIFICATE" ] && [ -r "$CERTIFICATE_KEY" ]; }; then
  echo "gateway: user $(id -u) may not read $CERTIFICATE and $CERTIFICATE_KEY; change their modes or GATEWAY_USER" >&2
  exit 1
elif [ ! -f "$CERTIFICATE" ]; then
  CERTIFICATE=$CONFIG/tls.crt CERTIFICATE_KEY=$CONFIG/tls.key STRICT_TRANSPORT=
  name=${GATEWAY_NAME:-localhost}
  (umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 \
    -subj "/CN=$name" -addext "subjectAltName=DNS:$name,DNS:localhost,IP:127.0.0.1" \
    -keyout "$CERTIFICATE_KEY" -out "$CERTIFICATE" 2>/dev/null)
  echo "gateway: no certificate at ${GATEWAY_CERTIFICATE:-/certificates/tls.crt}; made one for $name, signed by itself" >&2
fi

resolver=$(sed -n 's/^nameserver  *\([0-9.]*\)$/\1/p' /etc/resolv.conf | head -1)
upstream=${GATEWAY_UPSTREAM:-service:8000}
known=$(getent ahostsv4 "${upstream%:*}" | sed -n "s/^\([0-9.]*\) *STREAM.*/server \1:${upstream##*:} max_fails=0; /p" | tr -d '\n')
port=${GATEWAY_HTTPS_PORT:-443}
for file in gateway.conf problems.conf errors.conf; do
  sed -e "s|\${CONFIG}|$CONFIG|g" \
    -e "s|\${RESOLVER}|${GATEWAY_RESOLVER:-${resolver:-127.0.0.11}}|g" \
    -e "s|\${UPSTREAM}|$upstream|g" \
    -e "s|\${KNOWN_REPLICAS}|${known:-server 127.0.0.1:9;}|g" \
    -e "s|\${SUB_PATH}|${GATEWAY_SUB_PATH:-}|g" \
    -e "s|\${HTTPS_LISTEN}|${GATEWAY_HTTPS_LISTEN:-8443}|g" \
    -e "s|\${HTTP_LISTEN}|${GATEWAY_HTTP_LISTEN:-8080}|g" \
    -e "s|\${HTTPS_SUFFIX}|$([ "$port" = 443 ] || echo ":$port")|g" \
    -e "s|\${CERTIFICATE}|$CERTIFICATE|g" -e "s|\${CERTIFICATE_KEY}|$CERTIFICATE_KEY|g" \
    -e "s|\${STRICT_TRANSPORT}|$STRICT_TRANSPORT|g" \
    -e "s|\${REQUESTS_PER_S}|${GATEWAY_REQUESTS_PER_S:-50}|g" \
    -e "s|\${BURST}|${GATEWAY_BURST:-100}|g" \
    -e "s|\${CONNECTIONS}|${GATEWAY_CONNECTIONS:-100}|g" \
    -e "s|\${MAX_BODY}|${GATEWAY_MAX_BODY:-1m}|g" \
    -e "s|\${MAX_FILE}|${GATEWAY_MAX_FILE:-11m}|g" \
    -e "s|\${CLIENT_TIMEOUT_S}|${GATEWAY_CLIENT_TIMEOUT_S:-10}|g" \
    -e "s|\${WORKERS}|${GATEWAY_WORKERS:-2}|g" \
    -e "s|\${ANSWER_TIMEOUT_S}|${GATEWAY_ANSWER_TIMEOUT_S:-75}|g" \
    "$source/$file" >"$CONFIG/$file"
done
exec nginx -c "$CONFIG/gateway.conf" -g 'daemon off;'
