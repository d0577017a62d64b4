package org.frugal.bundle;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import com.eclipsesource.json.ParseException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.frugal.Words;

/**
 * Parses JSON: RFC 8259 to the letter, in UTF-8, no field twice. docs/bundle.md states the limits, which are counted on
 * the bytes before anything is parsed, so that no text costs more than reading it once.
 */
final class JsonText {
  static final int MAX_BYTES = 8 << 20;
  static final int MAX_DEPTH = 64;
  static final int MAX_ITEMS = 1 << 20;
  static final int MAX_DIGITS = 64;

  private JsonText() {}

  /**
   * Parses a whole file.
   *
   * @param expected what the file is, for the sentence
   * @throws JsonForm.FormException over a limit, not JSON, not UTF-8, or an object that has a field twice
   */
  static JsonForm parse(byte[] data, String expected) {
    String problem = overLimit(data);
    try {
      if (problem == null) {
        JsonValue value = Json.parse(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(data)).toString());
        problem = standsTwice(value);
        checkTexts(value);
        if (problem == null) {
          return new JsonForm(value, "");
        }
      }
    } catch (CharacterCodingException error) {
      problem = "the text is not UTF-8";
    } catch (ParseException | IllegalArgumentException error) {
      problem = error.getMessage();
    }
    throw new JsonForm.FormException("expected " + expected + ", but reading failed: " + problem, "");
  }

  /** Which limit a text is over, JSON or not; null for none. */
  private static String overLimit(byte[] data) {
    if (data.length > MAX_BYTES) {
      return "more than " + MAX_BYTES + " bytes";
    }
    int depth = 0;
    int items = 0;
    int digits = 0;
    for (int i = 0; i < data.length; i++) {
      byte b = data[i];
      digits = "0123456789+-.eE".indexOf(b) >= 0 ? digits + 1 : 0;
      depth = b == '[' || b == '{' ? depth + 1 : b == ']' || b == '}' ? Math.max(0, depth - 1) : depth;
      items += b == '[' || b == '{' || b == ',' ? 1 : 0;
      if (depth > MAX_DEPTH) {
        return "more than " + MAX_DEPTH + " lists and objects inside each other";
      } else if (items > MAX_ITEMS) {
        return "more than " + MAX_ITEMS + " values";
      } else if (digits > MAX_DIGITS) {
        return "a number of more than " + MAX_DIGITS + " characters";
      }
      i = b == '"' ? endOfText(data, i) : i;
    }
    return null;
  }

  /** The place of the quote that ends a text, or the last one. */
  private static int endOfText(byte[] data, int start) {
    int i = start + 1;
    while (i < data.length && data[i] != '"') {
      i += data[i] == '\\' ? 2 : 1;
    }
    return i;
  }

  /** Says which field stands twice in an object, or null. */
  private static String standsTwice(JsonValue json) {
    String found = null;
    if (json.isArray()) {
      for (JsonValue item : json.asArray()) {
        found = found == null ? standsTwice(item) : found;
      }
    } else if (json.isObject()) {
      Set<String> names = new HashSet<>();
      for (JsonObject.Member member : json.asObject()) {
        found = found == null ? standsTwice(member.getValue()) : found;
      }
      for (JsonObject.Member member : json.asObject()) {
        boolean twice = !names.add(member.getName());
        found = found == null && twice ? "the field " + Words.quote(member.getName()) + " stands twice" : found;
      }
    }
    return found;
  }

  /** An escape can write half of a character, which is not a text. */
  private static void checkTexts(JsonValue json) throws CharacterCodingException {
    if (json.isString()) {
      StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(json.asString()));
    } else if (json.isArray()) {
      for (JsonValue item : json.asArray()) {
        checkTexts(item);
      }
    } else if (json.isObject()) {
      for (JsonObject.Member member : json.asObject()) {
        StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(member.getName()));
        checkTexts(member.getValue());
      }
    }
  }

  /** How a sentence shows a value, which may be missing: as Python writes it. */
  static String shown(JsonValue value) {
    if (value == null || value.isNull()) {
      return "None";
    } else if (value.isString()) {
      return Words.quote(value.asString());
    } else if (value.isBoolean()) {
      return value.isTrue() ? "True" : "False";
    } else if (value.isNumber()) {
      boolean whole = value.toString().matches("-?[0-9]+");
      return whole ? new BigInteger(value.toString()).toString() : Words.real(value.asDouble());
    }
    List<String> items = new ArrayList<>();
    if (value.isArray()) {
      value.asArray().forEach(item -> items.add(shown(item)));
      return "[" + String.join(", ", items) + "]";
    }
    value.asObject().forEach(member -> items.add(Words.quote(member.getName()) + ": " + shown(member.getValue())));
    return "{" + String.join(", ", items) + "}";
  }
}
