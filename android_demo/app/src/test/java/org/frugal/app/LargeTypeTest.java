package org.frugal.app;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import android.text.Layout;
import android.view.View;
import android.widget.TextView;
import java.util.ArrayList;
import java.util.List;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.ParameterizedRobolectricTestRunner;
import org.robolectric.ParameterizedRobolectricTestRunner.Parameter;
import org.robolectric.ParameterizedRobolectricTestRunner.Parameters;
import org.robolectric.RuntimeEnvironment;

/** With large type no word is broken or cut, in either language, and where lines begin at the right. */
@RunWith(ParameterizedRobolectricTestRunner.class)
public class LargeTypeTest {
  @Parameter(0)
  public String qualifiers;

  @Parameter(1)
  public float scale;

  @Parameters(name = "{0} {1}")
  public static List<Object[]> looks() {
    return List.of(
        new Object[] {"+en", 1.3f}, new Object[] {"+de", 1.3f}, new Object[] {"+ar-ldrtl", 1.3f},
        new Object[] {"+en", 2f}, new Object[] {"+de", 2f});
  }

  @Test
  public void noWordIsBrokenOrCut() throws Exception {
    RuntimeEnvironment.setQualifiers(qualifiers);
    RuntimeEnvironment.setFontScale(scale);
    List<String> problems = new ArrayList<>();
    try (OnScreen screen = new OnScreen()) {
      LooksTest.report();
      for (View view : LooksTest.onEveryScreen(screen)) {
        if (view instanceof TextView text && text.getLayout() != null && text.getText().length() > 0) {
          look(text, problems);
        }
      }
    }
    assertEquals(String.join("\n", problems), 0, problems.size());
  }

  @Test
  public void theTabsStandApartInTypeOfOneSize() throws Exception {
    RuntimeEnvironment.setQualifiers(qualifiers);
    RuntimeEnvironment.setFontScale(scale);
    try (OnScreen screen = new OnScreen()) {
      Tabs tabs = screen.find(R.id.tabs);
      float size = ((TextView) tabs.getChildAt(0)).getTextSize();
      for (int i = 0; i < tabs.getChildCount(); i++) {
        TextView tab = (TextView) tabs.getChildAt(i);
        assertEquals(size, tab.getTextSize(), .01f);
        float word = tab.getPaint().measureText(tab.getText().toString());
        assertTrue(tab.getText() + ": " + word + " of " + tab.getWidth(), word + size / 3 < tab.getWidth());
      }
    }
  }

  /** What stands between two spaces around a place. */
  private static String word(String text, int at) {
    String before = text.substring(0, at);
    String behind = text.substring(at);
    return before.replaceFirst("(?s).*\\s", "") + behind.replaceFirst("(?s)\\s.*", "");
  }

  private static void look(TextView view, List<String> problems) {
    Layout layout = view.getLayout();
    for (int line = 0; line + 1 < layout.getLineCount(); line++) {
      int end = layout.getLineEnd(line);
      char last = view.getText().charAt(end - 1);
      char next = view.getText().charAt(end);
      // The name of a file, or of a command, is no word: it may be longer than a line.
      boolean isName = word(view.getText().toString(), end).matches(".*[_/\\\\].*");
      if (Character.isLetterOrDigit(last) && Character.isLetterOrDigit(next) && !isName) {
        problems.add(LooksTest.describe(view) + " breaks behind " + view.getText().subSequence(0, end));
      }
    }
    int needed = layout.getHeight() + view.getCompoundPaddingTop() + view.getCompoundPaddingBottom();
    if (needed > view.getHeight() + 1) {
      problems.add(LooksTest.describe(view) + " is cut");
    }
  }
}
