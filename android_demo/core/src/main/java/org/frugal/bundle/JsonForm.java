package org.frugal.bundle;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.frugal.Words;

/**
 * A JSON value with its place, read strictly: no type is taken for another, unknown fields are refused, and fields are
 * read in the order of the text, so that of several mistakes the first is named.
 *
 * @param value the JSON value
 * @param path where it stands, such as {@code programs.main[3].rule}; the empty string is the whole
 */
record JsonForm(JsonValue value, String path) {
  /** A value of another form than expected; {@link #path} says where. */
  static final class FormException extends RuntimeException {
    private static final long serialVersionUID = 1;
    final String path;

    FormException(String problem, String path) {
      super(problem);
      this.path = path;
    }
  }

  /** A field of an object: its name, how it is read, and what it is when it is missing. */
  record Field<T>(String name, Function<JsonForm, T> read, boolean required, T missing) {
    static <T> Field<T> required(String name, Function<JsonForm, T> read) {
      return new Field<>(name, read, true, null);
    }

    static <T> Field<T> optional(String name, T missing, Function<JsonForm, T> read) {
      return new Field<>(name, read, false, missing);
    }
  }

  /** The fields of an object that has been read. */
  record Fields(Map<Field<?>, Object> values) {
    @SuppressWarnings("unchecked")
    <T> T get(Field<T> field) {
      return values.containsKey(field) ? (T) values.get(field) : field.missing();
    }
  }

  FormException refuse(String problem) {
    return new FormException(problem, path);
  }

  /** What JSON calls the value's type. */
  String typeName() {
    if (value.isNumber()) {
      // Whole numbers beyond 64 bits are called what they are read as.
      boolean whole = isWhole(value.toString()) && new BigInteger(value.toString()).bitLength() <= 64;
      return whole ? "int" : "float";
    }
    if (value.isString()) {
      return "str";
    }
    return value.isNull() ? "null" : value.isBoolean() ? "bool" : value.isArray() ? "array" : "object";
  }

  private static boolean isWhole(String number) {
    return number.indexOf('.') < 0 && number.indexOf('e') < 0 && number.indexOf('E') < 0;
  }

  private FormException other(String expected) {
    checkRange();
    return refuse("expected `" + expected + "`, received `" + typeName() + "`");
  }

  /** Null, or what {@code read} makes of the value. */
  <T> T orNull(String expected, Function<JsonForm, T> read) {
    boolean whole = value.isNumber() && isWhole(value.toString());
    boolean number = value.isNumber() && expected.equals("float") || whole && expected.equals("int");
    if (!value.isNull() && !number && !typeName().equals(expected)) {
      throw other(expected + " | null");
    }
    return value.isNull() ? null : read.apply(this);
  }

  /** A text of so many characters. */
  String text(int least, int most) {
    if (!value.isString()) {
      throw other("str");
    }
    String text = value.asString();
    int length = text.codePointCount(0, text.length());
    if (length < least) {
      throw refuse("expected `str` of length >= " + least);
    }
    if (length > most) {
      throw refuse("expected `str` of length <= " + most);
    }
    return text;
  }

  /** A text that a regular expression matches as a whole. */
  String matching(Pattern pattern, String shown) {
    String text = text(0, Integer.MAX_VALUE);
    if (!pattern.matcher(text).matches()) {
      throw refuse("expected `str` matching regex " + Words.quote(shown));
    }
    return text;
  }

  /** One of a few texts. */
  String oneOf(String... choices) {
    String text = text(0, Integer.MAX_VALUE);
    for (String choice : choices) {
      if (choice.equals(text)) {
        return text;
      }
    }
    throw refuse("invalid enum value " + Words.quote(text));
  }

  /** A whole number. */
  long whole(long least, long most) {
    if (!value.isNumber() || !isWhole(value.toString())) {
      checkRange();
      throw other("int");
    }
    BigInteger number = new BigInteger(value.toString());
    if (number.compareTo(BigInteger.valueOf(least)) < 0) {
      throw refuse("expected `int` >= " + least);
    }
    if (number.compareTo(BigInteger.valueOf(most)) > 0) {
      throw refuse("expected `int` <= " + most);
    }
    return number.longValue();
  }

  /** A number; the bounds are given as they are to be shown. */
  double real(String least, String most) {
    if (!value.isNumber()) {
      throw other("float");
    }
    checkRange();
    double number = Double.parseDouble(value.toString());
    // -0 is 0, as a whole number has it; -0.0 is not.
    number = isWhole(value.toString()) ? number + 0.0 : number;
    if (number < Double.parseDouble(least)) {
      throw refuse("expected `float` >= " + least);
    }
    if (number > Double.parseDouble(most)) {
      throw refuse("expected `float` <= " + most);
    }
    return number;
  }

