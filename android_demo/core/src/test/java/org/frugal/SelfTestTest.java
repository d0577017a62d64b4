package org.frugal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every golden bundle answers here as it did in Python: the same path, exit, reason and int8 numbers. More bundles are
 * tested with {@code -Dfrugal.bundles=FOLDER:FOLDER}.
 */
class SelfTestTest {
  /** Zeros would fail in it: its parts are warmed up on what the goldens feed them. */
  @Test
  void theBundleThatCannotBeFedZerosLoadsAsAnAppLoadsIt() {
    try (Chain chain = Chain.load(TestFiles.bundle("moving"))) {
      assertEquals(5, chain.measure(2).size());
      assertEquals(List.of(), chain.selfTest());
    }
  }

  @TestFactory
  Stream<DynamicTest> theGoldensOf() throws IOException {
    List<Path> bundles = new ArrayList<>(TestFiles.goldenBundles());
    bundles.addAll(TestFiles.familyBundles());
    assertFalse(bundles.isEmpty());
    for (String folder : System.getProperty("frugal.bundles", "").split(":")) {
      if (!folder.isEmpty()) {
        bundles.add(Path.of(folder));
      }
    }
    return bundles.stream().map(path -> DynamicTest.dynamicTest(path.getFileName().toString(), () -> check(path)));
  }

  private static void check(Path path) {
    try (Chain chain = Chain.load(path, TestFiles.OPTIONS)) {
      if (chain.bundle().manifest().goldens() != null) {
        assertEquals(List.of(), chain.selfTest());
      }
    }
  }
}
