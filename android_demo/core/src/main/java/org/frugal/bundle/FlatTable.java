package org.frugal.bundle;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A table of a flatbuffer that was read: field name to value, without the absent ones. */
final class FlatTable {
  private static final int[] NO_INTEGERS = {};
  private static final float[] NO_REALS = {};
  private static final long[] NO_LONGS = {};
  private static final long[] NO_DATA = {0, 0};

  private final Map<String, Object> values = new HashMap<>();

  void put(String field, Object value) {
    values.put(field, value);
  }

  boolean has(String field) {
    return values.containsKey(field);
  }

  /** A whole number. */
  long number(String field, long missing) {
    return values.get(field) instanceof Long value ? value : missing;
  }

  /** A float32, which may also be the default of whole numbers. */
  double real(String field) {
    return values.get(field) instanceof Float value ? value : 0;
  }

  String text(String field) {
    return values.get(field) instanceof String value ? value : "";
  }

  int[] integers(String field) {
    return values.get(field) instanceof int[] value ? value : NO_INTEGERS;
  }

  float[] reals(String field) {
    return values.get(field) instanceof float[] value ? value : NO_REALS;
  }

  long[] longs(String field) {
    return values.get(field) instanceof long[] value ? value : NO_LONGS;
  }

  /** Where bytes begin, and how many they are. */
  long[] data(String field) {
    return values.get(field) instanceof long[] value ? value : NO_DATA;
  }

  FlatTable table(String field) {
    return values.get(field) instanceof FlatTable value ? value : new FlatTable();
  }

  @SuppressWarnings("unchecked")
  List<FlatTable> tables(String field) {
    return values.get(field) instanceof List<?> value ? (List<FlatTable>) value : List.of();
  }
}
