package org.frugal;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.Manifest.Output;
import org.frugal.tensor.Buffers;
import org.frugal.tensor.Conversion;
import org.frugal.tensor.Tensor;

/** The tables of a chain, and the buffers in which its programs read them. */
final class Tables {
  private final Map<String, Table> byName = new LinkedHashMap<>();
  private final List<Held> held = new ArrayList<>();
  private final Map<String, ByteBuffer> buffers = new LinkedHashMap<>();

  /**
   * @throws BundleException a table's file has numbers that are not finite
   */
  Tables(Bundle bundle, Owner owner) {
    bundle.manifest().tables().forEach((name, spec) -> {
      Table table = new Table(bundle, name, owner);
      Tensor rows = bundle.manifest().values().get(spec.rows());
      Tensor count = spec.count() == null ? null : bundle.manifest().values().get(spec.count());
      Held one = new Held(table, rows, count);
      byName.put(name, table);
      held.add(one);
      buffers.put(spec.rows(), one.rowBuffer);
      if (count != null) {
        buffers.put(spec.count(), one.countBuffer);
      }
    });
  }

  /** Name to table. */
  Map<String, Table> byName() {
    return Collections.unmodifiableMap(byName);
  }

  /** Value to the buffer that holds it, in its encoding. */
  Map<String, ByteBuffer> buffers() {
    return buffers;
  }

  /** Brings the buffers up to date, before a run. */
  void write() {
    for (int i = 0; i < held.size(); i++) {
      held.get(i).write();
    }
  }

  /**
   * The labels of an output, its own or those that its table has now.
   *
   * @throws ChainException its table has no row
   */
  List<String> labels(Output output) {
    if (output.table() == null) {
      return output.labels();
    }
    Table table = byName.get(output.table());
    if (table.size() == 0) {
      throw new ChainException(
          "table " + table.name() + ": expected at least one row to answer with, received none: teach it one");
    }
    return table.labels();
  }

  /** A table, and what programs read of it: its rows with 0 behind the last one, and how many there are. */
  private static final class Held {
    private final Table table;
    private final Tensor rows;
    private final Tensor count;
    private final ByteBuffer rowBuffer;
    private final ByteBuffer countBuffer;
    private int written = -1;

    Held(Table table, Tensor rows, Tensor count) {
      this.table = table;
      this.rows = rows;
      this.count = count;
      rowBuffer = Buffers.allocate(rows.bytes());
      countBuffer = count == null ? null : Buffers.allocate(count.bytes());
    }

    void write() {
      if (written == table.changes()) {
        return;
      }
      int at = 0;
      for (int place = 0; place < table.size(); place++) {
        for (float number : table.row(place)) {
          Conversion.write(rowBuffer, at++, number, rows.encoding());
        }
      }
      int elements = rows.elements();
      while (at < elements) {
        Conversion.write(rowBuffer, at++, 0, rows.encoding());
      }
      if (count != null) {
        Conversion.write(countBuffer, 0, table.size(), count.encoding());
      }
      written = table.changes();
    }
  }
}
