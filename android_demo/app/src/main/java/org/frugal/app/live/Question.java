package org.frugal.app.live;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.frugal.app.Plain;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Numbers;

/**
 * What a bundle leaves to whoever asks: which of several tasks, by a parameter whose values have names.
 *
 * @param parameter its name; null where there is nothing to choose
 * @param names of what may be asked, for people
 * @param first what is asked where nobody chooses
 */
public record Question(String parameter, List<String> names, int first) {
  static final Question NONE = new Question(null, List.of(), 0);

  /** The first choice of a bundle that has any. */
  static Question of(Manifest manifest) {
    for (Map.Entry<String, Manifest.Parameter> each : manifest.parameters().entrySet()) {
      List<String> names = new ArrayList<>();
      each.getValue().names().forEach(name -> names.add(Plain.line(name)));
      if (names.size() > 1) {
        return new Question(each.getKey(), names, (int) each.getValue().defaults().first());
      }
    }
    return NONE;
  }

  /** The settings that ask it; none where there is nothing to choose. */
  Map<String, Numbers> asking(int task) {
    return parameter == null ? Map.of() : Map.of(parameter, Numbers.of(task));
  }

  /** Which one some settings ask. */
  int asked(Map<String, Numbers> settings) {
    return parameter != null && settings.containsKey(parameter) ? (int) settings.get(parameter).first() : first;
  }
}
