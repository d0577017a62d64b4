package org.frugal.app.bundles;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import org.frugal.BundleException;
import org.frugal.bundle.Bundle;

/**
 * The bundles on this device, a .zip each, in a folder of the app. What is imported lies beside it under another ending
 * until it has passed every check, so that nothing unchecked is ever listed. One that is used lies beside it unpacked
 * too: its parts are mapped from there. Belongs to the worker's thread.
 */
public final class BundleStore {
  private static final String ENDING = ".zip";
  private static final String INCOMING = "incoming";
  private static final String UNPACKED = ".unpacked";
  /** A guard against a file that fills the device, not a limit of the format. */
  static final long MOST_BYTES = 512L << 20;

  private final Path folder;
  private final long most;

  public BundleStore(Path folder) {
    this(folder, MOST_BYTES);
  }

  BundleStore(Path folder, long most) {
    this.folder = folder;
    this.most = most;
  }

  /** Names of the bundles, sorted. */
  public List<String> names() throws IOException {
    Files.createDirectories(folder);
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + ENDING)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        names.add(name.substring(0, name.length() - ENDING.length()));
      }
    }
    Collections.sort(names);
    return names;
  }

  /** Takes away what a copy left behind that the end of the app cut off. */
  void tidy() throws IOException {
    Files.createDirectories(folder);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, INCOMING + "*")) {
      for (Path file : files) {
        delete(file);
      }
    }
  }

  boolean has(String name) {
    return Files.exists(path(name));
  }

  public Path path(String name) {
    return folder.resolve(name + ENDING);
  }

  /**
   * The bundle as a folder, unpacked when it is first asked for; the .zip itself, whose parts take memory, where it is
   * not there, is refused, or the device is full.
   */
  public Path unpacked(String name) {
    Path zip = path(name);
    Path draft = folder.resolve(INCOMING + "_" + name);
    try {
      String stamp = Files.size(zip) + "_" + Files.getLastModifiedTime(zip).toMillis();
      Path made = folder.resolve(name + "." + stamp + UNPACKED);
      if (!Files.isDirectory(made)) {
        deleteUnpacked(name);
        delete(draft);
        Bundle.load(zip).unpack(draft);
        Files.move(draft, made);
      }
      return made;
    } catch (BundleException | IOException error) {
      return zip;
    }
  }

  /** Copies a bundle of the APK, unless a copy at least as new as the APK is there. */
  public void install(String name, InputStream content, long apkMillis) throws IOException {
    Files.createDirectories(folder);
    Path target = path(name);
    if (!Files.exists(target) || Files.getLastModifiedTime(target).toMillis() < apkMillis) {
      Path copied = copy(content);
      Files.setLastModifiedTime(copied, FileTime.fromMillis(Math.max(apkMillis, System.currentTimeMillis())));
      Files.move(copied, target, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /**
   * Takes in a .zip from somewhere else, under the name that its manifest gives.
   *
   * @return its name in this store
   * @throws BundleException it is refused; nothing of it stays
   */
  public String add(InputStream content) throws IOException {
    Files.createDirectories(folder);
    Path copied = copy(content);
    try {
      String name = freeName(check(copied).manifest().name(), copied);
      Files.move(copied, path(name), StandardCopyOption.REPLACE_EXISTING);
      return name;
    } finally {
      Files.deleteIfExists(copied);
    }
  }

  /** Whether there was such a bundle. */
  public boolean remove(String name) throws IOException {
    boolean found = Files.deleteIfExists(path(name));
    SelfTestRecord.deleteBeside(path(name));
    deleteUnpacked(name);
    return found;
  }

  /** Of this .zip, and of those that had its name before. */
  private void deleteUnpacked(String name) throws IOException {
    try (DirectoryStream<Path> old = Files.newDirectoryStream(folder, each -> isUnpacked(each, name))) {
      for (Path each : old) {
        delete(each);
      }
    }
  }

  private static boolean isUnpacked(Path path, String name) {
    return path.getFileName().toString().matches(Pattern.quote(name) + "\\.\\d+_\\d+" + Pattern.quote(UNPACKED));
  }

  private static void delete(Path path) throws IOException {
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      try (DirectoryStream<Path> inside = Files.newDirectoryStream(path)) {
        for (Path each : inside) {
          delete(each);
        }
      }
    }
    Files.deleteIfExists(path);
  }

  private static Bundle check(Path file) {
    try {
      return Bundle.load(file);
    } catch (BundleException error) {
      // The copy's own path says nothing to a person who picked another file.
      String place = error.file().equals(file.toString()) ? "The .zip" : error.file();
      throw new BundleException(error.problem(), place, error.field(), error);
    }
  }

  /** The manifest's name, numbered where another bundle has it; the same content again takes its own place. */
  private String freeName(String wanted, Path copied) throws IOException {
    String name = wanted;
    for (int i = 2; Files.exists(path(name)) && !sameContent(path(name), copied); i++) {
      name = wanted + "-" + i;
    }
    return name;
  }

  private static boolean sameContent(Path one, Path other) throws IOException {
    return Files.size(one) == Files.size(other)
        && java.util.Arrays.equals(Files.readAllBytes(one), Files.readAllBytes(other));
  }

  private Path copy(InputStream content) throws IOException {
    Path target = Files.createTempFile(folder, INCOMING, ".part");
    long left = most;
    byte[] block = new byte[1 << 16];
    try (java.io.OutputStream out = Files.newOutputStream(target)) {
      for (int count = content.read(block); count >= 0; count = content.read(block)) {
        left -= count;
        if (left < 0) {
          throw new IOException("expected a bundle of at most " + most + " bytes, received a larger file");
        }
        out.write(block, 0, count);
      }
      return target;
    } catch (IOException error) {
      Files.deleteIfExists(target);
      throw error;
    }
  }
}
