#!/bin/sh
# Packs what `mvn package` has compiled into a signed debug APK, and checks it. `make apk` runs both.
# It is signed with ~/.android/debug.keystore, as Android Studio does, so that one build installs over another.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
demo=$here/.. out=$here/target/apk tools=$here/target/tools
lite=$demo/tensorflow_lite/target
keys=${ANDROID_USER_HOME:-$HOME/.android}/debug.keystore
# As in the pom.xml and the manifest.
MIN_SDK=26
abis="arm64-v8a armeabi-v7a x86_64"

sh "$here/check_tools.sh"
rm -rf "$out"
mkdir -p "$out/stage" "$(dirname "$keys")"

# d8 desugars records, sealed types, lambdas and what Java 9 to 17 added to the libraries.
java -cp "$tools/r8.jar" com.android.tools.r8.D8 --release --min-api "$MIN_SDK" --lib "$tools/android-all.jar" \
    --output "$out/stage" "$demo/app/target/frugal-app-0.1.0.jar" "$demo/core/target/frugal-core-0.1.0.jar" \
    "$tools/minimal-json.jar" "$lite/lite/classes.jar" "$lite/api/classes.jar"
for abi in $abis; do
    mkdir -p "$out/stage/lib/$abi"
    cp "$lite/lite/jni/$abi/libtensorflowlite_jni.so" "$out/stage/lib/$abi/"
done

cp "$demo/app/target/resources/resources.apk" "$out/unaligned.apk"
(
    cd "$out/stage"
    # A fixed time makes the same sources the same APK, but for its signature.
    find . -exec touch -d '1980-01-01 00:00:00 UTC' {} +
    zip -q -X -D "$out/unaligned.apk" classes*.dex
    zip -q -X -D -r -0 "$out/unaligned.apk" lib
)
zipalign -p -f 4 "$out/unaligned.apk" "$out/aligned.apk"
if [ ! -f "$keys" ]; then
    keytool -genkeypair -keystore "$keys" -storetype PKCS12 -storepass android -keypass android \
        -alias androiddebugkey -dname "CN=Android Debug,O=Android,C=US" -keyalg RSA -keysize 2048 -validity 10000 2>&1
fi
apksigner sign --ks "$keys" --ks-pass pass:android --ks-key-alias androiddebugkey --min-sdk-version "$MIN_SDK" \
    --v4-signing-enabled false --out "$out/frugal.apk" "$out/aligned.apk"

apksigner verify --min-sdk-version "$MIN_SDK" "$out/frugal.apk"
zipalign -c -p 4 "$out/frugal.apk"
java -cp "$here/target/classes:$tools/animal-sniffer.jar:$tools/asm.jar" org.frugal.apk.ApkCheck \
    "$out/frugal.apk" "$tools/android-api-level-26.signature" "$here/newer_api.txt"
echo "$out/frugal.apk"
