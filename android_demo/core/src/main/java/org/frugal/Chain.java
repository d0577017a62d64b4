package org.frugal;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.frugal.bundle.Bundle;
import org.frugal.bundle.Manifest;
import org.frugal.bundle.Numbers;
import org.jspecify.annotations.Nullable;

/**
 * A bundle that is ready to run: answers input by input, and says of every answer what was run, its cost, and its
 * reason. One thread uses a chain at a time, and a second one is refused at once; give each thread a chain of its own,
 * from one shared {@link Bundle}.
 *
 * <pre>{@code
 * try (Chain chain = Chain.load(path)) {
 *   Result result = chain.run(Picture.grey(pixels, 50, 50), Budget.latencyMillis(4));
 * }
 * }</pre>
 */
public final class Chain implements AutoCloseable {
  private static final int WARM_UP_RUNS = 5;

  private final Bundle bundle;
  private final Owner owner = new Owner();
  private final Tables tables;
  private final Runs runs;

  /**
   * @throws BundleException a part does not give what the manifest says, or fails in the warm-up; a table's rows are not
   *     finite; or the bundle fails the self-test that the options ask for
   * @throws ChainException the main program runs parts remotely, does not say what to do otherwise, and the options
   *     have nothing to run them
   */
  public Chain(Bundle bundle, ChainOptions options) {
    this.bundle = bundle;
    try {
      tables = new Tables(bundle, owner);
      runs = new Runs(bundle, options, tables);
    } catch (OutOfMemoryError error) {
      String problem = "expected a bundle that fits into memory, received one that does not";
      throw new BundleException(problem, bundle.path().toString(), "", error);
    }
    try {
      if (options.selfTest() && bundle.manifest().goldens() != null) {
        SelfTest.requirePassed(bundle, runs.selfTest());
      }
      if (options.warmUp()) {
        runs.measure(WARM_UP_RUNS);
      }
    } catch (RuntimeException error) {
      close();
      throw error;
    }
  }

  /**
   * Loads a bundle and makes a chain of it, on one thread and with what TensorFlow Lite chooses.
   *
   * @param path a folder, or a .zip of one
   * @throws BundleException the bundle is refused; nothing in it has been run
   * @throws ChainException its program runs parts remotely and does not say what to do otherwise
   */
  public static Chain load(Path path) {
    return load(path, ChainOptions.DEFAULT);
  }

  /** The same with options. */
  public static Chain load(Path path, ChainOptions options) {
    return new Chain(Bundle.load(path), options);
  }

  /** The bundle that this chain runs. */
  public Bundle bundle() {
    return bundle;
  }

  /** Name to table, whose rows may be changed: the next answer uses them. */
  public Map<String, Table> tables() {
    return tables.byName();
  }

  /** Answers for a picture, without limit, at the bundle's default operating point. */
  public Result run(Picture image) {
    return run(image, null, null, null);
  }

  /** Answers for a picture at the bundle's default operating point. */
  public Result run(Picture image, @Nullable Budget budget) {
    return run(image, budget, null, null);
  }

  /** Answers for a picture at an operating point. */
  public Result run(Picture image, @Nullable Budget budget, @Nullable String operatingPoint) {
    return run(image, budget, operatingPoint, null);
  }

  /**
   * Answers for a picture, where that is the only input of the main program.
   *
   * @param image 8-bit pixels, or normalised float32 of the bundle's shape
   */
  public Result run(
      Picture image, @Nullable Budget budget, @Nullable String operatingPoint,
      @Nullable Map<String, Numbers> parameters) {
    return run(image, budget, operatingPoint, parameters, Manifest.MAIN);
  }

  /** The same of another program, where a picture is its only input. */
  public Result run(
      Picture image, @Nullable Budget budget, @Nullable String operatingPoint,
      @Nullable Map<String, Numbers> parameters, String program) {
    return run(program, ready -> ready.inputs.give(ready, image), budget, operatingPoint, parameters);
  }

  /** Answers for inputs, without limit, at the bundle's default operating point. */
  public Result run(Map<String, ?> given) {
    return run(given, null, null, null);
  }

