package org.frugal.app.budget;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;

import java.nio.file.Path;
import org.frugal.Budget;
import org.frugal.app.budget.BudgetSettings.Choice;
import org.frugal.app.bundles.CostPoint;
import org.frugal.app.bundles.FullCost;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.Manifest;
import org.frugal.governor.Policy;
import org.frugal.governor.Reading;
import org.junit.Test;

/** What settings mean for a bundle; no Android. */
public class BudgetSettingsTest {
  /** Ten parts in a row, and one point; nobody has measured its energy. */
  private static final Manifest STAGES = manifest("stages");
  /** Every part costs 24 multiply-adds and 1.5 uJ; points p0, p1 (the default) and p2. */
  private static final Manifest STEPS = manifest("steps");

  @Test
  public void withoutAllowancesNothingIsLimited() {
    assertEquals(Budget.UNLIMITED, BudgetSettings.DEFAULT.budget(STEPS));
    assertEquals(Policy.DEFAULT, BudgetSettings.DEFAULT.policy());
  }

  @Test
  public void sharesAreOfTheFullNetworkOfTheBundle() {
    Budget budget =
        BudgetSettings.DEFAULT.withLatencyMillis(4.0).withMacsShare(0.5).withEnergyShare(0.25).budget(STEPS);
    assertEquals(4, budget.latencyMillis(), 0);
    assertEquals(FullCost.macs(STEPS) / 2, budget.macs(), 1e-9);
    assertEquals("1.5 uJ for every 24 multiply-adds", FullCost.macs(STEPS) / 24 * 1.5 / 4,
        budget.energyMicrojoules(), 1e-9);
  }

  @Test
  public void whereNobodyKnowsTheEnergyItIsNotLimited() {
    assertNull(FullCost.microjoules(STAGES));
    Budget budget = BudgetSettings.DEFAULT.withEnergyShare(0.25).withMacsShare(0.5).budget(STAGES);
    assertNull(budget.energyMicrojoules());
    assertEquals(FullCost.macs(STAGES) / 2, budget.macs(), 1e-9);
  }

  @Test
  public void oneChangeChangesOneThing() {
    BudgetSettings all = new BudgetSettings(1.0, 0.2, 0.3, Choice.BY_HAND, "p2", false);
    assertEquals(new BudgetSettings(2.0, 0.2, 0.3, Choice.BY_HAND, "p2", false), all.withLatencyMillis(2.0));
    assertEquals(new BudgetSettings(1.0, null, 0.3, Choice.BY_HAND, "p2", false), all.withMacsShare(null));
    assertEquals(new BudgetSettings(1.0, 0.2, 0.9, Choice.BY_HAND, "p2", false), all.withEnergyShare(0.9));
    assertEquals(new BudgetSettings(1.0, 0.2, 0.3, Choice.BY_HAND, "p0", false), all.withPoint("p0"));
    assertEquals(new BudgetSettings(1.0, 0.2, 0.3, Choice.BY_HAND, "p2", true), all.withFollowDevice(true));
    assertEquals("the point is forgotten", new BudgetSettings(1.0, 0.2, 0.3, Choice.AUTOMATIC, null, false),
        all.with(Choice.AUTOMATIC));
  }

  @Test
  public void whoPicksThePointIsToldToTheGovernor() {
    DeviceReading device = new DeviceReading(0.8, true, true, false, true, 1, 0.2, 30.0, 4.0, 10L);
    BudgetSettings settings = BudgetSettings.DEFAULT;
    assertEquals("the maker's", 1, (int) settings.reading(device, STEPS).manual());
    assertEquals(2, (int) settings.withPoint("p2").reading(device, STEPS).manual());
    assertEquals("another bundle's", 1, (int) settings.withPoint("full").reading(device, STEPS).manual());
    assertNull(settings.with(Choice.AUTOMATIC).reading(device, STEPS).manual());
    assertEquals(0.8, settings.reading(device, STEPS).battery(), 0);
    BudgetSettings alone = settings.with(Choice.AUTOMATIC).withFollowDevice(false);
    assertEquals(Reading.UNKNOWN, alone.reading(device, STEPS));
  }

  @Test
  public void pointsAreDotsOfAShare() {
    CostPoint point = CostPoint.of(STEPS).get(1);
    assertEquals("p1", point.name());
    assertEquals(point.macs() / FullCost.macs(STEPS), point.share(), 1e-12);
    assertEquals(3, CostPoint.of(STEPS).size());
  }

  private static Manifest manifest(String golden) {
    return Bundle.load(Path.of(System.getProperty("frugal.repository"), "tests/goldens/bundles", golden)).manifest();
  }
}