  private void checkRange() {
    if (value.isNumber() && Double.isInfinite(Double.parseDouble(value.toString()))) {
      throw refuse("number out of range");
    }
  }

  /** Refuses numbers beyond float64 anywhere inside; the rest is free. */
  String anything() {
    if (value.isNumber() && !isWhole(value.toString())) {
      checkRange();
    } else if (value.isArray()) {
      for (int i = 0; i < value.asArray().size(); i++) {
        new JsonForm(value.asArray().get(i), path + "[" + i + "]").anything();
      }
    } else if (value.isObject()) {
      value.asObject().forEach(member -> new JsonForm(member.getValue(), path + "[...]").anything());
    }
    return value.toString();
  }

  /** A list of at least so many. */
  <T> List<T> list(int least, int most, Function<JsonForm, T> read) {
    if (!value.isArray()) {
      throw other("array");
    }
    List<T> items = new ArrayList<>();
    for (JsonValue item : value.asArray()) {
      items.add(read.apply(new JsonForm(item, path + "[" + items.size() + "]")));
    }
    if (items.size() < least) {
      throw refuse("expected `array` of length >= " + least);
    }
    if (items.size() > most) {
      throw refuse("expected `array` of length <= " + most);
    }
    return List.copyOf(items);
  }

  /** A list of exactly so many. */
  <T> List<T> exactly(int count, Function<JsonForm, T> read) {
    if (!value.isArray()) {
      throw other("array");
    }
    List<T> items = new ArrayList<>();
    for (JsonValue item : value.asArray()) {
      if (items.size() == count) {
        break;
      }
      items.add(read.apply(new JsonForm(item, path + "[" + items.size() + "]")));
    }
    if (value.asArray().size() != count) {
      throw refuse("expected `array` of length " + count);
    }
    return items;
  }

  /** An object from names to values of one form; {@code place} gives the path of a value from its name. */
  <T> Map<String, T> map(int least, int most, Function<String, String> place, Function<JsonForm, T> read) {
    JsonObject object = object();
    Map<String, T> entries = new LinkedHashMap<>();
    for (JsonObject.Member member : object) {
      String name = new JsonForm(Json.value(member.getName()), path).text(1, 200);
      entries.put(name, read.apply(new JsonForm(member.getValue(), path + place.apply(name))));
    }
    if (entries.size() < least) {
      throw refuse("expected `object` of length >= " + least);
    }
    if (entries.size() > most) {
      throw refuse("expected `object` of length <= " + most);
    }
    return entries;
  }

  /** The same, of any length, where a value's path does not tell its name. */
  <T> Map<String, T> map(int least, Function<JsonForm, T> read) {
    return map(least, Integer.MAX_VALUE, name -> "[...]", read);
  }

  JsonObject object() {
    if (!value.isObject()) {
      throw other("object");
    }
    return value.asObject();
  }

  /** An object of exactly these fields. */
  Fields fields(Field<?>... fields) {
    Map<Field<?>, Object> values = new IdentityHashMap<>();
    for (JsonObject.Member member : object()) {
      Field<?> field = find(fields, member.getName());
      if (field == null) {
        throw refuse("object contains unknown field `" + member.getName() + "`");
      }
      values.put(field, field.read().apply(member(member)));
    }
    for (Field<?> field : fields) {
      if (field.required() && !values.containsKey(field)) {
        throw refuse("object missing required field `" + field.name() + "`");
      }
    }
    return new Fields(values);
  }

  JsonForm member(JsonObject.Member member) {
    return new JsonForm(member.getValue(), path.isEmpty() ? member.getName() : path + "." + member.getName());
  }

  private static Field<?> find(Field<?>[] fields, String name) {
    for (Field<?> field : fields) {
      if (field.name().equals(name)) {
        return field;
      }
    }
    return null;
  }

  /** The field that says which of several forms an object has; it comes first wherever it stands. */
  String tag(String name) {
    String tag = null;
    for (JsonObject.Member member : object()) {
      if (member.getName().equals(name)) {
        if (!member.getValue().isString()) {
          throw member(member).refuse("expected `str`");
        }
        String text = member.getValue().asString();
        if (tag != null && !tag.equals(text)) {
          throw member(member).refuse("invalid value '" + text + "'");
        }
        tag = text;
      }
    }
    if (tag == null) {
      throw refuse("object missing required field `" + name + "`");
    }
    return tag;
  }
}
