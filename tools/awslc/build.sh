#!/bin/sh
# Compiles HAProxy on AWS-LC. It runs in a root directory that holds Debian's compiler and libraries and nothing else, with
# the sources in /build: aws-lc, haproxy, defaults.c, and, if they are to be had, Debian's fixes to HAProxy in debian.
# Argument: what HAProxy is to say after its version.
set -eu
cd /build
jobs=$(nproc)
hardened='-fwrapv -fstack-protector-strong -D_FORTIFY_SOURCE=2'
if [ "$(uname -m)" = x86_64 ]; then hardened="$hardened -fstack-clash-protection -fcf-protection"; fi

# Neither Perl nor Go: AWS-LC's assembly comes generated.
cmake -S aws-lc -B lib -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_COMPILER=gcc -DCMAKE_CXX_COMPILER=g++ \
  -DCMAKE_INSTALL_PREFIX=/build/installed -DCMAKE_INSTALL_LIBDIR=lib -DBUILD_SHARED_LIBS=OFF -DBUILD_TESTING=OFF \
  -DBUILD_TOOL=OFF -DDISABLE_GO=ON -DDISABLE_PERL=ON
make -C lib -j "$jobs" install
# shellcheck disable=SC2086
gcc -O2 $hardened -I installed/include -c defaults.c -o defaults.o

cd haproxy
if [ -f ../debian/patches/series ]; then
  grep -v '^#' ../debian/patches/series | while read -r name _; do
    if [ -n "$name" ]; then patch -p1 < "../debian/patches/$name"; fi
  done
fi
# With the options of Debian's package that we use, and its allocator.
make -j "$jobs" TARGET=linux-glibc CC=gcc "SUBVERS=$1" CFLAGS="-O2 $hardened" \
  LDFLAGS='-Wl,-z,relro -Wl,-z,now -Wl,-Bstatic -lstdc++ -Wl,-Bdynamic' ADDLIB='../defaults.o -Wl,--wrap=SSL_CTX_new -ljemalloc' \
  USE_OPENSSL_AWSLC=1 SSL_INC=/build/installed/include SSL_LIB=/build/installed/lib \
  USE_LUA=1 LUA_LIB_NAME=lua5.4 LUA_INC=/usr/include/lua5.4 USE_PCRE2=1 USE_PCRE2_JIT=1 haproxy
strip --strip-debug haproxy
