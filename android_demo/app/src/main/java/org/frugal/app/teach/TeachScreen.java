package org.frugal.app.teach;

import android.Manifest;
import android.content.Intent;
import android.content.pm.PackageManager;
import android.net.Uri;
import android.view.View;
import android.widget.CheckBox;
import android.widget.RadioGroup;
import android.widget.TextView;
import org.frugal.app.AppModel;
import org.frugal.app.MainActivity;
import org.frugal.app.PickedFiles;
import org.frugal.app.Plain;
import org.frugal.app.R;
import org.frugal.app.Screen;
import org.frugal.app.live.CameraFrames;
import org.frugal.app.live.DrawingPad;
import org.frugal.app.live.GalleryPictures;
import org.frugal.app.live.LiveState.Shown;
import org.frugal.app.live.PictureView;
import org.frugal.app.live.Pixels;
import org.frugal.app.teach.TeachModel.Request;
import org.frugal.app.teach.TeachState.Done;
import org.frugal.app.teach.TeachState.Source;

/** A few pictures of something new, a name for it, and the classes that are known. */
public final class TeachScreen extends Screen {
  private final TeachModel model;
  private final CameraFrames camera;
  private final DraftCard draft;
  private final ClassesCard classes;
  private final DrawingPad pad = find(R.id.teach_drawing);
  private final CheckBox invert = find(R.id.teach_invert);
  private Shown frame;
  private boolean filming;
  private boolean rendering;

  public TeachScreen(MainActivity activity, AppModel app, View view) {
    super(activity, app, view);
    model = app.teach();
    camera = new CameraFrames(activity, this::showFrame, problem -> failed(activity.getString(problem)));
    draft = new DraftCard(activity, view, model);
    classes = new ClassesCard(activity, view, model);
    this.<RadioGroup>find(R.id.teach_sources).setOnCheckedChangeListener((group, id) -> choose(id));
    pad.use(model.ink(), () -> render(model.state().get()));
    invert.setOnCheckedChangeListener((box, on) -> app.live().setInverted(on));
    find(R.id.take).setOnClickListener(v -> take());
    find(R.id.teach_retry).setOnClickListener(v -> film());
    find(R.id.teach_pick).setOnClickListener(v -> pick());
    find(R.id.add_drawing).setOnClickListener(v -> addDrawing());
    find(R.id.teach_clear).setOnClickListener(v -> clear());
    find(R.id.teach_to_bundles).setOnClickListener(v -> activity.choose(R.id.tab_bundles));
    find(R.id.teach_to_live).setOnClickListener(v -> activity.choose(R.id.tab_live));
    watch(model.state(), this::render);
  }

  @Override
  public void show() {
    invert.setChecked(app.live().inverted());
    super.show();
  }

  @Override
  public void hide() {
    stopFilming();
    super.hide();
    model.keep();
  }

  @Override
  public void picked(Uri file) {
    switch (model.pending()) {
      case IMPORT:
        model.classes().take(() -> PickedFiles.open(activity.getContentResolver(), file));
        break;
      case EXPORT:
        model.classes().give(() -> PickedFiles.create(activity.getContentResolver(), file));
        break;
      default:
        String unreadable = activity.getString(R.string.picture_unreadable);
        app.worker().run(
            () -> GalleryPictures.read(activity.getContentResolver(), file, unreadable), this::add, model::say);
    }
  }

  @Override
  public void permission(String name, boolean granted) {
    if (name.equals(Manifest.permission.CAMERA) && wantsFrames(model.state().get())) {
      if (granted) {
        film();
      } else {
        failed(activity.getString(R.string.camera_refused));
      }
    }
  }

  private void choose(int id) {
    if (!rendering) {
      model.choose(id == R.id.teach_pad ? Source.PAD : id == R.id.teach_gallery ? Source.GALLERY : Source.CAMERA);
      if (id == R.id.teach_camera && !mayFilm()) {
        activity.requestPermissions(new String[] {Manifest.permission.CAMERA}, MainActivity.REQUEST);
      }
    }
  }

  private void pick() {
    model.setPending(Request.PICTURE);
    activity.pick(new Intent(Intent.ACTION_GET_CONTENT).setType("image/*"));
  }

  /** As it will be asked about: ink on paper may have to be light on dark. */
  private void add(Shown picture) {
    model.add(app.live().inverted() ? Pixels.inverted(picture) : picture);
  }

  private void take() {
    if (frame != null) {
      add(frame);
    } else if (!mayFilm()) {
      activity.requestPermissions(new String[] {Manifest.permission.CAMERA}, MainActivity.REQUEST);
    }
  }

  private void addDrawing() {
    if (!model.ink().isEmpty()) {
      model.add(model.ink().drawn());
      clear();
    }
  }

