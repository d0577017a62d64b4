package org.frugal.apk;

import java.util.List;

/** Java 9 brought the class ProcessHandle and the name of a class loader; Android 8.0 has neither. */
final class NewCode {
  Object later(ClassLoader loader) {
    return List.of(ProcessHandle.current(), loader.getName());
  }
}
