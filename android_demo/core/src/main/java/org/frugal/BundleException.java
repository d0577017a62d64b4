package org.frugal;

import org.jspecify.annotations.Nullable;

/** A bundle was refused; nothing in it has been run. */
public final class BundleException extends FrugalException {
  private static final long serialVersionUID = 1;
  /** Characters of a bundle's own that a sentence cites. */
  private static final int MAX_PROBLEM = 1000;

  private final String file;
  private final String field;
  private final String problem;

  /**
   * @param problem the sentence without file and field
   * @param file the file at fault, relative to the bundle ({@code parts/stage_1.tflite}), or the bundle's path
   * @param field the field of the manifest at fault, such as {@code programs.main[3].then[0].part}, or the empty string
   */
  public BundleException(String problem, String file, String field) {
    this(problem, file, field, null);
  }

  /** The same with what caused it. */
  public BundleException(String problem, String file, String field, @Nullable Throwable cause) {
    super(Words.oneLine((field.isEmpty() ? file : file + ": " + field) + ": " + cut(problem)), cause);
    this.problem = cut(problem);
    this.file = file;
    this.field = field;
  }

  private static String cut(String problem) {
    boolean few = problem.codePointCount(0, problem.length()) <= MAX_PROBLEM;
    return few ? problem : problem.substring(0, problem.offsetByCodePoints(0, MAX_PROBLEM)) + "...";
  }

  /** An error in {@code manifest.json}. */
  public static BundleException inManifest(String problem, String field) {
    return new BundleException(problem, "manifest.json", field);
  }

  /** The file at fault, relative to the bundle, or the bundle's path. */
  public String file() {
    return file;
  }

  /** The field of the manifest at fault, or the empty string. */
  public String field() {
    return field;
  }

  /** The sentence without file and field. */
  public String problem() {
    return problem;
  }
}
