package org.frugal.app.budget;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.ParseException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.frugal.ChainException;
import org.frugal.governor.Decision;
import org.frugal.governor.Governor;
import org.frugal.governor.Reading;
import org.frugal.governor.Recording;

/**
 * A trace to play back: what a governor was shown. The report of a sustained benchmark holds one as its {@code trace},
 * and is read as that.
 */
public record Trace(Recording recording) {
  /** A reading, and what the governor made of it. */
  public record Frame(Reading reading, Decision decision) {}

  /**
   * @throws IOException it is no trace: the message says what was expected
   */
  public static Trace read(String json) throws IOException {
    try {
      JsonObject file = Json.parse(json).asObject();
      Recording read = Recording.read(file.get("trace") == null ? file : file.get("trace").asObject());
      if (read.events().stream().noneMatch(Reading.class::isInstance)) {
        throw new IOException("expected at least one reading, received " + read.events().size() + " latencies");
      }
      return new Trace(read);
    } catch (ChainException error) {
      throw new IOException(error.getMessage().replaceFirst("^trace: ", ""), error);
    } catch (ParseException | UnsupportedOperationException error) {
      throw new IOException("expected latencies and readings, received others: " + error.getMessage(), error);
    }
  }

  public String description() {
    return recording.description();
  }

  /** Whether it knows what its governor chose among and aimed at, so that it replays to its own decisions. */
  public boolean isRecorded() {
    return !recording.points().isEmpty() && recording.policy() != null;
  }

  /** How many points its decisions are among; so many as are given where it does not know. */
  public int pointCount(int given) {
    return isRecorded() ? recording.points().size() : given;
  }

  /** What its own governor decided at each reading, or, where it does not know that one, what a new one does. */
  public List<Frame> play(Governor governor) {
    List<Decision> decisions = isRecorded() ? recording.replay() : recording.replay(governor);
    List<Frame> frames = new ArrayList<>();
    for (Object event : recording.events()) {
      if (event instanceof Reading reading) {
        frames.add(new Frame(reading, decisions.get(frames.size())));
      }
    }
    return frames;
  }
}
