package org.frugal.bundle;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import org.frugal.ChainException;
import org.frugal.Words;

/**
 * The form of a file of saved rows: a line of JSON, then the rows in float32, little-endian (docs/bundle.md).
 *
 * @param bundle SHA-256 of the bundle's manifest
 * @param table its name
 * @param capacity how many rows it can hold
 * @param elements of a row
 */
public record TableFile(String bundle, String table, int capacity, int elements) {
  private static final String FORMAT = "frugal-table";
  private static final int VERSION = 1;

  /** What a file holds: labels, and a row for each. */
  public record Rows(List<String> labels, List<float[]> rows) {}

  /** How many bytes a file has at most. */
  public long mostBytes() {
    return JsonText.MAX_BYTES + 1L + 4L * capacity * elements;
  }

  /** The bytes of a file. */
  public byte[] write(Rows content) {
    List<String> labels = new ArrayList<>();
    content.labels().forEach(label -> labels.add(text(label)));
    String head = "{\"format\": " + text(FORMAT) + ", \"version\": " + VERSION + ", \"bundle\": " + text(bundle)
        + ", \"table\": " + text(table) + ", \"labels\": [" + String.join(", ", labels) + "]}\n";
    byte[] line = head.getBytes(StandardCharsets.UTF_8);
    int bytes = line.length + 4 * elements * content.rows().size();
    ByteBuffer file = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN).put(line);
    for (float[] row : content.rows()) {
      for (float number : row) {
        file.putFloat(number);
      }
    }
    return file.array();
  }

  private static String text(String text) {
    return Json.value(text).toString();
  }

  /**
   * Reads the bytes of a file.
   *
   * @param file its name, for the sentence
   * @throws ChainException it is none of saved rows, or of another bundle or table
   */
  public Rows read(byte[] data, String file) {
    int end = 0;
    while (end < data.length && data[end] != '\n') {
      end++;
    }
    JsonObject head = end < data.length ? head(Arrays.copyOf(data, end)) : null;
    if (head == null) {
      throw refusal("expected a file of saved rows, received another one: " + file);
    }
    check(head, "version", String.valueOf(VERSION), "");
    check(head, "bundle", Words.quote(bundle), ": teach it anew");
    check(head, "table", Words.quote(table), "");
    List<String> labels = labels(head.get("labels"));
    if (labels == null) {
      throw refusal("expected at most " + capacity + " labels that differ in " + file + ", received others");
    }
    long bytes = 4L * elements * labels.size();
    int received = data.length - end - 1;
    if (bytes != received) {
      throw refusal("expected " + bytes + " bytes of rows in " + file + ", received " + received);
    }
    ByteBuffer numbers = ByteBuffer.wrap(data, end + 1, received).order(ByteOrder.LITTLE_ENDIAN);
    return new Rows(labels, rows(numbers, labels.size(), file));
  }

  /** Null where the text is no such file's. */
  private static JsonObject head(byte[] text) {
    try {
      JsonValue value = JsonText.parse(text, "saved rows").value();
      JsonValue format = value.isObject() ? value.asObject().get("format") : null;
      return format != null && format.isString() && format.asString().equals(FORMAT) ? value.asObject() : null;
    } catch (JsonForm.FormException error) {
      return null;
    }
  }

  private void check(JsonObject head, String key, String expected, String advice) {
    String received = JsonText.shown(head.get(key));
    if (!received.equals(expected)) {
      throw refusal(
          "expected saved rows of the " + key + " " + expected + ", received " + Words.shown(received) + advice);
    }
  }

  /** Null where they are others than a table can have. */
  private List<String> labels(JsonValue value) {
    List<String> labels = new ArrayList<>();
    for (JsonValue label : value != null && value.isArray() ? value.asArray() : List.of(Json.NULL)) {
      if (!label.isString() || label.asString().isEmpty()) {
        return null;
      }
      labels.add(label.asString());
    }
    boolean fit = labels.size() <= capacity && new HashSet<>(labels).size() == labels.size();
    return fit ? labels : null;
  }

  private List<float[]> rows(ByteBuffer numbers, int count, String file) {
    List<float[]> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      float[] row = new float[elements];
      for (int k = 0; k < elements; k++) {
        row[k] = numbers.getFloat();
        if (!Float.isFinite(row[k])) {
          throw refusal("expected finite numbers in " + file + ", received NaN or infinity");
        }
      }
      rows.add(row);
    }
    return rows;
  }

  private ChainException refusal(String problem) {
    return new ChainException("table " + table + ": " + problem);
  }
}