  /**
   * Answers for inputs.
   *
   * @param given every input that the main program reads, by name (others of the bundle may be there): a {@link
   *     Picture} for an image; for a vector a float[], or a FloatBuffer that is read from its position to its limit;
   *     for either an array of the bundle's {@link org.frugal.bundle.GoldenIndex}
   * @param budget what can be spent, or null for no limit
   * @param operatingPoint a name; null is the default one
   * @param parameters parameter name to value, on top of the operating point; null is none
   * @throws ChainException an argument is not what it should be, in which case nothing has been run; or a part failed,
   *     or memory does not suffice
   * @throws BundleException a part that is opened when it is first reached cannot be
   * @throws NoAnswerException the budget's cancel was set, or its time was over long before the first exit
   */
  public Result run(
      Map<String, ?> given, @Nullable Budget budget, @Nullable String operatingPoint,
      @Nullable Map<String, Numbers> parameters) {
    return run(given, budget, operatingPoint, parameters, Manifest.MAIN);
  }

  /** The same of another program, with the inputs that it reads. */
  public Result run(
      Map<String, ?> given, @Nullable Budget budget, @Nullable String operatingPoint,
      @Nullable Map<String, Numbers> parameters, String program) {
    return run(program, ready -> ready.inputs.give(ready, given), budget, operatingPoint, parameters);
  }

  /** Answers for inputs that were prepared before, at an operating point: none of that counts in the run's time. */
  public Result run(Prepared given, @Nullable Budget budget, @Nullable String operatingPoint) {
    return run(given, budget, operatingPoint, null, Manifest.MAIN);
  }

  /** The same of any program whose inputs are among them. */
  public Result run(
      Prepared given, @Nullable Budget budget, @Nullable String operatingPoint,
      @Nullable Map<String, Numbers> parameters, String program) {
    return run(program, ready -> ready.inputs.give(ready, given), budget, operatingPoint, parameters);
  }

  private Result run(
      String name, Consumer<Programs.Ready> give, @Nullable Budget budget, @Nullable String operatingPoint,
      @Nullable Map<String, Numbers> parameters) {
    owner.take();
    try {
      return runs.run(name, give, budget, operatingPoint, parameters);
    } finally {
      owner.release();
    }
  }

  /** Teaches a label with the program {@code teach}, at the bundle's default operating point. */
  public float[] teach(String label, List<?> examples) {
    return teach(label, examples, null, null, "teach");
  }

  /**
   * Adds a row to a table: what a program makes of examples. Answers use it from the next run on.
   *
   * @param label of the new row
   * @param examples at least one: a {@link Picture}, or a map of inputs by name, as {@code run} takes it
   * @param operatingPoint a name; null is the default one
   * @param parameters parameter name to value, on top of the operating point; null is none
   * @param program the one that gives the row
   * @return the row
   * @throws ChainException an argument is refused, or the table is full or has the label; no row was added
   */
  public float[] teach(
      String label, List<?> examples, @Nullable String operatingPoint,
      @Nullable Map<String, Numbers> parameters, String program) {
    return teach(label, examples, operatingPoint, parameters, program, done -> {});
  }

  /**
   * The same, with somebody who is told after every example how many are done: what it throws ends the teaching,
   * without a row.
   */
  public float[] teach(
      String label, List<?> examples, @Nullable String operatingPoint,
      @Nullable Map<String, Numbers> parameters, String program, IntConsumer progress) {
    return new Teaching(bundle.manifest(), tables.byName()).teach(label, examples, program, example ->
        run(program, ready -> ready.inputs.giveAny(ready, example), null, operatingPoint, parameters), progress);
  }

  /**
   * Times every local part, and uses the medians for the deadlines of later runs. A part is fed what the bundle's
   * goldens feed it, or zeros. A remote part is not asked; it counts with the {@code latency_us} of the manifest, if
   * it has one.
   *
   * @param runs timed runs a part, after one that is not
   * @return part name to its median in milliseconds
   */
  public Map<String, Double> measure(int runs) {
    if (runs < 1) {
      throw new ChainException("runs: expected a whole number of at least 1, received " + runs);
    }
    owner.take();
    try {
      return this.runs.measure(runs);
    } finally {
      owner.release();
    }
  }

  /**
   * Runs the bundle's goldens, which expect tables as they come with the bundle.
   *
   * @return a sentence for every mismatch; empty when everything agrees. A bundle that has one is not to be used here
   * @throws BundleException the bundle has no goldens, or they cannot be run
   */
  public List<String> selfTest() {
    owner.take();
    try {
      return runs.selfTest();
    } finally {
      owner.release();
    }
  }

  /**
   * Frees what TensorFlow Lite holds; the chain cannot be used afterwards.
   *
   * @throws ChainException a call is under way on another thread
   */
  @Override
  public void close() {
    if (owner.close()) {
      runs.close();
    }
  }
}
