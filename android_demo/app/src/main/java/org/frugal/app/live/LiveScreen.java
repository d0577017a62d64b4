package org.frugal.app.live;

import android.Manifest;
import android.content.Intent;
import android.content.pm.PackageManager;
import android.graphics.Bitmap;
import android.graphics.drawable.BitmapDrawable;
import android.net.Uri;
import android.view.View;
import android.widget.CheckBox;
import android.widget.ImageView;
import android.widget.ProgressBar;
import android.widget.RadioGroup;
import android.widget.TextView;
import java.util.ArrayList;
import java.util.List;
import org.frugal.Box;
import org.frugal.Event.Corners;
import org.frugal.app.AppModel;
import org.frugal.app.MainActivity;
import org.frugal.app.Numbers;
import org.frugal.app.Plain;
import org.frugal.app.R;
import org.frugal.app.Screen;
import org.frugal.app.budget.Words;
import org.frugal.app.live.LiveState.Answer;
import org.frugal.app.live.LiveState.Shown;
import org.frugal.app.live.LiveState.Source;

/** A picture, the answer to it, and the path that the answer took. */
public final class LiveScreen extends Screen {
  private static final int MOST_BOXES = 10;

  private final LiveModel model;
  private final CameraFrames camera;
  private final RadioGroup sources = find(R.id.sources);
  private final DrawingPad pad = find(R.id.pad);
  private final CheckBox invert = find(R.id.invert);
  private Shown drawn;
  private boolean rendering;

  public LiveScreen(MainActivity activity, AppModel app, View view) {
    super(activity, app, view);
    model = app.live();
    camera = new CameraFrames(activity, model::askIfIdle, problem -> model.show(activity.getString(problem)));
    sources.setOnCheckedChangeListener((group, id) -> choose(id));
    pad.use(model.ink(), model::askAgain);
    invert.setOnCheckedChangeListener((box, on) -> model.setInverted(on));
    find(R.id.previous).setOnClickListener(v -> model.chooseSample(model.state().get().sample() - 1));
    find(R.id.next).setOnClickListener(v -> model.chooseSample(model.state().get().sample() + 1));
    find(R.id.pick).setOnClickListener(v -> activity.pick(new Intent(Intent.ACTION_GET_CONTENT).setType("image/*")));
    find(R.id.clear).setOnClickListener(v -> clear());
    find(R.id.retry).setOnClickListener(v -> choose(R.id.source_camera));
    watch(model.state(), this::render);
  }

  @Override
  public void show() {
    invert.setChecked(model.inverted());
    super.show();
    Uri fromBefore = model.pictureToRead();
    if (fromBefore != null) {
      read(fromBefore);
    }
    model.askAgain();
    if (model.state().get().source() == Source.CAMERA) {
      startCamera(mayUseCamera());
    }
  }

  @Override
  public void hide() {
    camera.stop();
    super.hide();
  }

  @Override
  public void picked(Uri file) {
    model.setPicked(file);
    model.choose(Source.GALLERY);
    read(file);
  }

  private void read(Uri file) {
    String unreadable = activity.getString(R.string.picture_unreadable);
    app.worker().run(
        () -> GalleryPictures.read(activity.getContentResolver(), file, unreadable), model::ask,
        model::showUnreadable);
  }

  @Override
  public void permission(String name, boolean granted) {
    // The answer may be to another screen's question, or come when another source has been chosen.
    if (name.equals(Manifest.permission.CAMERA) && model.state().get().source() == Source.CAMERA) {
      startCamera(granted);
    }
  }

  private void startCamera(boolean allowed) {
    if (allowed) {
      camera.start();
    } else {
      model.show(activity.getString(R.string.camera_refused));
    }
  }

  private void choose(int id) {
    if (rendering) {
      return;
    }
    Source source = id == R.id.source_pad ? Source.PAD : id == R.id.source_gallery ? Source.GALLERY
        : id == R.id.source_camera ? Source.CAMERA : Source.SAMPLE;
    camera.stop();
    model.choose(source);
    if (source == Source.CAMERA && mayUseCamera()) {
      camera.start();
    } else if (source == Source.CAMERA) {
      activity.requestPermissions(new String[] {Manifest.permission.CAMERA}, MainActivity.REQUEST);
    }
  }

  private boolean mayUseCamera() {
    return activity.checkSelfPermission(Manifest.permission.CAMERA) == PackageManager.PERMISSION_GRANTED;
  }

  private void clear() {
    model.ink().clear();
    pad.invalidate();
    model.askAgain();
  }

