package org.frugal.app.bundles;

import android.content.Context;
import android.graphics.Typeface;
import android.util.AttributeSet;
import android.view.Gravity;
import android.view.View;
import android.widget.HorizontalScrollView;
import android.widget.LinearLayout;
import android.widget.TableLayout;
import android.widget.TableRow;
import android.widget.TextView;
import java.util.List;
import org.frugal.app.R;

/** A model card as a page: headings are headings, and tables are tables, which scroll sideways where they are wide. */
public final class CardView extends LinearLayout {
  private String shown;

  public CardView(Context context, AttributeSet attributes) {
    super(context, attributes);
    setOrientation(VERTICAL);
  }

  /** Shows a card; the same one again stays as it is, with what a person has selected in it. */
  public void show(String markdown) {
    if (!markdown.equals(shown)) {
      shown = markdown;
      removeAllViews();
      CardText.pieces(markdown).forEach(piece -> addView(view(piece)));
    }
  }

  private View view(CardText.Piece piece) {
    if (piece instanceof CardText.Table table) {
      return table(table.rows());
    }
    if (piece instanceof CardText.Heading heading) {
      TextView view = words(heading.words(), heading.level() == 1 ? R.style.Heading : R.style.Subheading);
      view.setPadding(0, dp(heading.level() == 1 ? 0 : 12), 0, dp(4));
      return view;
    }
    String words = piece instanceof CardText.Point point ? "• " + point.words() : ((CardText.Words) piece).words();
    TextView view = words(words, R.style.Words_Quiet);
    view.setPadding(0, dp(2), 0, dp(4));
    return view;
  }

  private View table(List<List<String>> rows) {
    TableLayout table = new TableLayout(getContext());
    table.setShowDividers(SHOW_DIVIDER_MIDDLE);
    table.setDividerDrawable(getContext().getDrawable(R.drawable.divider));
    for (int i = 0; i < rows.size(); i++) {
      TableRow row = new TableRow(getContext());
      for (int column = 0; column < rows.get(i).size(); column++) {
        row.addView(cell(rows.get(i).get(column), i == 0, isOfNumbers(rows, column)));
      }
      table.addView(row);
    }
    HorizontalScrollView scroll = new HorizontalScrollView(getContext());
    scroll.addView(table);
    return scroll;
  }

  /** By the first row below the head. */
  private static boolean isOfNumbers(List<List<String>> rows, int column) {
    return rows.size() > 1 && column < rows.get(1).size() && rows.get(1).get(column).matches("[-−+]?\\d.*");
  }

  private TextView cell(String words, boolean isHead, boolean atEnd) {
    TextView cell = words(words, R.style.Words_Quiet);
    cell.setGravity(atEnd ? Gravity.END : Gravity.START);
    cell.setTypeface(isHead ? Typeface.DEFAULT_BOLD : Typeface.DEFAULT);
    cell.setMaxWidth(dp(200));
    cell.setPaddingRelative(0, dp(6), dp(16), dp(6));
    return cell;
  }

  private TextView words(String words, int style) {
    TextView view = new TextView(getContext(), null, 0, style);
    view.setText(words);
    view.setTextIsSelectable(true);
    return view;
  }

  private int dp(int value) {
    return Math.round(value * getResources().getDisplayMetrics().density);
  }
}
