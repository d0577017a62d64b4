package org.frugal.app;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import android.content.ContentResolver;
import android.net.Uri;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.Shadows;

@RunWith(RobolectricTestRunner.class)
public class PickedFilesTest {
  private static final Uri FILE = Uri.parse("content://elsewhere/1");

  @Test
  public void aTextIsReadToItsEndAndClosed() throws IOException {
    String text = "naïve ".repeat(10_000);
    boolean[] closed = {false};
    InputStream stream = new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)) {
      @Override
      public void close() {
        closed[0] = true;
      }
    };
    assertEquals(text, PickedFiles.text(stream));
    assertTrue(closed[0]);
  }

  @Test
  public void aFileWithoutAnEndIsRefused() {
    InputStream endless = new InputStream() {
      @Override
      public int read() {
        return ' ';
      }
    };
    IOException refused = assertThrows(IOException.class, () -> PickedFiles.text(endless));
    assertEquals("expected at most 8388608 bytes, received more", refused.getMessage());
  }

  @Test
  public void whateverTheAppThatKeepsAFileThrowsIsAnErrorOfReading() {
    ContentResolver resolver = RuntimeEnvironment.getApplication().getContentResolver();
    for (RuntimeException thrown : List.of(
        new SecurityException("the permission is gone"), new IllegalStateException("the account is gone"))) {
      Shadows.shadowOf(resolver).registerInputStreamSupplier(FILE, () -> {
        throw thrown;
      });
      IOException refused = assertThrows(IOException.class, () -> PickedFiles.open(resolver, FILE));
      assertEquals(thrown.getMessage(), refused.getMessage());
    }
  }
}