  private void render(LiveState state) {
    rendering = true;
    boolean open = state.bundle() != null;
    this.<TextView>find(R.id.bundle).setText(open ? state.bundle().name() : activity.getString(R.string.no_bundle));
    sources.check(button(state.source()));
    showIf(open && state.bundle().digits(), find(R.id.source_pad));
    showIf(state.source() == Source.PAD, pad, find(R.id.clear));
    showIf(state.source() == Source.SAMPLE && open && state.bundle().samples().size() > 1,
        find(R.id.previous), find(R.id.next));
    showIf(state.source() == Source.GALLERY, find(R.id.pick));
    showIf(state.source() == Source.CAMERA && state.problem() != null, find(R.id.retry));
    showIf(state.source() == Source.GALLERY || state.source() == Source.CAMERA, invert);
    this.<TextView>find(R.id.caption).setText(caption(state));
    renderPicture(state);
    TextView problem = find(R.id.problem);
    problem.setText(state.problem());
    showIf(state.problem() != null, problem);
    showIf(state.answer() != null, find(R.id.answer_card));
    if (state.answer() != null) {
      render(state.answer());
    }
    rendering = false;
  }

  private void renderPicture(LiveState state) {
    ImageView picture = find(R.id.picture);
    boolean visible = state.source() != Source.PAD && state.shown() != null;
    picture.setVisibility(visible ? View.VISIBLE : View.INVISIBLE);
    if (visible && state.shown() != drawn) {
      drawn = state.shown();
      Bitmap bitmap = Bitmap.createBitmap(drawn.argb(), drawn.columns(), drawn.rows(), Bitmap.Config.ARGB_8888);
      BitmapDrawable drawable = new BitmapDrawable(activity.getResources(), bitmap);
      // Small pictures are shown pixel by pixel, as the network sees them.
      drawable.setFilterBitmap(drawn.columns() > 100);
      picture.setImageDrawable(drawable);
      picture.setScaleX(drawn.mirrored() ? -1 : 1);
      picture.setContentDescription(activity.getString(R.string.picture_label));
    }
  }

  private String caption(LiveState state) {
    switch (state.source()) {
      case PAD:
        return activity.getString(R.string.pad_hint);
      case GALLERY:
        return activity.getString(R.string.gallery_hint);
      case CAMERA:
        return activity.getString(R.string.camera_hint);
      default:
        if (state.bundle() == null || state.bundle().samples().isEmpty()) {
          return activity.getString(R.string.no_samples);
        }
        int count = state.bundle().samples().size();
        String expected = state.bundle().samples().get(state.sample()).expected();
        return activity.getString(R.string.sample_of, state.sample() + 1, count, expected);
    }
  }

  private void render(Answer answer) {
    boolean labelled = answer.name() != null;
    int count = answer.boxes() == null ? 0 : answer.boxes().size();
    this.<TextView>find(R.id.answer).setText(labelled ? answer.name()
        : activity.getResources().getQuantityString(R.plurals.boxes, count, count));
    this.<TextView>find(R.id.probability).setText(
        labelled ? activity.getString(R.string.sure, Numbers.percent(answer.probability())) : "");
    this.<TextView>find(R.id.boxes).setText(count == 0 ? "" : boxLines(answer.boxes()));
    showIf(count > 0, find(R.id.boxes));
    showIf(answer.rowsLeftOut(), find(R.id.rows_left_out));
    this.<TextView>find(R.id.millis).setText(Numbers.millis(answer.millis()));
    String why = activity.getString(Words.of(answer.reason()), answer.path().exit());
    String held = activity.getString(Words.of(answer.decision().reason()));
    this.<TextView>find(R.id.why)
        .setText(why + " " + activity.getString(R.string.at_point, Plain.name(answer.decision().name()), held));
    this.<PathView>find(R.id.path).show(answer.path());
    this.<ProgressBar>find(R.id.share).setProgress((int) Math.round(1000 * answer.path().spentShare()));
    this.<TextView>find(R.id.share_words).setText(activity.getString(
        R.string.share_of_full, Numbers.percent(answer.path().spentShare()), Numbers.count(answer.path().spentMacs())));
  }

  /** A line a box, of the first ones. */
  private String boxLines(List<Box> boxes) {
    List<String> lines = new ArrayList<>();
    for (Box box : boxes.subList(0, Math.min(MOST_BOXES, boxes.size()))) {
      Corners at = box.corners();
      lines.add(activity.getString(
          R.string.box_line, Plain.name(box.name()), Numbers.threeDigits(box.score()), Numbers.percent(at.top()),
          Numbers.percent(at.bottom()), Numbers.percent(at.left()), Numbers.percent(at.right())));
    }
    if (boxes.size() > MOST_BOXES) {
      lines.add(activity.getString(R.string.more_boxes, boxes.size() - MOST_BOXES));
    }
    return String.join("\n", lines);
  }

  private static int button(Source source) {
    switch (source) {
      case PAD:
        return R.id.source_pad;
      case GALLERY:
        return R.id.source_gallery;
      case CAMERA:
        return R.id.source_camera;
      default:
        return R.id.source_sample;
    }
  }
}
