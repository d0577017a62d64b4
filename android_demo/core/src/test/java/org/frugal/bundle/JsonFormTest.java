package org.frugal.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.eclipsesource.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.frugal.bundle.JsonForm.Field;
import org.frugal.bundle.JsonForm.Fields;
import org.frugal.bundle.JsonForm.FormException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** JSON read strictly: the words are those of Python's msgspec, and the first mistake of the text is named. */
class JsonFormTest {
  private static final Field<String> NAME = Field.required("name", form -> form.text(1, 3));
  private static final Field<Long> COUNT = Field.optional("count", 7L, form -> form.whole(0, 9));

  private static JsonForm form(String json) {
    return new JsonForm(Json.parse(json), "at");
  }

  private static void refuses(String json, String path, String problem, Function<JsonForm, ?> read) {
    FormException error = assertThrows(FormException.class, () -> read.apply(form(json)), json);
    assertEquals(problem, error.getMessage(), json);
    assertEquals(path, error.path, json);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"1|int", "-1|int", "1.0|float", "1e2|float", "18446744073709551615|int",
      "18446744073709551616|float", "true|bool", "null|null", "\"1\"|str", "[]|array", "{}|object"})
  void typesAreCalledAsPythonCallsThem(String json, String name) {
    assertEquals(name, form(json).typeName());
  }

  @Test
  void wholeNumbers() {
    Function<JsonForm, Long> read = form -> form.whole(-2, 9);
    assertEquals(List.of(-2L, 0L, 9L), List.of(read.apply(form("-2")), read.apply(form("-0")), read.apply(form("9"))));
    refuses("10", "at", "expected `int` <= 9", read);
    refuses("-3", "at", "expected `int` >= -2", read);
    refuses("99999999999999999999999999", "at", "expected `int` <= 9", read);
    refuses("-99999999999999999999999999", "at", "expected `int` >= -2", read);
    refuses("1.0", "at", "expected `int`, received `float`", read);
    refuses("1e0", "at", "expected `int`, received `float`", read);
    refuses("1e999", "at", "number out of range", read);
    refuses("true", "at", "expected `int`, received `bool`", read);
    refuses("\"1\"", "at", "expected `int`, received `str`", read);
  }

  @Test
  void realNumbers() {
    Function<JsonForm, Double> read = form -> form.real("-1e+30", "1e+30");
    assertEquals(1e30, read.apply(form("1e30")));
    assertEquals(3, read.apply(form("3")));
    assertEquals(List.of(0.0, -0.0), List.of(read.apply(form("-0")), read.apply(form("-0.0"))));
    refuses("1.0000000000000001e31", "at", "expected `float` <= 1e+30", read);
    refuses("-1e31", "at", "expected `float` >= -1e+30", read);
    refuses("1e999", "at", "number out of range", read);
    refuses("-1e999", "at", "number out of range", read);
    refuses("null", "at", "expected `float`, received `null`", read);
    refuses("[1]", "at", "expected `float`, received `array`", read);
  }

  @Test
  void textsAreAsLongAsTheyHaveCharacters() {
    Function<JsonForm, String> read = form -> form.text(1, 2);
    // Two characters of four bytes, which Java keeps as four.
    assertEquals("😀😀", read.apply(form("\"😀😀\"")));
    refuses("\"😀😀😀\"", "at", "expected `str` of length <= 2", read);
    refuses("\"\"", "at", "expected `str` of length >= 1", read);
    refuses("1", "at", "expected `str`, received `int`", read);
    refuses("\"c\"", "at", "invalid enum value 'c'", form -> form.oneOf("a", "b"));
    refuses("\"A\"", "at", "invalid enum value 'A'", form -> form.oneOf("a", "b"));
    Pattern digits = Pattern.compile("[0-9]+");
    assertEquals("12", form("\"12\"").matching(digits, "^[0-9]+$"));
    refuses("\"12\\n\"", "at", "expected `str` matching regex '^[0-9]+$'", form -> form.matching(digits, "^[0-9]+$"));
  }

  @Test
  void nullStandsInForSomeTypes() {
    Function<JsonForm, Double> real = form -> form.orNull("float", f -> f.real("0", "9"));
    assertEquals(null, real.apply(form("null")));
    assertEquals(4, real.apply(form("4")));
    refuses("\"4\"", "at", "expected `float | null`, received `str`", real);
    refuses("10", "at", "expected `float` <= 9", real);
    Function<JsonForm, Long> whole = form -> form.orNull("int", f -> f.whole(0, 9));
    assertEquals(4, whole.apply(form("4")));
    refuses("4.5", "at", "expected `int | null`, received `float`", whole);
    refuses("false", "at", "expected `int | null`, received `bool`", whole);
  }

  @Test
  void lists() {
    Function<JsonForm, List<Long>> read = form -> form.list(1, 2, item -> item.whole(0, 9));
    assertEquals(List.of(1L, 2L), read.apply(form("[1, 2]")));
    refuses("[]", "at", "expected `array` of length >= 1", read);
    refuses("[1, 2, 3]", "at", "expected `array` of length <= 2", read);
    refuses("[1, 10]", "at[1]", "expected `int` <= 9", read);
    refuses("{}", "at", "expected `array`, received `object`", read);
    // Items are read before they are counted, but not those behind a fixed count.
    refuses("[1, 2, 10]", "at[2]", "expected `int` <= 9", read);
    Function<JsonForm, List<Long>> two = form -> form.exactly(2, item -> item.whole(0, 9));
    assertEquals(List.of(1L, 2L), two.apply(form("[1, 2]")));
    refuses("[1, 2, 10]", "at", "expected `array` of length 2", two);
    refuses("[10]", "at[0]", "expected `int` <= 9", two);
    refuses("[1]", "at", "expected `array` of length 2", two);
    refuses("null", "at", "expected `array`, received `null`", two);
  }

  @Test
  void objectsOfFreeNames() {
    Function<JsonForm, Map<String, Long>> read = form -> form.map(1, item -> item.whole(0, 9));
    assertEquals(List.of("b", "a"), List.copyOf(read.apply(form("{\"b\": 1, \"a\": 2}")).keySet()));
    refuses("{}", "at", "expected `object` of length >= 1", read);
    refuses("{\"a\": 1, \"b\": 2}", "at", "expected `object` of length <= 1",
        form -> form.map(1, 1, name -> "." + name, item -> item.whole(0, 9)));
    refuses("{\"\": 1}", "at", "expected `str` of length >= 1", read);
    refuses("{\"" + "x".repeat(201) + "\": 1}", "at", "expected `str` of length <= 200", read);
    refuses("{\"a\": 10}", "at[...]", "expected `int` <= 9", read);
    refuses("{\"a\": 10}", "at.a", "expected `int` <= 9",
        form -> form.map(1, 9, name -> "." + name, item -> item.whole(0, 9)));
    refuses("[]", "at", "expected `object`, received `array`", read);
    assertEquals(Map.of("a", 2L), read.apply(form("{\"a\": 1, \"a\": 2}")), "the last of two counts");
  }

  @Test
  void objectsOfFields() {
    Function<JsonForm, Fields> read = form -> form.fields(NAME, COUNT);
    Fields fields = read.apply(form("{\"name\": \"abc\"}"));
    assertEquals("abc", fields.get(NAME));
    assertEquals(7, fields.get(COUNT));
    assertEquals(0, read.apply(form("{\"count\": 0, \"name\": \"a\"}")).get(COUNT));
    refuses("{}", "at", "object missing required field `name`", read);
    refuses("{\"name\": \"a\", \"extra\": 1}", "at", "object contains unknown field `extra`", read);
    // The first mistake of the text, and what is missing after all.
    refuses("{\"count\": -1, \"extra\": 1}", "at.count", "expected `int` >= 0", read);
    refuses("{\"extra\": 1, \"count\": -1}", "at", "object contains unknown field `extra`", read);
    refuses("{\"count\": null, \"name\": \"a\"}", "at.count", "expected `int`, received `null`", read);
    FormException whole = assertThrows(FormException.class,
        () -> new JsonForm(Json.parse("{\"name\": 1}"), "").fields(NAME));
    assertEquals("name", whole.path);
  }

  @Test
  void tags() {
    Function<JsonForm, String> read = form -> form.tag("op");
    assertEquals("run", read.apply(form("{\"part\": 1, \"op\": \"run\"}")));
    assertEquals("run", read.apply(form("{\"op\": \"run\", \"op\": \"run\"}")));
    refuses("{\"op\": \"run\", \"op\": \"exit\"}", "at.op", "invalid value 'exit'", read);
    refuses("{\"part\": 1}", "at", "object missing required field `op`", read);
    refuses("{\"op\": null}", "at.op", "expected `str`", read);
    refuses("7", "at", "expected `object`, received `int`", read);
  }

  @Test
  void whatIsFreeMayBeAnythingButBeyondFloat64() {
    assertEquals("{\"a\":[1,null,{\"b\":1e308}]}", form("{\"a\": [1, null, {\"b\": 1e308}]}").anything());
    refuses("{\"a\": [1, {\"b\": 1e309}]}", "at[...][1][...]", "number out of range", JsonForm::anything);
    // Whole numbers may have any length.
    assertEquals("9".repeat(400), form("9".repeat(400)).anything());
  }

  private static String parse(byte[] data) {
    FormException error = assertThrows(FormException.class, () -> JsonText.parse(data, "a list"));
    assertEquals("", error.path);
    return error.getMessage();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "{", "[1,]", "{\"a\": 1,}", "{a: 1}", "'a'", "01", "1.", ".5", "+1", "NaN",
      "Infinity", "-", "[1] 2", "nul", "\"\n\"", "\"\\x\"", "// note\n1", "\uFEFF1"})
  void whatIsNoJsonIsRefused(String text) {
    String said = parse(text.getBytes(StandardCharsets.UTF_8));
    assertEquals("expected a list, but reading failed: ", said.substring(0, 37), said);
  }

  @Test
  void textsOfAnotherEncodingAreRefused() {
    String said = "expected a list, but reading failed: the text is not UTF-8";
    assertEquals(said, parse(new byte[] {'"', (byte) 0xff, '"'}));
    // A character written longer than it has to be, and half of one, as bytes and as escapes of values and names.
    assertEquals(said, parse(new byte[] {'"', (byte) 0xc0, (byte) 0xaf, '"'}));
    assertEquals(said, parse(new byte[] {'"', (byte) 0xed, (byte) 0xa0, (byte) 0x80, '"'}));
    assertEquals(said, parse("[\"\\ud800\"]".getBytes(StandardCharsets.UTF_8)));
    assertEquals(said, parse("{\"a\": {\"\\udc00\": 1}}".getBytes(StandardCharsets.UTF_8)));
    assertEquals("😀", JsonText.parse("\"\\ud83d\\ude00\"".getBytes(StandardCharsets.UTF_8), "a text").text(0, 9));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"null|None", "true|True", "false|False", "7|7", "-0|0", "1.0|1.0", "1e16|1e+16",
      "-0.0|-0.0", "[1, \"a\"]|[1, 'a']", "{\"a\": [null]}|{'a': [None]}", "{}|{}"})
  void aValueIsShownAsPythonShowsIt(String json, String shown) {
    assertEquals(shown, JsonText.shown(Json.parse(json)));
  }

  @Test
  void aMissingValueIsShownAsNone() {
    assertEquals("None", JsonText.shown(null));
  }
}
