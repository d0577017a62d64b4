package org.frugal.app.benchmark;

import android.app.Activity;
import android.content.ClipData;
import android.content.Intent;
import android.net.Uri;
import android.view.View;
import android.view.ViewGroup;
import android.widget.TextView;
import java.util.ArrayList;
import java.util.List;
import org.frugal.app.Numbers;
import org.frugal.app.R;
import org.frugal.app.Screen;

/** Reports as cards of the list, and as files that are handed to other apps. */
final class ReportCards {
  private final Activity activity;

  ReportCards(Activity activity) {
    this.activity = activity;
  }

  View of(Report report, ViewGroup list) {
    View card = activity.getLayoutInflater().inflate(R.layout.report, list, false);
    card.<TextView>findViewById(R.id.report_name).setText(report.title());
    String started = report.started().replace('T', ' ').replaceFirst("\\..*", "");
    card.<TextView>findViewById(R.id.report_when).setText(started);
    card.<TextView>findViewById(R.id.report_lines).setText(lines(report));
    TextView energy = card.findViewById(R.id.report_energy);
    Screen.showIf(report.energy() != null, energy);
    energy.setText(report.energy() == null ? "" : energy(report.energy()));
    SustainedView curve = card.findViewById(R.id.report_curve);
    Screen.showIf(!report.curve().isEmpty(), curve);
    curve.show(report.curve());
    // Among several reports, "Share" alone would not say to a screen reader's user what of.
    String named = report.title() + ", " + started;
    card.findViewById(R.id.share_report).setContentDescription(activity.getString(R.string.share_label, named));
    card.findViewById(R.id.remove_report).setContentDescription(activity.getString(R.string.remove_label, named));
    return card;
  }

  private String lines(Report report) {
    List<String> lines = new ArrayList<>();
    for (Report.Line line : report.lines()) {
      lines.add(activity.getString(
          R.string.report_line, name(line), line.point(), Numbers.millis(line.mean()), Numbers.millis(line.p90()),
          Numbers.millis(line.p50()), Numbers.millis(line.p99()), line.queries(), Numbers.count(line.macs()))
          + start(line));
    }
    if (report.threads() != report.threadsInUse()) {
      lines.add(activity.getString(R.string.threads_in_use, report.threads()));
    }
    Report.Ratio ratio = report.toStatic();
    lines.add(ratio == null ? activity.getString(R.string.static_not_measured) : words(R.string.to_static, ratio));
    if (report.toSmaller() != null) {
      lines.add(words(R.string.to_smaller, report.toSmaller()));
    }
    if (report.memoryToStatic() != null) {
      lines.add(activity.getString(R.string.memory_to_static, Numbers.threeDigits(report.memoryToStatic())));
    }
    return String.join("\n\n", lines);
  }

  private String words(int sentence, Report.Ratio ratio) {
    return activity.getString(
        sentence, Numbers.percent(ratio.mean()), Numbers.percent(ratio.p90()), Numbers.percent(ratio.macs()));
  }

  /** What is paid once: time and memory, as far as they are known. */
  private String start(Report.Line line) {
    String first = line.first() == 0 ? "" : "\n" + activity.getString(
        R.string.report_first, Numbers.millis(line.first()));
    return line.nativeBytes() == 0 ? first
        : first + "\n" + activity.getString(R.string.report_memory, Numbers.bytes(line.nativeBytes()));
  }

  private String name(Report.Line line) {
    String[] names = activity.getResources().getStringArray(R.array.stages);
    return line.measured() == Progress.Stage.BASELINE ? line.called() : names[line.measured().ordinal()];
  }

  private String energy(Energy energy) {
    if (energy.microjoules() != null) {
      return activity.getString(
          R.string.energy_found, Numbers.threeDigits(energy.microjoules()), Numbers.threeDigits(energy.low()),
          Numbers.threeDigits(energy.high()));
    }
    return activity.getResources().getStringArray(R.array.energy_unknown)[energy.why().ordinal()];
  }

  /** Opens the system's sheet with the report's file, which the app chosen there may read. */
  void share(Report report) {
    Uri uri = ReportProvider.uri(report.file());
    Intent send = new Intent(Intent.ACTION_SEND).setType(ReportProvider.TYPE)
        .putExtra(Intent.EXTRA_SUBJECT, report.file().getFileName().toString())
        .putExtra(Intent.EXTRA_STREAM, uri)
        .addFlags(Intent.FLAG_GRANT_READ_URI_PERMISSION);
    // The permission goes with the clip: of the extra, the sheet itself would not be allowed to show a name.
    send.setClipData(ClipData.newRawUri(null, uri));
    activity.startActivity(Intent.createChooser(send, activity.getString(R.string.share)));
  }
}
