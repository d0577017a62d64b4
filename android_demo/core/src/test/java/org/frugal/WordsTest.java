package org.frugal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
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
}
