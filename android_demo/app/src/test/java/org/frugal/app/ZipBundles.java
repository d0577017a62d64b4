package org.frugal.app;

import com.eclipsesource.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** A golden bundle as a .zip, whole or damaged on purpose. */
public final class ZipBundles {
  private static final String MANIFEST = "manifest.json";
  private static final String INDEX = "golden/index.json";

  private final Map<String, byte[]> files = new LinkedHashMap<>();

  public ZipBundles(String golden) throws IOException {
    Path folder = Path.of(System.getProperty("frugal.repository"), "tests/goldens/bundles", golden);
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : (Iterable<Path>) paths.filter(Files::isRegularFile).sorted()::iterator) {
        files.put(folder.relativize(path).toString(), Files.readAllBytes(path));
      }
    }
  }

  public String manifest() {
    return new String(files.get(MANIFEST), StandardCharsets.UTF_8);
  }

  public ZipBundles withManifest(UnaryOperator<String> change) {
    String changed = change.apply(manifest());
    if (changed.equals(manifest())) {
      throw new IllegalStateException("expected a change of the manifest, received none");
    }
    files.put(MANIFEST, changed.getBytes(StandardCharsets.UTF_8));
    return this;
  }

  /** One bit of the first part turned over: same size, other hash. */
  public ZipBundles withDamagedPart() {
    String part = files.keySet().stream().filter(name -> name.endsWith(".tflite")).findFirst().orElseThrow();
    byte[] content = files.get(part).clone();
    content[content.length / 2] ^= 1;
    files.put(part, content);
    return this;
  }

  /** The first part is no model at all, and the manifest says so truthfully. */
  public ZipBundles withoutAModel() throws IOException {
    String part = files.keySet().stream().filter(name -> name.endsWith(".tflite")).findFirst().orElseThrow();
    String was = sha256(files.get(part));
    int size = files.get(part).length;
    files.put(part, new byte[size]);
    return withManifest(text -> text.replace(was, sha256(new byte[size])));
  }

  /** Without a self-test, and so without samples. */
  public ZipBundles withoutGoldens() {
    files.keySet().removeIf(name -> name.startsWith("golden/"));
    return withManifest(text -> Json.parse(text).asObject().remove("goldens").toString());
  }

  /** The self-test expects this class of its first run, and the manifest has the hash and the size of that. */
  public ZipBundles withAGoldenOf(long label) {
    String index = new String(files.get(INDEX), StandardCharsets.UTF_8);
    Matcher first = Pattern.compile("\"label\": (\\d+)").matcher(index);
    if (!first.find() || first.group(1).equals(Long.toString(label))) {
      throw new IllegalStateException("expected a self-test with another label, received " + index);
    }
    return withFile(INDEX, first.replaceFirst("\"label\": " + label));
  }

  /** Another text in the place of a file, its hash and its size in the manifest. */
  private ZipBundles withFile(String name, String text) {
    byte[] content = text.getBytes(StandardCharsets.UTF_8);
    byte[] was = files.put(name, content);
    return withManifest(manifest -> manifest.replace(sha256(was), sha256(content))
        .replace("\"bytes\": " + was.length, "\"bytes\": " + content.length));
  }

  /** A file more, or another content of one. */
  public ZipBundles with(String name, byte[] content) {
    files.put(name, content);
    return this;
  }

  public ZipBundles without(String name) {
    if (files.remove(name) == null) {
      throw new IllegalStateException("expected one of " + files.keySet() + ", received " + name);
    }
    return this;
  }

  /** The content of one file cannot be unpacked; all others can. */
  public byte[] bytesWithDamaged(String name) throws IOException {
    byte[] zip = bytes();
    byte[] header = name.getBytes(StandardCharsets.UTF_8);
    for (int at = 0; at + header.length < zip.length; at++) {
      if (Arrays.equals(header, 0, header.length, zip, at, at + header.length)) {
        // The first place is the local header, whose extra field lies between the name and the content.
        int extra = zip[at - 2] & 255 | (zip[at - 1] & 255) << 8;
        // A block of the fourth of three kinds.
        zip[at + header.length + extra] |= 6;
        return zip;
      }
    }
    throw new IllegalStateException("expected one of " + files.keySet() + ", received " + name);
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException error) {
      throw new IllegalStateException(error);
    }
  }

  public byte[] bytes() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        ZipEntry entry = new ZipEntry(file.getKey());
        // The same content is the same bytes at any time of day.
        entry.setTime(0);
        zip.putNextEntry(entry);
        zip.write(file.getValue());
      }
    }
    return bytes.toByteArray();
  }
}
