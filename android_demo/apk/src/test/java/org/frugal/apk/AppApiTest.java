package org.frugal.apk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.android.tools.r8.ByteDataView;
import com.android.tools.r8.D8;
import com.android.tools.r8.D8Command;
import com.android.tools.r8.DexIndexedConsumer;
import com.android.tools.r8.DiagnosticsHandler;
import java.io.FileInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What {@code build.sh} packs, as D8 makes it ready, names nothing that the lowest Android lacks. */
class AppApiTest {
  private static final Path TOOLS = Path.of(System.getProperty("frugal.tools"));

  @Test
  void theAppAndItsLibrariesNameNothingNewer() throws Exception {
    List<DexFile> dexFiles = new ArrayList<>();
    D8Command.Builder command = D8Command.builder().setMinApiLevel(Integer.getInteger("frugal.min-sdk"))
        .addLibraryFiles(TOOLS.resolve("android-all.jar"))
        .setProgramConsumer(new DexIndexedConsumer.ForwardingConsumer(null) {
          @Override
          public void accept(int index, ByteDataView data, Set<String> descriptors, DiagnosticsHandler handler) {
            dexFiles.add(new DexFile(data.copyByteData()));
          }
        });
    for (String packed : System.getProperty("frugal.packed").split(":")) {
      command.addProgramFiles(code(Path.of(packed)));
    }
    D8.run(command.build());
    Set<String> newer = ApkCheck.members(Path.of(System.getProperty("frugal.newer")));
    try (InputStream signature = new FileInputStream(System.getProperty("frugal.api"))) {
      assertEquals(List.of(), new ApiCheck(signature, newer).problems(dexFiles));
    }
  }

  /** A jar as it is, and the classes of a folder. */
  private static List<Path> code(Path packed) throws Exception {
    if (!Files.isDirectory(packed)) {
      return List.of(packed);
    }
    try (Stream<Path> files = Files.walk(packed)) {
      return files.filter(file -> file.toString().endsWith(".class")).collect(Collectors.toList());
    }
  }
}
