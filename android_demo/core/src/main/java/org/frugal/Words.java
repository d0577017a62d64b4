package org.frugal;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Collection;
import java.util.Locale;

/** Writes values into sentences as the Python runtime does, so that both say the same of the same mistake. */
public final class Words {
  private static final int MAX_SHOWN = 100;

  private Words() {}

  /** What a sentence cites of something received: the first hundred characters of it. */
  public static String shown(String text) {
    boolean few = text.codePointCount(0, text.length()) <= MAX_SHOWN;
    return few ? text : text.substring(0, text.offsetByCodePoints(0, MAX_SHOWN)) + "...";
  }

  /** A text in quotes, with whatever cannot be printed escaped. */
  public static String quote(String text) {
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    StringBuilder result = new StringBuilder().append(quote);
    text.codePoints().forEach(c -> {
      if (c == '\\' || c == quote) {
        result.append('\\').appendCodePoint(c);
      } else {
        appendPrintable(result, c);
      }
    });
    return result.append(quote).toString();
  }

  /** A list in brackets: texts in quotes, numbers as they are. */
  public static String list(Collection<?> items) {
    StringBuilder result = new StringBuilder("[");
    for (Object item : items) {
      result.append(result.length() == 1 ? "" : ", ").append(item instanceof String text ? quote(text) : item);
    }
    return result.append(']').toString();
  }

  /** The text with whatever cannot be printed, such as a line break inside a name, escaped. */
  public static String oneLine(String text) {
    StringBuilder result = new StringBuilder(text.length());
    text.codePoints().forEach(c -> appendPrintable(result, c));
    return result.toString();
  }

  /** A number with at most six significant digits, as C's %g writes it. */
  public static String number(double value) {
    if (value == 0) {
      return isNegative(value) ? "-0" : "0";
    } else if (!Double.isFinite(value)) {
      return notFinite(value);
    }
    BigDecimal rounded = new BigDecimal(value).round(new MathContext(6, RoundingMode.HALF_EVEN)).stripTrailingZeros();
    int exponent = rounded.precision() - rounded.scale() - 1;
    if (exponent >= -4 && exponent < 6) {
      return rounded.toPlainString();
    }
    String digits = rounded.movePointLeft(exponent).stripTrailingZeros().toPlainString();
    return String.format(Locale.ROOT, "%se%s%02d", digits, exponent < 0 ? "-" : "+", Math.abs(exponent));
  }

  /** A number with as many digits as tell it from others, and a point or an exponent. */
  public static String real(double value) {
    if (value == 0) {
      return isNegative(value) ? "-0.0" : "0.0";
    } else if (!Double.isFinite(value)) {
      return notFinite(value);
    }
    BigDecimal digits = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    int exponent = digits.precision() - digits.scale() - 1;
    if (exponent >= -4 && exponent < 16) {
      return digits.scale() > 0 ? digits.toPlainString() : digits.setScale(1).toPlainString();
    }
    String mantissa = digits.movePointLeft(exponent).stripTrailingZeros().toPlainString();
    return String.format(Locale.ROOT, "%se%s%02d", mantissa, exponent < 0 ? "-" : "+", Math.abs(exponent));
  }

  private static boolean isNegative(double zero) {
    return 1 / zero < 0;
  }

  private static String notFinite(double value) {
    return Double.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  }

  private static void appendPrintable(StringBuilder result, int c) {
    if (isPrintable(c)) {
      result.appendCodePoint(c);
    } else if (c == '\n' || c == '\r' || c == '\t') {
      result.append(c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t");
    } else {
      String form = c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x";
      result.append(String.format(Locale.ROOT, form, c));
    }
  }

  private static boolean isPrintable(int c) {
    switch (Character.getType(c)) {
      case Character.CONTROL:
      case Character.FORMAT:
      case Character.SURROGATE:
      case Character.PRIVATE_USE:
      case Character.UNASSIGNED:
      case Character.LINE_SEPARATOR:
      case Character.PARAGRAPH_SEPARATOR:
        return false;
      case Character.SPACE_SEPARATOR:
        return c == ' ';
      default:
        return true;
    }
  }
}
