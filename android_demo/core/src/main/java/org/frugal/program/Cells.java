package org.frugal.program;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.frugal.bundle.Numbers;
import org.frugal.bundle.Setting;
import org.frugal.tensor.Buffers;
import org.frugal.tensor.Conversion;
import org.frugal.tensor.Tensor;

/** The present values of all settings and constants of a program. */
final class Cells {
  private record Cell(Setting setting, double[] number) {}

  private record Constant(Setting setting, Tensor tensor, ByteBuffer buffer) {}

  private final List<Cell> cells = new ArrayList<>();
  private final List<Constant> constants = new ArrayList<>();

  /** An array of one that holds a setting's present value. */
  double[] number(Setting setting) {
    Cell cell = new Cell(setting, new double[1]);
    cells.add(cell);
    return cell.number();
  }

  /** A buffer that holds a fill's present content, as the tensor of its value. */
  ByteBuffer constant(Setting setting, Tensor tensor) {
    Constant constant = new Constant(setting, tensor, Buffers.allocate(tensor.bytes()));
    constants.add(constant);
    return constant.buffer();
  }

  /** Evaluates everything, given the present value of each parameter. */
  void set(Map<String, Numbers> parameters) {
    for (Cell cell : cells) {
      cell.number()[0] = value(cell.setting(), parameters).first();
    }
    for (Constant constant : constants) {
      Numbers content = value(constant.setting(), parameters);
      int elements = constant.tensor().elements();
      for (int i = 0; i < elements; i++) {
        double number = content.isList() ? content.values().get(i) : content.first();
        Conversion.write(constant.buffer(), i, (float) number, constant.tensor().encoding());
      }
    }
  }

  private static Numbers value(Setting setting, Map<String, Numbers> parameters) {
    return setting instanceof Setting.Reference reference
        ? parameters.get(reference.parameter())
        : ((Setting.Constant) setting).value();
  }
}
