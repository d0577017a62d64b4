package org.frugal.app;

import static org.junit.Assert.assertEquals;

import java.util.Locale;
import org.junit.Test;

public class NumbersTest {
  @Test
  public void countsHaveThreeDigitsAndAUnit() {
    assertEquals("812", Numbers.count(812));
    assertEquals("5.97\u00a0M", Numbers.count(5_967_624));
    assertEquals("14.4\u00a0M", Numbers.count(14_418_619));
    assertEquals("999\u00a0k", Numbers.count(999_400));
    assertEquals("what rounds up to a thousand", "1.00\u00a0M", Numbers.count(999_999));
    assertEquals("2.50\u00a0G", Numbers.count(2.5e9));
  }

  @Test
  public void bytesHaveTheirUnitAtAnySize() {
    assertEquals("812\u00a0B", Numbers.bytes(812));
    assertEquals("1.16\u00a0MB", Numbers.bytes(1_163_744));
  }

  @Test
  public void theSeparatorIsThatOfTheLanguage() {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.GERMANY);
      assertEquals("97,8\u00a0%", Numbers.percent(0.978));
      assertEquals("100\u00a0%", Numbers.percent(1));
      assertEquals("5,97\u00a0M", Numbers.count(5_967_624));
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  public void timesAndSharesKeepTheirUnitOnTheLine() {
    assertEquals("0.08\u00a0ms", Numbers.millis(0.0787));
    assertEquals("123\u00a0ms", Numbers.millis(123.4));
    assertEquals("97.8\u00a0%", Numbers.percent(0.978));
    assertEquals("100\u00a0%", Numbers.percent(1));
    assertEquals("0.1\u00a0%", Numbers.percent(0.001));
  }
}
