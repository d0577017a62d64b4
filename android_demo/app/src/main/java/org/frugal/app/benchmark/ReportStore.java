package org.frugal.app.benchmark;

import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.WriterConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;

/** Reports as files, newest first by their names. A report that is there is whole: it is written beside and moved. */
final class ReportStore {
  static final String ENDING = ".json";

  private final Path folder;

  ReportStore(Path folder) {
    this.folder = folder;
  }

  Path save(String name, JsonObject report) throws IOException {
    Files.createDirectories(folder);
    Path part = Files.createTempFile(folder, "report", ".part");
    Files.write(part, report.toString(WriterConfig.PRETTY_PRINT).getBytes(StandardCharsets.UTF_8));
    return Files.move(part, folder.resolve(name + ENDING), StandardCopyOption.REPLACE_EXISTING);
  }

  /**
   * @param unreadable gets those that cannot be shown: anybody can put a file there
   */
  List<Report> all(Consumer<IOException> unreadable) throws IOException {
    Files.createDirectories(folder);
    List<Path> paths = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + ENDING)) {
      files.forEach(paths::add);
    }
    paths.sort(Collections.reverseOrder());
    List<Report> reports = new ArrayList<>();
    for (Path path : paths) {
      try {
        reports.add(Report.read(path, new String(Files.readAllBytes(path), StandardCharsets.UTF_8)));
      } catch (IOException error) {
        unreadable.accept(error);
      }
    }
    return reports;
  }

  void remove(Report report) throws IOException {
    Files.deleteIfExists(report.file());
  }
}
