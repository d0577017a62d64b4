package org.frugal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.tensorflow.lite.TensorFlowLite;

/** These tests run on the library that ships in the APK, and on no other. */
class PhoneLibraryTest {
  private static final String LIBRARY = "libtensorflowlite_jni.so";

  private static Path demo() {
    return Path.of(System.getProperty("frugal.repository"), "android_demo").toAbsolutePath().normalize();
  }

  @Test
  void theLibraryIsTheOneOfTheAarAsItIs() throws IOException {
    byte[] shipped = Files.readAllBytes(demo().resolve("tensorflow_lite/target/lite/jni/x86_64").resolve(LIBRARY));
    byte[] tested = Files.readAllBytes(demo().resolve("phone_lab/target/host").resolve(LIBRARY));
    assertArrayEquals(shipped, tested);
  }

  @Test
  void nothingElseOfTensorFlowLiteIsLoaded() throws IOException {
    assertEquals(System.getProperty("frugal.tensorflow-lite"), TensorFlowLite.runtimeVersion());
    List<String> loaded = Files.readAllLines(Path.of("/proc/self/maps")).stream()
        .filter(line -> line.toLowerCase(Locale.ROOT).matches(".*(tensorflow|tflite|litert)[^/]*\\.so"))
        .map(line -> line.replaceAll(".* ", ""))
        .distinct()
        .collect(Collectors.toList());
    assertEquals(List.of(demo().resolve("phone_lab/target/host").resolve(LIBRARY).toString()), loaded);
  }

  @Test
  void xnnpackIsTakenByDefault() {
    try (Chain usual = Chain.load(TestFiles.bundle("convolutions"));
        Chain without = Chain.load(TestFiles.bundle("convolutions"), ChainOptions.DEFAULT.withXnnpack(false))) {
      double fast = fastest(usual);
      double slow = fastest(without);
      System.out.printf("two int8 convolutions: %.0f us with XNNPACK, %.0f us without%n", fast * 1000, slow * 1000);
      assertTrue(fast < slow / 2, fast + " ms against " + slow + " ms");
      assertFalse(usual.run(Picture.grey(new byte[144], 12, 12)).path().isEmpty());
    }
  }

  private static double fastest(Chain chain) {
    double fastest = Double.POSITIVE_INFINITY;
    for (int round = 0; round < 10; round++) {
      fastest = Math.min(fastest, chain.measure(20).get("first"));
    }
    return fastest;
  }
}
