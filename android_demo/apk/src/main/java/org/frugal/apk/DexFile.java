package org.frugal.apk;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The tables of a .dex file: what it defines, and every type, method and field that it names. Types are written
 * {@code java/lang/String}, methods {@code name(Ljava/lang/String;)V}, fields {@code name#I}.
 * See https://source.android.com/docs/core/runtime/dex-format.
 */
final class DexFile {
  /** A member that some instruction or annotation names, of the type that it is named on. */
  record Reference(String type, String member) implements Comparable<Reference> {
    @Override
    public int compareTo(Reference other) {
      int byType = type.compareTo(other.type);
      return byType != 0 ? byType : member.compareTo(other.member);
    }
  }

  /** A class that the file defines. */
  record Definition(String superclass, List<String> interfaces, Set<String> members) {}

  private static final int NO_INDEX = -1;
  private static final int CALL_SITES = 0x0007;

  final Map<String, Definition> classes = new HashMap<>();
  final Set<String> types = new TreeSet<>();
  final Set<Reference> references = new TreeSet<>();
  /** invoke-custom needs a call site, for which no Android that d8 targets here has a bootstrap method. */
  final boolean hasCallSites;

  private final ByteBuffer bytes;
  private final String[] strings;
  private final String[] descriptors;
  private final String[] fields;
  private final String[] methods;

  DexFile(byte[] content) {
    bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    if (content.length < 0x70 || !new String(content, 0, 4, StandardCharsets.US_ASCII).equals("dex\n")) {
      throw new IllegalArgumentException("expected a .dex file, received something else");
    }
    strings = readStrings(bytes.getInt(0x38), bytes.getInt(0x3C));
    descriptors = readTypes(bytes.getInt(0x40), bytes.getInt(0x44));
    String[] prototypes = readPrototypes(bytes.getInt(0x48), bytes.getInt(0x4C));
    fields = readMembers(bytes.getInt(0x50), bytes.getInt(0x54), i -> "#" + descriptors[i]);
    methods = readMembers(bytes.getInt(0x58), bytes.getInt(0x5C), i -> prototypes[i]);
    readClasses(bytes.getInt(0x60), bytes.getInt(0x64));
    hasCallSites = hasCallSites(bytes.getInt(0x34));
  }

  private String[] readStrings(int count, int table) {
    String[] read = new String[count];
    for (int i = 0; i < count; i++) {
      int[] at = {bytes.getInt(table + 4 * i)};
      uleb(at);
      int end = at[0];
      while (bytes.get(end) != 0) {
        end++;
      }
      read[i] = new String(bytes.array(), at[0], end - at[0], StandardCharsets.UTF_8);
    }
    return read;
  }

  private String[] readTypes(int count, int table) {
    String[] read = new String[count];
    for (int i = 0; i < count; i++) {
      read[i] = strings[bytes.getInt(table + 4 * i)];
      String element = read[i].replaceFirst("^\\[+", "");
      if (element.startsWith("L")) {
        types.add(name(element));
      }
    }
    return read;
  }

  private String[] readPrototypes(int count, int table) {
    String[] read = new String[count];
    for (int i = 0; i < count; i++) {
      StringBuilder text = new StringBuilder("(");
      typeList(bytes.getInt(table + 12 * i + 8)).forEach(text::append);
      read[i] = text.append(')').append(descriptors[bytes.getInt(table + 12 * i + 4)]).toString();
    }
    return read;
  }

  private List<String> typeList(int at) {
    List<String> list = new ArrayList<>();
    for (int i = 0; at != 0 && i < bytes.getInt(at); i++) {
      list.add(descriptors[bytes.getShort(at + 4 + 2 * i) & 0xffff]);
    }
    return list;
  }

  private String[] readMembers(int count, int table, java.util.function.IntFunction<String> signature) {
    String[] read = new String[count];
    for (int i = 0; i < count; i++) {
      int at = table + 8 * i;
      read[i] = strings[bytes.getInt(at + 4)] + signature.apply(bytes.getShort(at + 2) & 0xffff);
      references.add(new Reference(name(descriptors[bytes.getShort(at) & 0xffff]), read[i]));
    }
    return read;
  }

  private void readClasses(int count, int table) {
    for (int i = 0; i < count; i++) {
      int at = table + 32 * i;
      int superclass = bytes.getInt(at + 8);
      List<String> interfaces = new ArrayList<>();
      typeList(bytes.getInt(at + 12)).forEach(each -> interfaces.add(name(each)));
      String parent = superclass == NO_INDEX ? null : name(descriptors[superclass]);
      classes.put(
          name(descriptors[bytes.getInt(at)]), new Definition(parent, interfaces, members(bytes.getInt(at + 24))));
    }
  }

  /** Static fields, instance fields, direct methods, virtual methods; indexes are written as differences. */
  private Set<String> members(int data) {
    Set<String> members = new HashSet<>();
    if (data == 0) {
      return members;
    }
    int[] at = {data};
    int[] counts = {uleb(at), uleb(at), uleb(at), uleb(at)};
    for (int group = 0; group < 4; group++) {
      int index = 0;
      for (int i = 0; i < counts[group]; i++) {
        index += uleb(at);
        uleb(at);
        if (group >= 2) {
          uleb(at);
        }
        members.add(group < 2 ? fields[index] : methods[index]);
      }
    }
    return members;
  }

  private boolean hasCallSites(int map) {
    for (int i = 0; i < bytes.getInt(map); i++) {
      if (bytes.getShort(map + 4 + 12 * i) == CALL_SITES) {
        return true;
      }
    }
    return false;
  }

  private int uleb(int[] at) {
    int value = 0;
    for (int shift = 0; ; shift += 7) {
      int next = bytes.get(at[0]++);
      value |= (next & 0x7f) << shift;
      if ((next & 0x80) == 0) {
        return value;
      }
    }
  }

  private static String name(String descriptor) {
    return descriptor.startsWith("L") ? descriptor.substring(1, descriptor.length() - 1) : descriptor;
  }
}
