package org.frugal;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the number of threads does to TensorFlow Lite, counted as the system counts threads. */
class ThreadsTest {
  /** Threads with the name of this one: native code that begins a thread hands its own name on, the JVM does not. */
  private static long threads() throws IOException {
    String name = Files.readString(Path.of("/proc/thread-self/comm"));
    try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
      return tasks.filter(task -> name.equals(nameOf(task))).count();
    }
  }

  private static String nameOf(Path task) {
    try {
      return Files.readString(task.resolve("comm"));
    } catch (IOException gone) {
      return "";
    }
  }

  /** If this fails for XNNPACK, TensorFlow Lite hands the number on by now: {@code threadsInUse} has to say so. */
  @ParameterizedTest
  @CsvSource({",1", ",4", "true,1", "true,4", "false,1", "false,2", "false,4"})
  void xnnpackRunsOnOneThreadWhateverIsAskedFor(Boolean xnnpack, int asked) throws IOException {
    ChainOptions options = ChainOptions.DEFAULT.withThreads(asked);
    options = xnnpack == null ? options : options.withXnnpack(xnnpack);
    long before = threads();
    try (Chain chain = Chain.load(TestFiles.bundle("convolutions"), options)) {
      chain.run(Picture.grey(new byte[144], 12, 12));
      long begun = threads() - before;
      assertTrue(options.threadsInUse() == 1 ? begun == 0 : begun >= asked - 1, begun + " threads were begun");
    }
  }
}
