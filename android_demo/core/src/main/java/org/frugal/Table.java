package org.frugal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.TableFile;
import org.frugal.tensor.Float16;
import org.frugal.tensor.Tensor;

/**
 * The rows of a chain's table, each with a label. Answers use them as they are when a run begins; while one is under
 * way they are not changed.
 */
public final class Table {
  /** Characters of a label that a device gives. */
  private static final int MAX_LABEL = 200;

  private final String name;
  private final int capacity;
  private final List<Integer> rowShape;
  private final TableFile file;
  private final Owner owner;
  private List<String> labels;
  private List<float[]> rows;
  private int changes;

  /**
   * @throws BundleException the rows that come with the bundle are not finite
   */
  Table(Bundle bundle, String name, Owner owner) {
    this.owner = owner;
    Manifest.Table spec = bundle.manifest().tables().get(name);
    List<Integer> shape = bundle.manifest().values().get(spec.rows()).shape();
    this.name = name;
    capacity = shape.get(1);
    rowShape = List.copyOf(shape.subList(2, shape.size()));
    file = new TableFile(bundle.sha256(), name, capacity, Tensor.product(rowShape).intValue());
    labels = List.copyOf(spec.labels());
    rows = spec.content() == null ? List.of() : read(bundle, spec);
  }

  private List<float[]> read(Bundle bundle, Manifest.Table spec) {
    ByteBuffer content = bundle.content(spec.content().file()).order(ByteOrder.LITTLE_ENDIAN);
    List<float[]> read = new ArrayList<>();
    int at = 0;
    while (read.size() < labels.size()) {
      float[] row = new float[file.elements()];
      read.add(row);
      for (int i = 0; i < row.length; i++, at++) {
        row[i] = spec.half() ? Float16.real(content.getShort(2 * at)) : content.getFloat(4 * at);
        if (!Float.isFinite(row[i])) {
          throw new BundleException(
              "expected finite numbers, received NaN or infinity", spec.content().file(),
              "tables." + name + ".content");
        }
      }
    }
    return read;
  }

  public String name() {
    return name;
  }

  /** How many rows it can hold. */
  public int capacity() {
    return capacity;
  }

  /** How many rows it holds. */
  public int size() {
    return labels.size();
  }

  /** The shape of a row, such as {@code [64]}. */
  public List<Integer> rowShape() {
    return rowShape;
  }

  /** The labels of the rows, in order. */
  public List<String> labels() {
    return labels;
  }

  /** A copy of the rows, in order. */
  public float[][] rows() {
    return rows.stream().map(float[]::clone).toArray(float[][]::new);
  }

  /** Of a row that is there: not a copy. */
  float[] row(int place) {
    return rows.get(place);
  }

  /** Grows with every change. */
  int changes() {
    return changes;
  }

  /**
   * Adds a row behind the others.
   *
   * @param label a new one, of 1 to 200 characters
   * @param row finite numbers, as many as {@link #rowShape} has elements
   * @throws ChainException the table is full, the label is there already or is none, or the row is of another form
   */
  public void add(String label, float[] row) {
    alone(() -> append(label, row));
  }

  private void append(String label, float[] row) {
    checkNew(label);
    if (row == null || row.length != file.elements()) {
      String received = row == null ? "null" : "float32 " + List.of(row.length);
      throw refusal("expected a row of numbers " + rowShape + ", received " + received);
    }
    for (float number : row) {
      if (!Float.isFinite(number)) {
        throw refusal("expected a row of finite numbers, received NaN or infinity");
      }
    }
    List<String> newLabels = new ArrayList<>(labels);
    newLabels.add(label);
    List<float[]> newRows = new ArrayList<>(rows);
    newRows.add(row.clone());
    set(newLabels, newRows);
  }

  /**
   * Checks that a row of that label can be added.
   *
   * @throws ChainException the table is full, or the label is there already or is none
   */
  public void checkNew(String label) {
    if (size() >= capacity) {
      throw refusal("expected fewer rows than its capacity, " + capacity + ", to add one: remove another first");
    }
    checkLabel(label);
  }

  /**
   * Gives a row another label.
   *
   * @throws ChainException there is no such row, or the new label is there already or is none
   */
  public void rename(String label, String newLabel) {
    alone(() -> {
      int place = place(label);
      if (!label.equals(newLabel)) {
        checkLabel(newLabel);
      }
      List<String> newLabels = new ArrayList<>(labels);
      newLabels.set(place, newLabel);
      set(newLabels, rows);
    });
  }

  /**
   * Removes a row; those behind it move up.
   *
   * @throws ChainException there is no such row
   */
  public void remove(String label) {
    alone(() -> {
      int place = place(label);
      List<String> newLabels = new ArrayList<>(labels);
      newLabels.remove(place);
      List<float[]> newRows = new ArrayList<>(rows);
      newRows.remove(place);
      set(newLabels, newRows);
    });
  }

  /**
   * Writes the rows to a file, whole or not at all; docs/bundle.md has its form, which every runtime reads.
   *
   * @throws ChainException it cannot be written
   */
  public void save(Path path) {
    try {
      Path folder = Objects.requireNonNullElse(path.toAbsolutePath().getParent(), path);
      Path draft = Files.createTempFile(folder, ".rows", null);
      try {
        Files.write(draft, file.write(new TableFile.Rows(labels, rows)));
        Files.move(draft, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(draft);
      }
    } catch (IOException error) {
      throw refusal("expected a file that can be written, but " + error);
    }
  }

  /**
   * Reads the rows that were saved from this bundle's table; they replace all rows.
   *
   * @throws ChainException it cannot be read, is no such file, or belongs to another bundle or table
   */
  public void load(Path path) {
    alone(() -> replace(path));
  }

  private void replace(Path path) {
    byte[] data;
    try {
      if (Files.size(path) > file.mostBytes()) {
        throw refusal("expected a file of saved rows, received another one: " + path);
      }
      data = Files.readAllBytes(path);
    } catch (IOException error) {
      throw refusal("expected a file of saved rows, but " + error);
    }
    TableFile.Rows saved = file.read(data, path.toString());
    set(saved.labels(), saved.rows());
  }

  private void checkLabel(String label) {
    if (!isLabel(label)) {
      throw refusal(
          "expected a label of 1 to " + MAX_LABEL + " characters, none of them a control character, received "
              + shown(label));
    }
    if (labels.contains(label)) {
      throw refusal(
          "expected a new label, received " + Words.quote(label) + ", which is there: rename or remove it first");
    }
  }

  private static boolean isLabel(String label) {
    if (label == null || label.isEmpty() || label.codePointCount(0, label.length()) > MAX_LABEL) {
      return false;
    }
    return label.codePoints().allMatch(sign -> sign >= ' ' && Character.getType(sign) != Character.SURROGATE);
  }

  private static String shown(String label) {
    return label == null ? "null" : Words.shown(Words.quote(label));
  }

  private int place(String label) {
    int place = label == null ? -1 : labels.indexOf(label);
    if (place < 0) {
      throw refusal(
          "expected one of the labels " + Words.shown(Words.list(labels)) + ", received " + shown(label));
    }
    return place;
  }

  /** Changes the table where no run is under way. */
  private void alone(Runnable change) {
    owner.take();
    try {
      change.run();
    } finally {
      owner.release();
    }
  }

  private void set(List<String> newLabels, List<float[]> newRows) {
    labels = List.copyOf(newLabels);
    rows = newRows;
    changes++;
  }

  private ChainException refusal(String problem) {
    return new ChainException("table " + name + ": " + problem);
  }
}
