#!/bin/sh
# Says in one line which tools are missing and how to get them; as root, gets them.
# debian_tools.sh WHAT TOOL:PACKAGE...    WHAT needs the TOOLs, programs or files, which are in those packages of Debian
set -u
what=$1
shift
missing=
for pair in "$@"; do
    command -v "${pair%:*}" >/dev/null || [ -e "${pair%:*}" ] || missing="$missing ${pair#*:}"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    # shellcheck disable=SC2086
    apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null && exit 0
fi
echo "error: $what needs$missing; on Debian or Ubuntu: apt-get install$missing" >&2
exit 1
