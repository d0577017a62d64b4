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
import java.util.List;
import org.frugal.Words;

/** Parses JSON: RFC 8259 to the letter, in UTF-8. */
final class JsonText {
  private JsonText() {}

  /**
   * Parses a whole file.
   *
   * @param expected what the file is, for the sentence
   * @throws JsonForm.FormException not JSON, not UTF-8, or nested too deep
   */
  static JsonForm parse(byte[] data, String expected) {
    String problem;
    try {
      JsonValue value = Json.parse(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(data)).toString());
      checkTexts(value);
      return new JsonForm(value, "");
    } catch (CharacterCodingException error) {
      problem = "the text is not UTF-8";
    } catch (StackOverflowError error) {
      problem = "it is nested too deep";
    } catch (ParseException | IllegalArgumentException error) {
      problem = error.getMessage();
    }
    throw new JsonForm.FormException("expected " + expected + ", but reading failed: " + problem, "");
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
