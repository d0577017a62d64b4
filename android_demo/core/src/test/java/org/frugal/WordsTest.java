package org.frugal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.api.Test;

/** Values in sentences look as Python writes them (repr, and %g). */
class WordsTest {
  @ParameterizedTest
  @CsvSource({"0,0", "0.5,0.5", "1e30,1e+30", "-1e-5,-1e-05", "123456,123456", "1234567,1.23457e+06", "0.0001,0.0001",
      "100000,100000", "1000000,1e+06", "0.1,0.1"})
  void numbers(double number, String expected) {
    assertEquals(expected, Words.number(number));
  }

  @ParameterizedTest
  @CsvSource({"0,0.0", "1,1.0", "0.021,0.021", "1e30,1e+30", "-1e-5,-1e-05", "1e15,1000000000000000.0", "1e16,1e+16",
      "9223372036854775808,9.223372036854776e+18", "0.0001,0.0001"})
  void reals(double number, String expected) {
    assertEquals(expected, Words.real(number));
  }

  @Test
  void texts() {
    assertEquals("'a b'", Words.quote("a b"));
    assertEquals("\"it's\"", Words.quote("it's"));
    assertEquals("'it\\'s \"so\"'", Words.quote("it's \"so\""));
    assertEquals("'a\\nb\\x00\\\\é\\u2028😀'", Words.quote("a\nb\0\\é\u2028😀"));
    assertEquals("['a', 'b']", Words.list(List.of("a", "b")));
    assertEquals("[1, 2]", Words.list(List.of(1, 2)));
    assertEquals("one\\nline", Words.oneLine("one\nline"));
  }

  /** What Python's own test of the table says of repr and of %g. */
  @Test
  void everyValueIsShownAsInPython() {
    JsonObject table = TestFiles.table("words").asObject();
    pairs(table, "reals", value -> Words.real(TestFiles.number(value)));
    pairs(table, "numbers", value -> Words.number(TestFiles.number(value)));
    pairs(table, "texts", value -> Words.quote(value.asString()));
    pairs(table, "lines", value -> new ChainException(value.asString()).getMessage());
  }

  private static void pairs(JsonObject table, String group, Function<JsonValue, String> shown) {
    for (JsonValue pair : table.get(group).asArray()) {
      JsonValue value = pair.asArray().get(0);
      assertEquals(pair.asArray().get(1).asString(), shown.apply(value), group + ": " + value);
    }
  }

  @Test
  void aListMayMixTextsAndOthersAndMayBeEmpty() {
    assertEquals("[]", Words.list(List.of()));
    assertEquals("['a', 2, \"it's\"]", Words.list(List.of("a", 2, "it's")));
  }

  @Test
  void oneLineLeavesQuotesAndBackslashesAlone() {
    assertEquals("it's \\ \"so\" é", Words.oneLine("it's \\ \"so\" é"));
    assertEquals("a\\x00b\\u2028c", Words.oneLine("a\0b\u2028c"));
    // Half of a character is shown by its number.
    assertEquals("\\ud83d", Words.oneLine("\ud83d"));
  }

  @Test
  void everyErrorIsOneSentenceInOneLine() {
    assertEquals("a\\nb: expected x", new BundleException("expected x", "a\nb", "").getMessage());
    BundleException error = BundleException.inManifest("expected x, received y", "programs.main[0]");
    assertEquals("manifest.json: programs.main[0]: expected x, received y", error.getMessage());
    assertEquals(List.of("manifest.json", "programs.main[0]", "expected x, received y"),
        List.of(error.file(), error.field(), error.problem()));
    assertEquals("one\\ttwo", new ChainException("one\ttwo").getMessage());
  }
}
