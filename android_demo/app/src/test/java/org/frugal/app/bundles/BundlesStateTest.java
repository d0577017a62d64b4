package org.frugal.app.bundles;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import java.util.List;
import org.frugal.app.bundles.BundleItem.SelfTest;
import org.frugal.app.bundles.BundleItem.Standing;
import org.junit.Test;

/** Which bundle is in use when the list changes. */
public class BundlesStateTest {
  private final BundlesState three = BundlesState.EMPTY.withItems(List.of(good("a"), good("b"), bad("c")));

  @Test
  public void theFirstThatCanBeUsedIsInUse() {
    assertEquals("a", three.chosen());
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
  public void aMessageStaysUntilAnotherBundleIsChosen() {
    BundlesState refused = three.withBusy(true).withMessage("no");
    assertEquals("no", refused.withBusy(false).message());
    assertTrue("the others are still checked", refused.busy());
    assertNull(refused.withChosen("b").message());
    assertEquals("all stay", 3, refused.items().size());
  }

  @Test
  public void oneThatMayNotAnswerCanBeLookedAt() {
    BundlesState state = three.withChosen("b").with(opened("d", new SelfTest(2, List.of("golden 0: other"))));
    assertEquals(Standing.FAILED, state.item("d").standing());
    assertFalse(state.item("d").isUsable());
    assertEquals("b", state.onDisplay().name());
    assertEquals("d", state.withLooked("d").onDisplay().name());
    assertEquals("b", state.withLooked("d").chosen());
    assertNull("there is nothing to see of it", state.withLooked("c").onDisplay());
    assertEquals("it is gone", "b", state.withLooked("d").without("d").onDisplay().name());
    assertEquals("a", state.withLooked("d").withChosen("a").onDisplay().name());
  }

  @Test
  public void oneThatNobodyHasLookedAtIsNotUsed() {
    for (BundleItem item : List.of(BundleItem.unseen("a", true), BundleItem.crashed("a", true))) {
      assertNull(BundlesState.EMPTY.withItems(List.of(item)).chosen());
      assertFalse(item.isOpened());
    }
  }

  @Test
  public void aStaticNetworkIsFoundWhereItCanBeUsed() {
    assertNull(three.staticOf("a"));
    assertEquals("a_static", three.with(good("a_static")).staticOf("a").name());
    assertNull("refused", three.with(bad("a_static")).staticOf("a"));
    assertNull("of another", three.with(good("a_static")).staticOf("b"));
    assertNull(three.with(good("a_static")).smallerOf("a"));
    assertEquals("a_smaller", three.with(good("a_smaller")).smallerOf("a").name());
    assertTrue(BundlesState.isNameOfStatic("a_static"));
    assertFalse(BundlesState.isNameOfStatic("a"));
  }

  private static BundleItem good(String name) {
    return opened(name, null);
  }

  private static BundleItem opened(String name, SelfTest selfTest) {
    BundleItem.Summary summary = new BundleItem.Summary(null, null, false, false, 1, 2, 3, 4, 5, "p");
    return BundleItem.opened(name, false, List.of(), summary, null, selfTest);
  }

  private static BundleItem bad(String name) {
    return BundleItem.refused(name, false, "too new");
  }
}
