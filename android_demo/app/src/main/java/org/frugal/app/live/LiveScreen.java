package org.frugal.app.live;

import android.Manifest;
import android.content.Intent;
import android.content.pm.PackageManager;
import android.net.Uri;
import android.view.View;
import android.widget.CheckBox;
import android.widget.RadioGroup;
import android.widget.SeekBar;
import android.widget.TextView;
import java.util.ArrayList;
import java.util.List;
import org.frugal.Box;
import org.frugal.Event.Corners;
import org.frugal.app.AppModel;
import org.frugal.app.Choices;
import org.frugal.app.MainActivity;
import org.frugal.app.R;
import org.frugal.app.Screen;
import org.frugal.app.Sliding;
import org.frugal.app.bundles.BundlesState;
import org.frugal.app.live.LiveState.Answer;
import org.frugal.app.live.LiveState.Shown;
import org.frugal.app.live.LiveState.Source;

/** A picture, the answer to it, and the path that the answer took. */
public final class LiveScreen extends Screen {
  private final LiveModel model;
  private final CameraFrames camera;
  private final AnswerCard card;
  private final RaceCard race;
  private final RadioGroup sources = find(R.id.sources);
  private final DrawingPad pad = find(R.id.pad);
  private final CheckBox invert = find(R.id.invert);
  private final SeekBar looks = find(R.id.looks);
  private Answer lookedAt;
  private boolean rendering;

  public LiveScreen(MainActivity activity, AppModel app, View view) {
    super(activity, app, view);
    model = app.live();
    camera = new CameraFrames(activity, model::askIfIdle, problem -> model.show(activity.getString(problem)));
    card = new AnswerCard(activity, view, app.budget());
    race = new RaceCard(activity, view, app.race());
    sources.setOnCheckedChangeListener((group, id) -> choose(id));
    pad.use(model.ink(), model::askAgain);
    invert.setOnCheckedChangeListener((box, on) -> model.setInverted(on));
    looks.setOnSeekBarChangeListener(new Sliding(at -> slid()));
    find(R.id.previous).setOnClickListener(v -> model.chooseSample(model.state().get().sample() - 1));
    find(R.id.next).setOnClickListener(v -> model.chooseSample(model.state().get().sample() + 1));
    find(R.id.pick).setOnClickListener(v -> activity.pick(new Intent(Intent.ACTION_GET_CONTENT).setType("image/*")));
    find(R.id.clear).setOnClickListener(v -> clear());
    find(R.id.retry).setOnClickListener(v -> choose(R.id.source_camera));
    find(R.id.to_bundles).setOnClickListener(v -> activity.choose(R.id.tab_bundles));
    watch(model.state(), this::render);
    watch(app.race().state(), race::show);
    watch(app.bundles().state(), this::renderEmpty);
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
    renderTitle(state);
    renderEmpty(app.bundles().state().get());
    sources.check(button(state.source()));
    showIf(open && state.bundle().drawable(), find(R.id.source_pad));
    showIf(state.source() == Source.PAD, pad, find(R.id.clear));
    showIf(state.source() == Source.SAMPLE && open && state.bundle().samples().size() > 1,
        find(R.id.previous), find(R.id.next));
    showIf(state.source() == Source.GALLERY, find(R.id.pick));
    showIf(state.source() == Source.CAMERA && state.problem() != null, find(R.id.retry));
    showIf(state.source() == Source.GALLERY || state.source() == Source.CAMERA, invert);
    this.<TextView>find(R.id.caption).setText(caption(state));
    renderLooks(state.answer());
    renderPicture(state);
    TextView problem = find(R.id.problem);
    problem.setText(state.problem());
    showIf(state.problem() != null, problem);
    card.show(state);
    race.show(state);
    rendering = false;
  }

  private void renderTitle(LiveState state) {
    boolean open = state.bundle() != null;
    this.<TextView>find(R.id.bundle)
        .setText(open ? state.bundle().title() : activity.getString(R.string.no_bundle));
    String question = open ? state.bundle().question() : "";
    this.<TextView>find(R.id.question).setText(question);
    showIf(!question.isEmpty(), find(R.id.question));
    renderTasks(state);
  }

  /** What may be asked, where a bundle leaves it to who asks. */
  private void renderTasks(LiveState state) {
    List<Choices.Choice> tasks = new ArrayList<>();
    List<String> names = state.bundle() == null ? List.of() : state.bundle().asks().names();
    for (int i = 0; i < names.size(); i++) {
      int task = i;
      tasks.add(new Choices.Choice(names.get(i), i == state.task(), () -> model.chooseTask(task)));
    }
    Choices.show(find(R.id.tasks), tasks);
    showIf(tasks.size() > 1, find(R.id.tasks));
  }

  /** Without a bundle there is nothing to ask: it is being opened, or none can be. */
  private void renderEmpty(BundlesState bundles) {
    LiveState state = model.state().get();
    boolean open = state.bundle() != null;
    boolean opening = !open && state.problem() == null && (bundles.busy() || bundles.chosen() != null);
    showIf(opening, find(R.id.opening));
    showIf(!open && !opening, find(R.id.empty));
    showIf(!opening, find(R.id.bundle));
    showIf(open, find(R.id.asking));
    if (!open) {
      this.<TextView>find(R.id.empty_words).setText(
          bundles.items().isEmpty() ? R.string.empty_no_bundles : R.string.empty_none_usable);
    }
  }

  /** The slider through the places that the network looked at, from the first on with each new answer. */
  private void renderLooks(Answer answer) {
    int count = answer == null ? 0 : answer.looks().size();
    showIf(count > 1, looks, find(R.id.looks_words));
    if (answer != lookedAt) {
      lookedAt = answer;
      looks.setMax(Math.max(0, count - 1));
      looks.setProgress(0);
    }
    this.<TextView>find(R.id.looks_words).setText(activity.getString(R.string.look_of, looks.getProgress() + 1, count));
  }

  private void slid() {
    LiveState state = model.state().get();
    renderLooks(state.answer());
    renderPicture(state);
  }

  private void renderPicture(LiveState state) {
    PictureView picture = find(R.id.picture);
    boolean visible = state.source() != Source.PAD && state.shown() != null;
    picture.setVisibility(visible ? View.VISIBLE : View.INVISIBLE);
    if (visible) {
      picture.show(state.shown(), marks(state));
      picture.setContentDescription(activity.getString(R.string.picture_label));
    }
  }

  private PictureView.Marks marks(LiveState state) {
    Answer answer = state.answer();
    Shown shown = state.shown();
    if (answer == null || state.bundle() == null) {
      return PictureView.Marks.NONE;
    }
    Window window = state.bundle().window(shown);
    List<Corners> places = new ArrayList<>();
    answer.looks().forEach(look -> places.add(window.inPicture(look, shown.rows(), shown.columns())));
    List<PictureView.Found> found = new ArrayList<>();
    for (Box box : answer.boxes() == null ? List.<Box>of() : answer.boxes()) {
      found.add(new PictureView.Found(box, window.inPicture(box.corners(), shown.rows(), shown.columns())));
    }
    return new PictureView.Marks(places, looks.getProgress(), found);
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
        return state.expected().isEmpty() ? activity.getString(R.string.sample_number, state.sample() + 1, count)
            : activity.getString(R.string.sample_of, state.sample() + 1, count, state.expected());
    }
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