  private void clear() {
    model.ink().clear();
    pad.invalidate();
    render(model.state().get());
  }

  private boolean mayFilm() {
    return activity.checkSelfPermission(Manifest.permission.CAMERA) == PackageManager.PERMISSION_GRANTED;
  }

  private static boolean wantsFrames(TeachState state) {
    return state.what() != null && state.source() == Source.CAMERA && state.looked() == null
        && state.learning() == null;
  }

  private void film() {
    filming = true;
    camera.start();
  }

  private void stopFilming() {
    camera.stop();
    filming = false;
    frame = null;
  }

  private void failed(String sentence) {
    stopFilming();
    model.say(sentence);
  }

  /** What the camera sees, as it would be learned. */
  void showFrame(Shown seen) {
    frame = seen;
    this.<PictureView>find(R.id.finder)
        .show(app.live().inverted() ? Pixels.inverted(seen) : seen, PictureView.Marks.NONE);
    find(R.id.take).setEnabled(true);
  }

  private void render(TeachState state) {
    rendering = true;
    boolean can = state.what() != null;
    showIf(can, find(R.id.teach_draft), find(R.id.teach_classes), find(R.id.teach_words));
    showIf(!can, find(R.id.teach_none));
    this.<TextView>find(R.id.teach_title).setText(state.bundle() == null ? activity.getString(R.string.teach)
        : activity.getString(R.string.teach_title, Plain.name(state.title())));
    if (can) {
      this.<TextView>find(R.id.teach_words)
          .setText(state.what().asksBox() ? R.string.teach_words_box : R.string.teach_words);
      renderSource(state);
      draft.show(state);
      classes.show(state);
    } else {
      this.<TextView>find(R.id.teach_none_words).setText(
          state.bundle() == null ? activity.getString(R.string.teach_no_bundle)
              : activity.getString(R.string.teach_none, Plain.name(state.title())));
    }
    renderEnd(state);
    rendering = false;
    if (wantsFrames(state) && !filming && state.problem() == null && mayFilm()) {
      film();
    } else if (!wantsFrames(state) && filming) {
      stopFilming();
    }
  }

  private void renderSource(TeachState state) {
    Source source = state.source();
    this.<RadioGroup>find(R.id.teach_sources).check(
        source == Source.PAD ? R.id.teach_pad : source == Source.GALLERY ? R.id.teach_gallery : R.id.teach_camera);
    boolean adds = state.looked() == null;
    boolean films = adds && source == Source.CAMERA;
    boolean draws = adds && source == Source.PAD;
    boolean room = state.draft().examples().size() < Draft.MOST && state.learning() == null;
    showIf(films, find(R.id.finder), find(R.id.take));
    showIf(films && state.problem() != null, find(R.id.teach_retry));
    showIf(adds && source == Source.GALLERY, find(R.id.teach_pick));
    showIf(adds && source != Source.GALLERY || !adds, find(R.id.teach_frame));
    showIf(draws, pad, find(R.id.add_drawing), find(R.id.teach_clear));
    showIf(adds && source != Source.PAD, invert);
    find(R.id.take).setEnabled(room && (frame != null || !mayFilm()));
    find(R.id.teach_pick).setEnabled(room);
    find(R.id.add_drawing).setEnabled(room && !model.ink().isEmpty());
    TextView caption = find(R.id.teach_caption);
    caption.setText(!adds && state.what().asksBox() ? activity.getString(R.string.box_hint)
        : !adds ? activity.getString(R.string.looked_hint, state.selected() + 1, state.draft().examples().size())
            : films ? activity.getString(R.string.camera_hint) : "");
    showIf(caption.length() > 0, caption);
  }

  private void renderEnd(TeachState state) {
    TextView problem = find(R.id.teach_problem);
    problem.setText(state.problem());
    showIf(state.problem() != null, problem);
    Done done = state.message();
    showIf(done != null, find(R.id.teach_done));
    showIf(done != null && done.kind() == Done.Kind.LEARNED, find(R.id.teach_to_live));
    if (done != null) {
      this.<TextView>find(R.id.teach_done_words).setText(words(done));
    }
  }

  private String words(Done done) {
    String name = Plain.name(done.label());
    switch (done.kind()) {
      case LEARNED:
        return activity.getString(R.string.done_learned, name, done.count());
      case RENAMED:
        return activity.getString(R.string.done_renamed, name);
      case REMOVED:
        return activity.getString(R.string.done_removed, name);
      case RESET:
        return activity.getString(R.string.done_reset);
      case IMPORTED:
        return activity.getString(R.string.done_imported);
      default:
        return activity.getString(R.string.done_exported);
    }
  }
}
