package org.frugal.app.bundles;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import java.util.List;
import org.junit.Test;

/** Which bundle is in use when the list changes. */
public class BundlesStateTest {
  private final BundlesState three = BundlesState.EMPTY.withItems(List.of(good("a"), good("b"), bad("c")));

  @Test
  public void theFirstThatCanBeUsedIsInUse() {
    assertEquals("a", three.chosen());
    assertFalse(three.busy());
    assertEquals("b", BundlesState.EMPTY.withItems(List.of(bad("a"), good("b"))).chosen());
    assertNull(BundlesState.EMPTY.withItems(List.of(bad("a"))).chosen());
    assertNull(BundlesState.EMPTY.withItems(List.of()).chosen());
  }

  @Test
  public void whatWasInUseStaysSoWhileItCan() {
    BundlesState chosen = three.withChosen("b");
    assertEquals("b", chosen.with(good("d")).chosen());
    assertEquals("a", chosen.without("b").chosen());
    assertEquals("a", chosen.with(bad("b")).chosen());
    assertEquals("one that was removed before the app began", "a",
        BundlesState.EMPTY.withChosen("gone").withItems(List.of(good("a"))).chosen());
  }

  @Test
  public void anAddedOneStandsInItsPlaceAndOnce() {
    List<BundleItem> items = three.with(good("aa")).with(good("aa")).items();
    assertEquals(List.of("a", "aa", "b", "c"), items.stream().map(BundleItem::name).toList());
  }

  @Test
  public void aMessageEndsTheCheckingAndTheNextCheckTakesItAway() {
    BundlesState refused = three.withBusy().withMessage("no");
    assertEquals("no", refused.message());
    assertFalse(refused.busy());
    assertNull(refused.withBusy().message());
    assertTrue(refused.withBusy().busy());
    assertEquals("all stay", 3, refused.items().size());
  }

  @Test
  public void aStaticNetworkIsFoundWhereItCanBeUsed() {
    assertNull(three.staticOf("a"));
    assertEquals("a_static", three.with(good("a_static")).staticOf("a").name());
    assertNull("refused", three.with(bad("a_static")).staticOf("a"));
    assertNull("of another", three.with(good("a_static")).staticOf("b"));
    assertTrue(BundlesState.isNameOfStatic("a_static"));
    assertFalse(BundlesState.isNameOfStatic("a"));
  }

  private static BundleItem good(String name) {
    return new BundleItem(name, false, List.of(), null, null, null, null);
  }

  private static BundleItem bad(String name) {
    return BundleItem.refused(name, false, "too new");
  }
}
