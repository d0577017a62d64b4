#!/bin/sh
# Says in one line what running the phone's library needs and this machine lacks, and how to get it; as root, gets it.
exec sh "$(dirname "$0")/../debian_tools.sh" "the phone's library" qemu-aarch64:qemu-user \
    aarch64-linux-gnu-gcc:gcc-aarch64-linux-gnu /usr/aarch64-linux-gnu/include/stdio.h:libc6-dev-arm64-cross \
    gcc:gcc /usr/include/stdio.h:libc6-dev
