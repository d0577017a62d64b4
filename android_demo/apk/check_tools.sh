#!/bin/sh
# Says in one line which of Debian's tools for APKs are missing and how to get them; as root, gets them.
set -u
missing=
for tool in aapt2:aapt zipalign:zipalign apksigner:apksigner zip:zip; do
    command -v "${tool%:*}" >/dev/null || missing="$missing ${tool#*:}"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    # shellcheck disable=SC2086
    apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null && exit 0
fi
echo "error: the APK needs$missing; on Debian or Ubuntu: apt-get install$missing" >&2
exit 1
