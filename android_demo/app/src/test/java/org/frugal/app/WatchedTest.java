package org.frugal.app;

import static org.junit.Assert.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.Test;

public class WatchedTest {
  private final List<String> seen = new ArrayList<>();
  private final Watched<String> value = new Watched<>("first");

  @Test
  public void aWatcherSeesThePresentValueAndEachLaterOne() {
    Consumer<String> watcher = seen::add;
    value.watch(watcher);
    value.set("second");
    value.unwatch(watcher);
    value.set("third");
    assertEquals(List.of("first", "second"), seen);
    assertEquals("third", value.get());
  }

  @Test
  public void oneThatAnEarlierOneTookAwayIsNotCalledAnyMore() {
    Consumer<String> later = next -> seen.add("later " + next);
    value.watch(next -> {
      if (next.equals("second")) {
        value.unwatch(later);
      }
    });
    value.watch(later);
    value.set("second");
    assertEquals(List.of("later first"), seen);
  }

  @Test
  public void oneThatIsAddedMeanwhileSeesTheValueOnce() {
    Consumer<String> late = next -> seen.add("late " + next);
    value.watch(next -> {
      if (next.equals("second")) {
        value.watch(late);
      }
    });
    value.set("second");
    assertEquals(List.of("late second"), seen);
  }
}
