package org.frugal.app.bundles;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.frugal.Chain;
import org.frugal.ChainException;
import org.frugal.ChainOptions;
import org.frugal.app.Failures;
import org.frugal.app.teach.Teachable;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.GoldenIndex;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Step;

/** Looks at a bundle before it is used: checks it, opens its parts, and runs its self-test if that is new here. */
public class Inspection {
  private static final String CARD = "MODEL_CARD.md";
  private static final int LONGEST_CARD = 1 << 16;

  private final Failures failures;
  private final Supplier<String> device;

  /**
   * @param device what decides a bundle's answers beside the bundle: the system and the library; a self-test is run
   *     again where it changed; asked only while a bundle is looked at, since the library may fail to load
   */
  public Inspection(Failures failures, Supplier<String> device) {
    this.failures = failures;
    this.device = device;
  }

  /** What the list shows of a bundle; whatever goes wrong with it is part of that, and hides no other. */
  public BundleItem of(String name, boolean fromApk, Path path) {
    try {
      Bundle bundle = Bundle.load(path);
      checkUse(bundle.manifest());
      try (Chain chain = new Chain(bundle, ChainOptions.DEFAULT.withWarmUp(false))) {
        return item(name, fromApk, path, bundle.manifest(), selfTest(chain, path));
      }
    } catch (Throwable error) {
      return BundleItem.refused(name, fromApk, failures.sentence(error).replace(path.toString(), "The .zip"));
    }
  }

  String sentence(Throwable error) {
    return failures.sentence(error);
  }

  /** The app has pictures to ask about, and shows labels and boxes. */
  private static void checkUse(Manifest manifest) {
    boolean picture = manifest.inputs(Manifest.MAIN).size() == 1 && manifest.image() != null;
    // What is taught its first class here comes without any.
    boolean answers = !manifest.labels().isEmpty() || Teachable.of(manifest) != null;
    if (!picture || !answers) {
      throw new ChainException(
          "bundle: expected one that takes a picture and answers with a label or boxes, received " + manifest.name());
    }
  }

  private static BundleItem item(
      String name, boolean fromApk, Path path, Manifest manifest, BundleItem.SelfTest selfTest) throws IOException {
    List<Integer> image = manifest.image().shape();
    BundleItem.Summary summary = new BundleItem.Summary(
        manifest.title(), manifest.question(), asksAnother(manifest),
        Teachable.of(manifest) != null, manifest.parts().size(), manifest.labels().size(), image.get(1), image.get(2),
        Files.size(path), manifest.defaultOperatingPoint());
    return BundleItem.opened(name, fromApk, CostPoint.of(manifest), summary, card(path), selfTest);
  }

  /** Whether a program would run parts on another machine, which the app has none of. */
  private static boolean asksAnother(Manifest manifest) {
    boolean[] found = {false};
    manifest.programs().values().forEach(steps -> Step.walk(
        steps, step -> found[0] |= step instanceof Step.Run run && run.remote()));
    return found[0];
  }

  /** Of a bundle that asks another machine the self-test says what that one answered: here it would take other ways. */
  private BundleItem.SelfTest selfTest(Chain chain, Path path) throws IOException {
    Manifest manifest = chain.bundle().manifest();
    if (manifest.goldens() == null || asksAnother(manifest)) {
      return null;
    }
    SelfTestRecord record = new SelfTestRecord(path, device.get());
    BundleItem.SelfTest result = record.read();
    if (result == null) {
      List<String> problems = chain.selfTest();
      result = new BundleItem.SelfTest(GoldenIndex.read(chain.bundle()).cases().size(), problems);
      record.write(result);
    }
    return result;
  }

  /** The card is for people: no hash covers it, so it is only shown as text, and cut where it is long. */
  private static String card(Path path) throws IOException {
    try (ZipFile zip = new ZipFile(path.toFile())) {
      ZipEntry entry = zip.stream().filter(each -> each.getName().matches("([^/]+/)?" + CARD)).findFirst().orElse(null);
      if (entry == null) {
        return null;
      }
      try (InputStream stream = zip.getInputStream(entry)) {
        byte[] text = new byte[LONGEST_CARD];
        int count = 0;
        for (int read = stream.read(text); read > 0; read = stream.read(text, count, text.length - count)) {
          count += read;
        }
        return new String(text, 0, count, StandardCharsets.UTF_8);
      }
    }
  }
}
