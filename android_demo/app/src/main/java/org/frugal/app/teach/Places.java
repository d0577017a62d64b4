package org.frugal.app.teach;

import android.os.Bundle;
import java.util.List;
import org.frugal.app.live.Ink;
import org.frugal.app.teach.TeachModel.Request;
import org.frugal.app.teach.TeachState.Asked;
import org.frugal.app.teach.TeachState.Source;

/** Where a person is on the Teach screen, as the system remembers it for a process that has ended. */
final class Places {
  private static final String SOURCE = "source";
  private static final String SELECTED = "selected";
  private static final String LABEL = "label";
  private static final String RENAME = "rename";
  private static final String PENDING = "pending";
  private static final String INK = "ink";

  private Places() {}

  static Bundle of(TeachState state, Request pending, Ink ink) {
    Bundle out = new Bundle();
    out.putInt(SOURCE, state.source().ordinal());
    out.putInt(SELECTED, state.selected());
    if (state.asked() != null) {
      out.putString(LABEL, state.asked().label());
      out.putBoolean(RENAME, state.asked().rename());
    }
    out.putInt(PENDING, pending.ordinal());
    out.putSerializable(INK, ink.strokes());
    return out;
  }

  /** Before any bundle is open. */
  static TeachState restored(Bundle saved) {
    String label = saved.getString(LABEL);
    Asked asked = label == null ? null : new Asked(label, saved.getBoolean(RENAME));
    return new TeachState(
        null, "", null, List.of(), Draft.EMPTY, one(Source.values(), saved.getInt(SOURCE)),
        Math.max(-1, saved.getInt(SELECTED, -1)), null, asked, null, null);
  }

  static Request pending(Bundle saved) {
    return one(Request.values(), saved.getInt(PENDING));
  }

  static float[][] ink(Bundle saved) {
    return (float[][]) saved.getSerializable(INK);
  }

  /** Another version of the app may have had other ones. */
  private static <T> T one(T[] values, int place) {
    return values[place >= 0 && place < values.length ? place : 0];
  }
}
