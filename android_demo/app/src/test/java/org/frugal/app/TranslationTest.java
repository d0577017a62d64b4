package org.frugal.app;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.Test;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/** Each language has all words of the app, with the same places for what is filled in. */
public class TranslationTest {
  private static final Pattern PLACE = Pattern.compile("%\\d+\\$[^a-z]*[a-z]");

  @Test
  public void germanSaysAllThatEnglishDoes() throws Exception {
    Map<String, List<String>> english = words("values");
    Map<String, List<String>> german = words("values-de");
    assertEquals(english.keySet(), german.keySet());
    for (String name : english.keySet()) {
      assertEquals(name, english.get(name).size(), german.get(name).size());
      for (int i = 0; i < english.get(name).size(); i++) {
        assertEquals(name, places(english.get(name).get(i)), places(german.get(name).get(i)));
        assertFalse(name, german.get(name).get(i).isBlank());
      }
    }
    assertTrue("" + english.size(), english.size() > 130);
  }

  @Test
  public void nearlyEverythingIsTranslated() throws Exception {
    Map<String, List<String>> german = words("values-de");
    int same = 0;
    for (Map.Entry<String, List<String>> each : words("values").entrySet()) {
      same += each.getValue().equals(german.get(each.getKey())) ? 1 : 0;
    }
    assertTrue("words that are the same: " + same, same <= 3);
    assertNotEquals(0, german.size());
  }

  /** Texts by name: one of a string, several of a list, and of a plural with their quantities. */
  private static Map<String, List<String>> words(String folder) throws Exception {
    Path file = Path.of(
        System.getProperty("frugal.repository"), "android_demo/app/src/main/res", folder, "strings.xml");
    NodeList all = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile())
        .getDocumentElement().getChildNodes();
    Map<String, List<String>> words = new LinkedHashMap<>();
    for (int i = 0; i < all.getLength(); i++) {
      if (all.item(i) instanceof Element entry && !entry.getAttribute("translatable").equals("false")) {
        words.put(entry.getTagName() + " " + entry.getAttribute("name"), texts(entry));
      }
    }
    return new java.util.TreeMap<>(words);
  }

  private static List<String> texts(Element entry) {
    List<String> texts = new ArrayList<>();
    NodeList items = entry.getElementsByTagName("item");
    for (int i = 0; i < items.getLength(); i++) {
      Node item = items.item(i);
      texts.add(((Element) item).getAttribute("quantity") + item.getTextContent());
    }
    return items.getLength() == 0 ? List.of(entry.getTextContent()) : texts;
  }

  private static TreeSet<String> places(String text) {
    TreeSet<String> places = new TreeSet<>();
    Matcher matcher = PLACE.matcher(text);
    while (matcher.find()) {
      places.add(matcher.group());
    }
    return places;
  }
}
