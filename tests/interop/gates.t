#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A gate that lets everything through looks like one that has nothing to refuse. So: plant each violation in a copy of
# the sources, or in a library made for it, and see that mk/layers.sh and mk/symbols.sh refuse it and name it.
set -uo pipefail
cd "${COMITY_TOP:-$(dirname "$0")/../..}" || exit 1
top=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0

# verdict NAME GOOD: one line of TAP; on failure with what the gate said.
verdict() {
    count=$((count + 1))
    if [ "$2" = yes ]; then
        echo "ok $count - $1"
    else
        echo "not ok $count - $1"
        sed 's/^/# /' "$work/out"
    fi
}

# --- includes ---

mkdir "$work/copy"
find base proto keys broker nodes drills -name '*.[ch]' -exec cp --parents -t "$work/copy" {} +
mkdir -p "$work"/copy/{proto,keys,{base,broker,nodes}/daemon,nodes/cli,drills/world}

mk/layers.sh "$work/copy" >"$work/out" 2>&1 && good=yes || good=no
verdict "the includes of the product point down" "$good"

# layer FILE 'INCLUDE LINE' ok|refused
layer() {
    local file=$work/copy/$1 good=no
    printf '%s\n' "$2" >"$file"
    if mk/layers.sh "$work/copy" >"$work/out" 2>&1; then
        [ "$3" = ok ] && good=yes
    else
        [ "$3" = refused ] && grep -q "^$1:1:" "$work/out" && good=yes
    fi
    verdict "$1 with $2 is $3" "$good"
    rm "$file"
}
layer base/planted.c '#include "proto/wire.h"' refused
layer base/planted.c '#include "base/daemon/host.h"' refused
layer base/planted.h '  #  include <keys/seal.h>' refused
layer base/planted.c '#include "base/bytes.h"' ok
layer base/daemon/planted.c '#include "keys/seal.h"' refused
layer base/daemon/planted.c '#include "base/turn.h"' ok
layer proto/planted.c '#include "keys/seal.h"' refused
layer proto/planted.c '#include "proto/envelope.pb-c.h"' ok
layer keys/planted.c '#include "broker/broker.h"' refused
layer broker/planted.c '#include "nodes/node.h"' refused
layer broker/planted.c '#include "broker/daemon/socket.h"' refused
layer broker/planted.c '#include "base/daemon/host.h"' refused
layer broker/daemon/planted.c '#include "nodes/node.h"' refused
layer broker/daemon/planted.c '#include "base/daemon/host.h"' ok
layer nodes/planted.c '#include "broker/broker.h"' refused
layer nodes/planted.c '#include "drills/world/world.h"' refused
layer nodes/cli/planted.c '#include "nodes/daemon/http.h"' refused
layer drills/world/planted.c '#include "broker/daemon/socket.h"' refused
layer drills/world/planted.c '#include "broker/broker.h"' ok
layer keys/planted.c '#include "seal.h"' refused
layer keys/planted.c '#include "keys/../broker/broker.h"' refused
layer keys/planted.c '#include "keys/seal.c"' refused
layer keys/planted.c '#include HEADER' refused
layer nodes/planted.c '#include <sqlite3.h>' refused
layer nodes/store_planted.c '#include <sqlite3.h>' ok
layer broker/planted.c '#include <zmq.h>' refused
layer broker/daemon/planted.c '#include <zmq.h>' ok

# --- symbols ---

libraries=$work/debug/lib
mkdir -p "$libraries"

# symbols LIBRARY FILE 'C SOURCE' ok|refused SYMBOL
symbols() {
    local library=$1 file=$2 good=no
    rm -f "$libraries"/*.a
    for l in base proto keys broker nodes; do
        ar rcs "$libraries/lib$l.a"
    done
    printf '%s\n' "$3" >"$work/$file.c"
    "${CC:-cc}" -w -fPIE -O1 -c -o "$work/$file.o" "$work/$file.c" || exit 1
    ar rcs "$libraries/lib$library.a" "$work/$file.o"
    if mk/symbols.sh "$work/debug" >"$work/out" 2>&1; then
        [ "$4" = ok ] && good=yes
    else
        [ "$4" = refused ] && grep -q "^$library:$file.o: $5" "$work/out" && good=yes
    fi
    verdict "$library: $file.o with ${5:-nothing wrong} is $4" "$good"
}
calls() { # calls SYMBOL: a C source that calls it
    echo "int $1(); int f(int x) { return $1(x) + 1; }"
}
for name in time clock_gettime gettimeofday getrandom rand arc4random socket send zmq_send pthread_create getenv fopen \
    printf puts randombytes_buf sodium_init crypto_sign_keypair crypto_box_keypair crypto_box_seal crypto_auth_keygen \
    json_load_file setlocale localtime open sqlite3_step comity__envelope__unpack protobuf_c_message_unpack; do
    symbols nodes planted "$(calls $name)" refused $name
done
symbols keys planted "$(calls crypto_sign_seed_keypair)" ok
symbols keys planted "$(calls crypto_generichash)" ok
symbols keys keyfile "$(calls openat)" ok
symbols keys planted "$(calls openat)" refused openat
symbols nodes keyfile "$(calls openat)" refused openat
symbols nodes store_planted "$(calls sqlite3_step)" ok
symbols proto planted "$(calls comity__envelope__unpack)" ok
symbols nodes planted "int comity__envelope__unpack(void) { return 1; } $(calls comity__envelope__unpackx)" refused comity__envelope__unpackx
symbols base planted 'static int n; int f(void) { return n++; }' refused n
symbols base planted 'int f(void) { static int n = 3; return n++; }' refused n
symbols base planted 'int shared;' refused shared
symbols base planted '__attribute__((common)) int shared;' refused shared
symbols base planted '_Thread_local int own;' refused own
symbols base planted 'static const char *words[] = {"a", "b"}; const char *f(int i) { words[0] = "c"; return words[i]; }' refused words
symbols base planted 'static const char *const words[] = {"a", "b"}; const char *f(int i) { return words[i]; }' ok
symbols base planted 'const int table[] = {1, 2, 3};' ok

mkdir -p "$work/asan"
mk/symbols.sh "$work/asan" >"$work/out" 2>&1 && grep -q 'not checked for asan' "$work/out" && good=yes || good=no
verdict "a build with sanitizers is passed over with a word" "$good"

cd "$top" || exit 1
echo "1..$count"
