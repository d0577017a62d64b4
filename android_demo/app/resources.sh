#!/bin/sh
# Compiles and links the app's resources, and writes R.java:
#     resources.sh ANDROID_JAR OUT_APK R_JAVA_FOLDER ASSETS_FOLDER
# MIN_SDK and TARGET_SDK are those of the app.
set -eu
android=$1 out=$2 r_java=$3 assets=$4 app=$(dirname "$0")

if ! command -v aapt2 >/dev/null; then
    echo "error: aapt2 is missing: apt-get install aapt" >&2
    exit 1
fi
mkdir -p "$(dirname "$out")" "$r_java"
# The pseudo-locale (accents, longer words) shows what is not translated or has no room; a phone offers it to developers alone.
aapt2 compile --pseudo-localize --dir "$app/src/main/res" -o "$(dirname "$out")/compiled.zip"
# Bundles and traces stay as they are: a .zip does not get smaller by being packed twice.
aapt2 link -I "$android" --manifest "$app/src/main/AndroidManifest.xml" -A "$assets" -0 .zip -0 .tflite \
    --min-sdk-version "$MIN_SDK" --target-sdk-version "$TARGET_SDK" --version-code 1 --version-name 0.1.0 \
    --auto-add-overlay --java "$r_java" -o "$out" "$(dirname "$out")/compiled.zip"
