package org.frugal.app.bundles;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.frugal.app.Plain;

/**
 * A model card's Markdown, taken apart: headings, paragraphs, points of a list and tables. Marks of code and emphasis
 * go. Whatever is none of these is a paragraph.
 */
public final class CardText {
  /** Of a table; a card is cut where it is long, and so is a table of a great many cells. */
  private static final int MOST_ROWS = 100;
  private static final int MOST_COLUMNS = 12;
  /** Of headings, paragraphs, points and tables together. */
  private static final int MOST_PIECES = 400;

  private CardText() {}

  /** A piece of a card. */
  public sealed interface Piece permits Heading, Words, Point, Table {}

  /** A heading, the largest of level 1. */
  public record Heading(int level, String words) implements Piece {}

  /** A paragraph. */
  public record Words(String words) implements Piece {}

  /** A point of a list. */
  public record Point(String words) implements Piece {}

  /** Rows of cells, the first of which is the head. */
  public record Table(List<List<String>> rows) implements Piece {}

  /** The pieces of a card in their order. */
  public static List<Piece> pieces(String markdown) {
    List<Piece> pieces = new ArrayList<>();
    List<String> paragraph = new ArrayList<>();
    List<List<String>> table = new ArrayList<>();
    for (String line : (markdown + "\n").split("\n", -1)) {
      String bare = line.strip();
      if (!bare.startsWith("|")) {
        end(table, pieces);
      }
      boolean goesOn = !bare.isEmpty() && !bare.startsWith("|") && !bare.matches("#{1,6} .*|[-*] .*");
      if (!goesOn) {
        endParagraph(paragraph, pieces);
      }
      if (goesOn) {
        paragraph.add(bare);
      } else if (bare.startsWith("|")) {
        addRow(bare, table);
      } else if (bare.startsWith("#")) {
        pieces.add(new Heading(bare.indexOf(' '), plain(bare.replaceFirst("^#+ +", ""))));
      } else if (!bare.isEmpty()) {
        pieces.add(new Point(plain(bare.substring(2))));
      }
    }
    end(table, pieces);
    return List.copyOf(pieces.subList(0, Math.min(MOST_PIECES, pieces.size())));
  }

  private static void addRow(String line, List<List<String>> table) {
    boolean isRule = line.matches("\\|[-| :]+\\|?");
    if (!isRule && table.size() < MOST_ROWS) {
      String inside = line.substring(1).replaceFirst("\\|$", "");
      table.add(Arrays.stream(inside.split("\\|", -1)).limit(MOST_COLUMNS).map(String::strip).map(CardText::plain)
          .collect(Collectors.toList()));
    }
  }

  private static void end(List<List<String>> table, List<Piece> pieces) {
    if (!table.isEmpty()) {
      pieces.add(new Table(List.copyOf(table)));
      table.clear();
    }
  }

  private static void endParagraph(List<String> paragraph, List<Piece> pieces) {
    if (!paragraph.isEmpty()) {
      pieces.add(new Words(plain(String.join(" ", paragraph))));
      paragraph.clear();
    }
  }

  private static String plain(String words) {
    return Plain.line(words.replaceAll("[`]|\\*\\*", ""));
  }
}
