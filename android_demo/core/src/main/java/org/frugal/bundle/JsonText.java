package org.frugal.bundle;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import com.eclipsesource.json.ParseException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

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
}
