package org.frugal.app.benchmark;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import android.content.ContentResolver;
import android.content.ContentValues;
import android.content.pm.ProviderInfo;
import android.database.Cursor;
import android.net.Uri;
import android.os.ParcelFileDescriptor;
import android.provider.OpenableColumns;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.frugal.app.AppModel;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;

/** What another app gets of a report that was shared with it, and what it does not get. */
@RunWith(RobolectricTestRunner.class)
public class ReportProviderTest {
  private static final String TEXT = "{\"format\": \"frugal-benchmark\"}";

  private final ReportProvider provider = Robolectric.setupContentProvider(ReportProvider.class);
  private Path report;

  @Before
  public void write() throws IOException {
    Path folder = AppModel.reports(RuntimeEnvironment.getApplication());
    Files.createDirectories(folder);
    report = Files.write(folder.resolve("20250101_000000_a b.json"), TEXT.getBytes(StandardCharsets.UTF_8));
    Files.write(folder.resolve("draft.part"), new byte[3]);
    Files.write(folder.resolveSibling("secret.json"), new byte[3]);
  }

  @Test
  public void theFileIsReadUnderItsName() throws IOException {
    Uri uri = ReportProvider.uri(report);
    assertEquals("content://org.frugal.app.reports/20250101_000000_a%20b.json", uri.toString());
    assertEquals("application/json", provider.getType(uri));
    try (ParcelFileDescriptor file = provider.openFile(uri, "r");
        InputStream stream = new ParcelFileDescriptor.AutoCloseInputStream(file)) {
      assertEquals(TEXT, new String(stream.readAllBytes(), StandardCharsets.UTF_8));
    }
    try (Cursor cursor = provider.query(uri, null, null, null, null)) {
      assertTrue(cursor.moveToFirst());
      String name = cursor.getString(cursor.getColumnIndexOrThrow(OpenableColumns.DISPLAY_NAME));
      assertEquals("20250101_000000_a b.json", name);
      assertEquals(TEXT.length(), cursor.getLong(cursor.getColumnIndexOrThrow(OpenableColumns.SIZE)));
    }
  }

  @Test
  public void onlyTheColumnsThatWereAskedForComeBack() {
    String[] asked = {OpenableColumns.SIZE, "owner"};
    try (Cursor cursor = provider.query(ReportProvider.uri(report), asked, null, null, null)) {
      assertTrue(cursor.moveToFirst());
      assertEquals(2, cursor.getColumnCount());
      assertEquals(TEXT.length(), cursor.getLong(0));
      assertNull("nobody knows it", cursor.getString(1));
    }
  }

  @Test
  public void whatIsNoReportOfTheFolderIsNotReached() {
    String root = ContentResolver.SCHEME_CONTENT + "://" + ReportProvider.AUTHORITY;
    String[] places = {"", "/", "/gone.json", "/draft.part", "/..%2Fsecret.json", "/../secret.json", "/a/b.json"};
    for (String place : places) {
      Uri uri = Uri.parse(root + place);
      FileNotFoundException refused =
          assertThrows(place, FileNotFoundException.class, () -> provider.openFile(uri, "r"));
      assertEquals("expected the name of a report, received " + uri, refused.getMessage());
      try (Cursor cursor = provider.query(uri, null, null, null, null)) {
        assertEquals(place, 0, cursor.getCount());
      }
    }
  }

  @Test
  public void nothingCanBeChanged() throws IOException {
    Uri uri = ReportProvider.uri(report);
    for (String mode : new String[] {"w", "rw", "wt", "wa"}) {
      assertThrows(mode, FileNotFoundException.class, () -> provider.openFile(uri, mode));
    }
    ContentValues values = new ContentValues();
    assertThrows(UnsupportedOperationException.class, () -> provider.insert(uri, values));
    assertThrows(UnsupportedOperationException.class, () -> provider.update(uri, values, null, null));
    assertThrows(UnsupportedOperationException.class, () -> provider.delete(uri, null, null));
    assertEquals(TEXT, new String(Files.readAllBytes(report), StandardCharsets.UTF_8));
  }

  @Test
  public void onlyWhoIsGivenAReportMayReadIt() {
    ProviderInfo declared = RuntimeEnvironment.getApplication().getPackageManager()
        .resolveContentProvider(ReportProvider.AUTHORITY, 0);
    assertEquals(ReportProvider.class.getName(), declared.name);
    assertFalse(declared.exported);
    assertTrue(declared.grantUriPermissions);
  }
}
