package org.frugal;

import static org.frugal.TestFiles.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pictures: whose numbers they hold, and which shapes they cannot have. */
class PictureTest {
  @Test
  void theCallersArrayIsNotCopied() {
    byte[] pixels = bytes(1, 2, 3, 4, 5, 6);
    Picture picture = Picture.of(pixels, 2, 1, 3);
    assertSame(pixels, picture.pixels());
    assertEquals(List.of(2, 1, 3), picture.shape());
    assertFalse(picture.isNormalised());
    assertNull(picture.values());
    float[] values = {0.5f, -0.5f};
    assertSame(values, Picture.normalised(values, 1, 2, 1).values());
    assertTrue(Picture.normalised(values, 1, 2, 1).isNormalised());
    assertNull(Picture.normalised(values, 1, 2, 1).pixels());
  }

  @Test
  void coloursOfABitmapAreTakenApartAndLaidOnWhite() {
    Picture picture = Picture.argb(new int[] {0xff010203, 0x00ff80fe, 0x63010203}, 1, 3);
    // An alpha of 99: (99 c + 255 * 156 + 127) / 255, rounded down.
    assertArrayEquals(bytes(1, 2, 3, 255, 255, 255, 156, 157, 157), picture.pixels());
    assertEquals(List.of(1, 3, 3), picture.shape());
  }

  @ParameterizedTest
  @CsvSource({"1,5,1", "2,2,1", "0,4,1", "4,0,1", "4,1,0", "-2,-2,1", "-1,4,-1", "65536,65536,1"})
  void aShapeThatDoesNotHoldTheNumbersIsRefused(int rows, int columns, int channels) {
    int length = rows == 2 ? 3 : rows == 65536 ? 0 : 4;
    String said = "image: expected as many numbers as rows times columns times channels, received " + length + " for ["
        + rows + ", " + columns + ", " + channels + "]";
    assertEquals(said, assertThrows(ChainException.class,
        () -> Picture.of(new byte[length], rows, columns, channels)).getMessage());
    assertEquals(said, assertThrows(ChainException.class,
        () -> Picture.normalised(new float[length], rows, columns, channels)).getMessage());
  }

  @Test
  void aBitmapOfAnotherSizeIsRefused() {
    assertEquals(
        "image: expected as many numbers as rows times columns times channels, received 6 for [2, 2, 3]",
        assertThrows(ChainException.class, () -> Picture.argb(new int[2], 2, 2)).getMessage());
  }
}
