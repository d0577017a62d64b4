#!/bin/sh
# Lays an Android libtensorflowlite_jni.so, as it is, beside the C library that it asks for:
#     host_library.sh LIBRARY FOLDER
# CC chooses the compiler (aarch64-linux-gnu-gcc for the arm64-v8a library, to be run under QEMU).
set -eu
library=$1 folder=$2 source=$(dirname "$0") compiler=${CC:-gcc}

if ! command -v "$compiler" >/dev/null; then
    echo "error: $compiler is missing: apt-get install gcc libc6-dev (or gcc-aarch64-linux-gnu for arm64)" >&2
    exit 1
fi
mkdir -p "$folder"
cp "$library" "$folder/libtensorflowlite_jni.so"
"$compiler" -shared -fPIC -O2 -Wall -Wextra -Werror -o "$folder/libc.so" "$source/bionic_on_glibc.c" \
    -Wl,-soname,libc.so -Wl,--version-script="$source/bionic.version" -lm -ldl
for name in m dl log; do
    ln -sf libc.so "$folder/lib$name.so"
done
