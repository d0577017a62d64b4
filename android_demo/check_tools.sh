#!/bin/sh
# Says in one line what the tests of android_demo need and this machine lacks, and how to get it.
set -u
missing=
for tool in mvn javac gcc; do
    command -v "$tool" >/dev/null || missing="$missing $tool"
done
if [ -z "$missing" ]; then
    release=$(javac -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p')
    [ "${release:-0}" -ge 17 ] || missing=" a JDK of at least 17 (javac is ${release:-unknown})"
fi
if [ "$(uname -s)-$(uname -m)" != Linux-x86_64 ]; then
    missing="$missing Linux on x86-64"
fi
if [ -n "$missing" ]; then
    echo "error: the Android tests need$missing; on Debian or Ubuntu:" \
        "apt-get install maven openjdk-17-jdk-headless gcc libc6-dev" >&2
    exit 1
fi
