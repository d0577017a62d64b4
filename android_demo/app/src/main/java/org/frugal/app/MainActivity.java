package org.frugal.app;

import android.app.Activity;
import android.content.ActivityNotFoundException;
import android.content.Intent;
import android.content.pm.PackageManager;
import android.os.Bundle;
import android.view.View;
import android.view.ViewGroup;
import android.widget.RadioButton;
import android.widget.RadioGroup;
import org.frugal.app.benchmark.BenchmarkScreen;
import org.frugal.app.benchmark.ScreenLight;
import org.frugal.app.budget.BudgetScreen;
import org.frugal.app.bundles.BundlesScreen;
import org.frugal.app.live.LiveScreen;
import org.frugal.app.teach.TeachScreen;

/** The one window: tabs below, a screen above. What the screens show lives in {@link AppModel}. */
public final class MainActivity extends Activity {
  /** The only request code: a request belongs to the screen on display. */
  public static final int REQUEST = 1;

  /** The tab to begin with, as a view's id. */
  public static final String TAB = "tab";

  private final ScreenLight light = new ScreenLight(this);
  private Screen screen;
  private boolean started;

  @Override
  protected void onCreate(Bundle saved) {
    super.onCreate(saved);
    setContentView(R.layout.main);
    FrugalApp.model(this).begin(saved);
    RadioGroup tabs = findViewById(R.id.tabs);
    int asked = asked(getIntent());
    int tab = saved == null ? asked : saved.getInt(TAB, asked);
    tabs.check(tab);
    open(tab);
    tabs.setOnCheckedChangeListener((group, id) -> open(id));
  }

  /** The notification of a benchmark was tapped while this window is there. */
  @Override
  protected void onNewIntent(Intent intent) {
    super.onNewIntent(intent);
    if (intent.hasExtra(TAB)) {
      choose(asked(intent));
    }
  }

  /** Any app may start this window, and ask for a tab that is none. */
  private int asked(Intent intent) {
    int id = intent.getIntExtra(TAB, R.id.tab_live);
    return this.<RadioGroup>findViewById(R.id.tabs).findViewById(id) instanceof RadioButton ? id : R.id.tab_live;
  }

  @Override
  protected void onSaveInstanceState(Bundle out) {
    super.onSaveInstanceState(out);
    out.putInt(TAB, this.<RadioGroup>findViewById(R.id.tabs).getCheckedRadioButtonId());
    FrugalApp.model(this).live().save(out);
    FrugalApp.model(this).teach().save(out);
  }

  @Override
  protected void onStart() {
    super.onStart();
    started = true;
    FrugalApp.model(this).benchmark().state().watch(light);
    screen.show();
  }

  @Override
  protected void onStop() {
    started = false;
    FrugalApp.model(this).benchmark().state().unwatch(light);
    screen.hide();
    super.onStop();
  }

  /** Goes to another tab. */
  public void choose(int tab) {
    this.<RadioGroup>findViewById(R.id.tabs).check(tab);
  }

  /** Lets a person pick a file for the screen on display. */
  public void pick(Intent intent) {
    try {
      startActivityForResult(intent.addCategory(Intent.CATEGORY_OPENABLE), REQUEST);
    } catch (ActivityNotFoundException error) {
      android.widget.Toast.makeText(this, R.string.no_picker, android.widget.Toast.LENGTH_LONG).show();
    }
  }

  @Override
  public void onActivityResult(int request, int result, Intent data) {
    super.onActivityResult(request, result, data);
    if (result == RESULT_OK && data != null && data.getData() != null) {
      screen.picked(data.getData());
    }
  }

  @Override
  public void onRequestPermissionsResult(int request, String[] permissions, int[] results) {
    super.onRequestPermissionsResult(request, permissions, results);
    for (int i = 0; i < permissions.length; i++) {
      screen.permission(permissions[i], results[i] == PackageManager.PERMISSION_GRANTED);
    }
  }

  private void open(int tab) {
    if (screen != null && started) {
      screen.hide();
    }
    ViewGroup frame = findViewById(R.id.screen);
    frame.removeAllViews();
    screen = screen(tab, FrugalApp.model(this), frame);
    frame.addView(screen.view());
    if (started) {
      screen.show();
    }
  }

  private Screen screen(int tab, AppModel app, ViewGroup frame) {
    if (tab == R.id.tab_bundles) {
      return new BundlesScreen(this, app, inflate(R.layout.bundles, frame));
    }
    if (tab == R.id.tab_teach) {
      return new TeachScreen(this, app, inflate(R.layout.teach, frame));
    }
    if (tab == R.id.tab_budget) {
      return new BudgetScreen(this, app, inflate(R.layout.budget, frame));
    }
    if (tab == R.id.tab_benchmark) {
      return new BenchmarkScreen(this, app, inflate(R.layout.benchmark, frame));
    }
    return new LiveScreen(this, app, inflate(R.layout.live, frame));
  }

  private View inflate(int layout, ViewGroup frame) {
    return getLayoutInflater().inflate(layout, frame, false);
  }
}
