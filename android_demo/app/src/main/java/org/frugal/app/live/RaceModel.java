package org.frugal.app.live;

import android.os.Handler;
import java.util.ArrayList;
import java.util.List;
import org.frugal.Chain;
import org.frugal.ChainOptions;
import org.frugal.Picture;
import org.frugal.app.Watched;
import org.frugal.app.Worker;
import org.frugal.app.bundles.BundleItem;
import org.frugal.app.bundles.BundlesModel;
import org.frugal.app.bundles.BundlesState;
import org.frugal.bundle.SamplePictures;

/** Races of a chain against its static network. Main thread only; the networks run on the worker's. */
public final class RaceModel {
  /** Between two steps: a phone is through in a tenth of a second, which nobody would see. */
  static final long STEP_MILLIS = 40;

  private final Watched<RaceState> state = new Watched<>(RaceState.NONE);
  private final BundlesModel bundles;
  private final Worker worker;
  private final Handler main;

  public RaceModel(BundlesModel bundles, Worker worker, Handler main) {
    this.bundles = bundles;
    this.worker = worker;
    this.main = main;
  }

  public Watched<RaceState> state() {
    return state;
  }

  /** Whether there is somebody to race against, and pictures whose labels are known. */
  public boolean isPossible(LiveState.Loaded loaded) {
    BundleItem other = bundles.state().get().item(BundlesState.nameOfStatic(loaded.name()));
    boolean mayAnswer = other != null && (other.isUsable() || other.standing() == BundleItem.Standing.UNSEEN);
    return mayAnswer && loaded.manifest().samples() != null;
  }

  /**
   * Begins, unless a race is on.
   *
   * @param name of the chain's bundle
   * @param point at which it runs
   */
  public void start(String name, String point) {
    if (state.get().running()) {
      return;
    }
    state.set(new RaceState(name, 0, RaceState.Lane.START, RaceState.Lane.START, true, null));
    String whole = BundlesState.nameOfStatic(name);
    bundles.lookAtUnseen(whole); // it is copied out of the APK, checked and tested before the next work
    worker.run(() -> open(name, point, whole), this::go, this::failed);
  }

  private Race open(String name, String point, String whole) throws Exception {
    Chain chain = Chain.load(bundles.store().unpacked(name));
    try {
      List<Picture> pictures = SamplePictures.of(chain.bundle());
      List<String> labels = new ArrayList<>();
      for (int i = 0; i < pictures.size(); i++) {
        labels.add(SamplePictures.label(chain.bundle().manifest(), i));
      }
      Chain other = Chain.load(bundles.store().unpacked(whole), ChainOptions.DEFAULT.withSelfTest(true));
      return new Race(name, chain, point, other, pictures, labels);
    } catch (Throwable error) {
      chain.close();
      throw error;
    }
  }

  private void go(Race race) {
    worker.run(race::step, now -> {
      state.set(now);
      if (now.running()) {
        main.postDelayed(() -> go(race), STEP_MILLIS);
      } else {
        worker.execute(race::close);
      }
    }, sentence -> {
      worker.execute(race::close);
      failed(sentence);
    });
  }

  private void failed(String sentence) {
    state.set(state.get().stopped(sentence));
  }
}
