package org.frugal.app.bundles;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.List;
import org.frugal.app.bundles.CardText.Heading;
import org.frugal.app.bundles.CardText.Point;
import org.frugal.app.bundles.CardText.Table;
import org.frugal.app.bundles.CardText.Words;
import org.junit.Test;

/** A card's Markdown in pieces; whatever a card holds, it is words and no more of them than a screen can show. */
public class CardTextTest {
  @Test
  public void aCardIsHeadingsParagraphsPointsAndTables() {
    String card = "# epnet\n\nA network\nof **two** parts.\n\n- Made by: `convert`\n- int8\n\n## Points\n"
        + "| name | accuracy |\n|---|---:|\n| fast | 98 % |\n| full |  |\nCalibrated.\n";
    assertEquals(
        List.of(
            new Heading(1, "epnet"), new Words("A network of two parts."), new Point("Made by: convert"),
            new Point("int8"), new Heading(2, "Points"),
            new Table(List.of(List.of("name", "accuracy"), List.of("fast", "98 %"), List.of("full", ""))),
            new Words("Calibrated.")),
        CardText.pieces(card));
  }

  @Test
  public void whatLooksLikeSomethingAndIsNotIsAParagraph() {
    assertEquals(List.of(new Words("#tag -dash *star")), CardText.pieces("#tag\n-dash\n*star"));
    assertEquals(List.of(new Table(List.of(List.of("a", "b")))), CardText.pieces("| a | b"));
    assertEquals(List.of(), CardText.pieces("\n\n"));
    assertEquals(List.of(new Table(List.of(List.of("")))), CardText.pieces("|"));
  }

  @Test
  public void aCardThatGoesOnAndOnIsCut() {
    Table table = (Table) CardText.pieces(("|" + " 1 |".repeat(500) + "\n").repeat(5000)).get(0);
    assertEquals(100, table.rows().size());
    assertTrue(table.rows().stream().allMatch(row -> row.size() == 12));
    assertEquals(400, CardText.pieces("- x\n".repeat(5000)).size());
  }

  @Test
  public void wordsThatSteerAreSpaces() {
    assertEquals(List.of(new Words("a b c")), CardText.pieces("a\u202Eb\u0007c"));
  }
}
