package org.frugal;

import org.junit.jupiter.api.AfterEach;

/** Tests on a chain of its own for each, whose labels are the rows of a table. */
abstract class Prototypes {
  final Chain chain = Chain.load(TestFiles.bundle("prototypes"), TestFiles.OPTIONS);
  final Table table = chain.tables().get("classes");

  @AfterEach
  void close() {
    chain.close();
  }
}
