package org.frugal.app;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.Test;

public class TextFilesTest {
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
    assertEquals(text, TextFiles.read(stream));
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
    IOException refused = assertThrows(IOException.class, () -> TextFiles.read(endless));
    assertEquals("expected at most 8388608 bytes, got more", refused.getMessage());
  }
}
