package org.frugal.program;

import java.nio.ByteBuffer;
import org.frugal.Event;
import org.frugal.bundle.Step;
import org.frugal.tensor.Buffers;
import org.frugal.tensor.Encoding;
import org.frugal.tensor.Tensor;

/** Compiles the steps that cut pieces from images. */
final class CropCompiler {
  private final Context context;
  private final Bills bills;

  CropCompiler(Context context, Bills bills) {
    this.context = context;
    this.bills = bills;
  }

  Action compile(Step.Crop step) {
    Value image = context.values().get(step.value());
    Value piece = context.values().get(step.output());
    Crops crops = new Crops(image.tensor, step);
    NumberReader at = context.numbers(step.at());
    Feed feed = Feed.of(Encoding.FLOAT32, piece.tensor);
    Tensor float32 = Tensor.float32(piece.tensor.shape());
    ByteBuffer own = Buffers.allocate(float32.bytes());
    // What is cut from the value that it becomes must not overwrite the image that it reads.
    ByteBuffer other = feed.isDirect() && image == piece ? Buffers.allocate(float32.bytes()) : own;
    Runnable bill = bills.bill(step, context.meter());
    Event event = Event.crop(step.output(), null);
    return () -> {
      context.checkLimits();
      double[] place = at.read();
      ByteBuffer output = image.buffer == own ? other : own;
      crops.cut(image.buffer, place, output);
      piece.buffer = feed.pass(output);
      bill.run();
      double[] corners = crops.corners(place);
      context.log().cropped(event, corners[0], corners[1], corners[2], corners[3]);
      return Action.Next.GO_ON;
    };
  }
}
