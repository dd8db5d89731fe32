#!/bin/bash
# Succeeds if a replica answers through the gateway. It uses only bash, because the image may lack curl.
exec 3<>/dev/tcp/127.0.0.1/8081 || exit 1
printf 'GET /healthz/ready HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
read -r -t 4 _ status _ <&3
[ "$status" = 200 ]
