#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages that are missing, and says so; says and does nothing when all are there.
set -euo pipefail
packages=(
    gcc libc6-dev make perl
    libzmq3-dev libprotobuf-c-dev protobuf-c-compiler protobuf-compiler libsodium-dev libsqlite3-dev
    libmicrohttpd-dev libjansson-dev libcurl4-openssl-dev libsystemd-dev libyaml-dev tzdata
    libcmocka-dev bats minisign jq curl python3 python3-nacl python3-protobuf strace
    clang libclang-rt-dev clang-format clang-tidy shellcheck codespell valgrind git groff-base procps
    gettext chromium
)
# Debian's, unless there is an npm of another origin: the two cannot be installed beside each other.
command -v npm >/dev/null || packages+=(nodejs npm)
missing=()
for p in "${packages[@]}"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing+=("$p")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
        echo "deps: not root and no sudo; as root, run: apt-get install ${missing[*]}" >&2
        exit 1
    }
    as_root=(sudo)
fi
echo "deps: installing with ${as_root[*]:+sudo }apt-get: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
