#!/bin/sh
# Says in one line which of Debian's tools for APKs are missing and how to get them; as root, gets them.
exec sh "$(dirname "$0")/../debian_tools.sh" "the APK" aapt2:aapt zipalign:zipalign apksigner:apksigner zip:zip
