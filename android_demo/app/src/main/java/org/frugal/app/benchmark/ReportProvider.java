package org.frugal.app.benchmark;

import android.content.ContentProvider;
import android.content.ContentValues;
import android.database.Cursor;
import android.database.MatrixCursor;
import android.net.Uri;
import android.os.ParcelFileDescriptor;
import android.provider.OpenableColumns;
import java.io.File;
import java.io.FileNotFoundException;
import java.nio.file.Path;
import org.frugal.app.AppModel;

/**
 * Lets another app read one report that a person has shared with it. It is not exported: whoever has no permission for
 * the very URI is turned away by the system. Only reports are reachable, and none can be changed.
 */
public final class ReportProvider extends ContentProvider {
  public static final String TYPE = "application/json";
  static final String AUTHORITY = "org.frugal.app.reports";

  /** The URI of a report's file. */
  static Uri uri(Path report) {
    return new Uri.Builder().scheme("content").authority(AUTHORITY).appendPath(report.getFileName().toString()).build();
  }

  @Override
  public boolean onCreate() {
    return true;
  }

  @Override
  public String getType(Uri uri) {
    return TYPE;
  }

  @Override
  public ParcelFileDescriptor openFile(Uri uri, String mode) throws FileNotFoundException {
    if (!"r".equals(mode)) {
      throw new FileNotFoundException("expected the mode r, received " + mode);
    }
    return ParcelFileDescriptor.open(file(uri), ParcelFileDescriptor.MODE_READ_ONLY);
  }

  /** Name and size, which is what a receiving app asks for. */
  @Override
  public Cursor query(Uri uri, String[] columns, String selection, String[] arguments, String order) {
    String[] known = {OpenableColumns.DISPLAY_NAME, OpenableColumns.SIZE};
    MatrixCursor cursor = new MatrixCursor(columns == null ? known : columns, 1);
    try {
      File report = file(uri);
      MatrixCursor.RowBuilder row = cursor.newRow();
      row.add(OpenableColumns.DISPLAY_NAME, report.getName());
      row.add(OpenableColumns.SIZE, report.length());
    } catch (FileNotFoundException removed) {
      // No row says that there is no such file any more.
    }
    return cursor;
  }

  @Override
  public Uri insert(Uri uri, ContentValues values) {
    throw new UnsupportedOperationException("expected reports to be read only, received an insert");
  }

  @Override
  public int delete(Uri uri, String selection, String[] arguments) {
    throw new UnsupportedOperationException("expected reports to be read only, received a delete");
  }

  @Override
  public int update(Uri uri, ContentValues values, String selection, String[] arguments) {
    throw new UnsupportedOperationException("expected reports to be read only, received an update");
  }

  /** The report that a URI names: one segment, the name of a file that lies in the folder of the reports itself. */
  private File file(Uri uri) throws FileNotFoundException {
    File folder = AppModel.reports(getContext()).toFile();
    String name = uri.getPathSegments().size() == 1 ? uri.getLastPathSegment() : "";
    File report = new File(folder, name);
    boolean inside = name.endsWith(ReportStore.ENDING) && folder.equals(report.getParentFile()) && report.isFile();
    if (!inside) {
      throw new FileNotFoundException("expected the name of a report, received " + uri);
    }
    return report;
  }
}
