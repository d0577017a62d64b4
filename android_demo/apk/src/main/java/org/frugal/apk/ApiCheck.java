package org.frugal.apk;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.codehaus.mojo.animal_sniffer.Clazz;
import org.codehaus.mojo.animal_sniffer.SignatureChecker;

/** Whether everything that a .dex names exists: in it, or in an Android of the lowest supported level. */
final class ApiCheck {
  /** On every Android though not in its public API; and annotations, which Android skips where they are absent. */
  private static final List<String> ABSENT_IS_FINE =
      List.of("dalvik/annotation/", "com/google/errorprone/annotations/", "org/jspecify/annotations/");

  private final Map<String, Clazz> android;
  private final Set<String> newer;
  private final Map<String, DexFile.Definition> own = new HashMap<>();

  /**
   * @param signature of an API level, in animal-sniffer's format
   * @param newer members that the app only calls after a check of the level, as {@code class.member}, and classes of
   *     which that is true as a whole
   */
  ApiCheck(InputStream signature, Set<String> newer) throws IOException {
    android = SignatureChecker.loadClasses(signature);
    this.newer = newer;
  }

  /** A sentence for everything that is missing, and for everything that is listed as newer and not used. */
  List<String> problems(List<DexFile> files) {
    files.forEach(file -> own.putAll(file.classes));
    List<String> problems = new ArrayList<>();
    Set<String> unused = new TreeSet<>(newer);
    for (DexFile file : files) {
      for (String type : file.types) {
        if (!isKnown(type) && !mayBeAbsent(type) && !newer.contains(type)) {
          problems.add("expected a class of the lowest Android, received " + type);
        } else if (!isKnown(type)) {
          unused.remove(type);
        }
      }
      for (DexFile.Reference each : file.references) {
        String spelt = each.type() + "." + each.member();
        boolean found = each.type().startsWith("[") || !isKnown(each.type())
            || has(each.type(), each.member(), new HashSet<>());
        if (!found && !newer.contains(spelt)) {
          problems.add("expected a member of the lowest Android, received " + spelt);
        } else if (!found) {
          unused.remove(spelt);
        }
      }
    }
    unused.forEach(spelt -> problems.add("expected something newer that is used, received " + spelt));
    return problems;
  }

  private static boolean mayBeAbsent(String type) {
    return ABSENT_IS_FINE.stream().anyMatch(type::startsWith);
  }

  private boolean isKnown(String type) {
    return own.containsKey(type) || android.containsKey(type);
  }

  private boolean has(String type, String member, Set<String> seen) {
    if (type == null || !seen.add(type)) {
      return false;
    }
    DexFile.Definition definition = own.get(type);
    if (definition != null) {
      return definition.members().contains(member) || has(definition.superclass(), member, seen)
          || definition.interfaces().stream().anyMatch(each -> has(each, member, seen));
    }
    Clazz clazz = android.get(type);
    if (clazz == null) {
      return false;
    }
    return clazz.getSignatures().contains(member) || has(clazz.getSuperClass(), member, seen)
        || inherits(clazz.getSuperInterfaces(), member, seen);
  }

  private boolean inherits(String[] interfaces, String member, Set<String> seen) {
    for (String each : interfaces) {
      if (has(each, member, seen)) {
        return true;
      }
    }
    return false;
  }
}
