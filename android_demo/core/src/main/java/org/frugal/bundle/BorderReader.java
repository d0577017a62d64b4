package org.frugal.bundle;

import static org.frugal.bundle.JsonForm.Field.optional;
import static org.frugal.bundle.JsonForm.Field.required;

import java.util.List;
import java.util.Locale;
import org.frugal.bundle.JsonForm.Field;
import org.frugal.bundle.JsonForm.Fields;
import org.frugal.bundle.Manifest.FileEntry;
import org.frugal.bundle.Manifest.Input;
import org.frugal.bundle.Manifest.Output;
import org.frugal.bundle.Manifest.Table;

/** Reads what stands at the border of a bundle's programs, inputs, outputs and tables, and checks its form. */
final class BorderReader {
  private static final Field<String> KIND = required("kind", form -> form.text(0, Integer.MAX_VALUE));
  private static final Field<List<String>> LABELS =
      optional("labels", List.of(), form -> form.list(0, Integer.MAX_VALUE, f -> f.text(0, Integer.MAX_VALUE)));
  private static final Field<String> TABLE_OR_NULL =
      optional("table", null, form -> form.orNull("str", ManifestReader::name));
  private static final Field<String> TABLE = required("table", ManifestReader::name);
  private static final Field<String> COMBINE = optional("combine", "mean", form -> form.oneOf("mean", "unit"));

  private static final Field<String> BOX_SCORES = required("scores", ManifestReader::name);
  private static final Field<String> BOX_CLASSES =
      optional("classes", null, form -> form.orNull("str", ManifestReader::name));
  private static final Field<String> COUNT =
      optional("count", null, form -> form.orNull("str", ManifestReader::name));
  private static final Field<String> MASKS = required("masks", ManifestReader::name);
  private static final Field<String> SIGMOID =
      optional("activation", "sigmoid", form -> form.oneOf("sigmoid", "none"));

  private static final Field<String> RESIZE = optional("resize", "none", form -> form.oneOf("none", "bilinear"));
  private static final Field<String> CROP = optional("crop", "none", form -> form.oneOf("none", "center", "pad"));
  private static final Field<Integer> PADDING = optional("padding", 0, form -> (int) form.whole(0, 255));
  private static final Field<List<Double>> SCALES = required("scale", ManifestReader::reals);
  private static final Field<List<Double>> OFFSETS = required("offset", ManifestReader::reals);

  private static final Field<String> IMAGE = required("image", ManifestReader::name);

  private static final Field<String> ROWS = required("rows", ManifestReader::name);
  private static final Field<String> NUMBERS =
      optional("type", "float32", form -> form.oneOf("float32", "float16"));
  private static final Field<FileEntry> CONTENT =
      optional("content", null, form -> form.orNull("object", ManifestReader::file));

  private BorderReader() {}

  static Input input(JsonForm form) {
    switch (form.tag("kind")) {
      case "image":
        Fields f = form.fields(KIND, RESIZE, CROP, PADDING, SCALES, OFFSETS);
        Input.Crop crop = Input.Crop.valueOf(f.get(CROP).toUpperCase(Locale.ROOT));
        return new Input.Image(
            f.get(RESIZE).equals("bilinear"), crop, f.get(PADDING), f.get(SCALES), f.get(OFFSETS));
      case "vector":
        form.fields(KIND);
        return new Input.Vector();
      case "box":
        return new Input.Box(form.fields(KIND, IMAGE).get(IMAGE));
      default:
        throw unknownKind(form);
    }
  }

  static Output output(JsonForm form) {
    switch (form.tag("kind")) {
      case "labels":
        Fields f = form.fields(KIND, LABELS, TABLE_OR_NULL, ProgramReader.ACTIVATION);
        return new Output.Labels(f.get(LABELS), f.get(TABLE_OR_NULL), f.get(ProgramReader.ACTIVATION));
      case "vector":
        form.fields(KIND);
        return new Output.Vector();
      case "boxes":
        return boxes(form.fields(KIND, LABELS, TABLE_OR_NULL, BOX_SCORES, BOX_CLASSES, COUNT));
      case "masks":
        Fields m = form.fields(KIND, LABELS, TABLE_OR_NULL, BOX_SCORES, BOX_CLASSES, COUNT, MASKS, SIGMOID);
        return new Output.Masks(boxes(m), m.get(MASKS), m.get(SIGMOID).equals("sigmoid"));
      case "row":
        Fields r = form.fields(KIND, TABLE, COMBINE);
        return new Output.Row(r.get(TABLE), r.get(COMBINE).equals("unit"));
      default:
        throw unknownKind(form);
    }
  }

  private static Output.Boxes boxes(Fields f) {
    return new Output.Boxes(
        f.get(LABELS), f.get(TABLE_OR_NULL), f.get(BOX_SCORES), f.get(BOX_CLASSES), f.get(COUNT));
  }

  private static JsonForm.FormException unknownKind(JsonForm form) {
    return new JsonForm.FormException("invalid value '" + form.tag("kind") + "'", form.path() + ".kind");
  }

  static Table table(JsonForm form) {
    Fields f = form.fields(ROWS, COUNT, LABELS, NUMBERS, CONTENT);
    return new Table(f.get(ROWS), f.get(COUNT), f.get(LABELS), f.get(NUMBERS).equals("float16"), f.get(CONTENT));
  }
}
