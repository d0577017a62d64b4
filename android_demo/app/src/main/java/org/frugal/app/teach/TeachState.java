package org.frugal.app.teach;

import java.util.List;
import org.frugal.app.teach.Draft.Lack;

/**
 * What the Teach screen shows.
 *
 * @param bundle in use, by its name in the store; null while none is open
 * @param title what a person calls it
 * @param what how it is taught; null where it cannot be
 * @param labels that its table has now
 * @param draft what there is of the next class
 * @param source where the next picture comes from
 * @param selected which picture of the draft is looked at, or -1
 * @param learning how far it is, or null while it does not learn
 * @param asked what is asked of a class before it is done, or null
 * @param message what has been done, or null
 * @param problem why something was not done, in a sentence, or null
 */
record TeachState(
    String bundle, String title, Teachable what, List<String> labels, Draft draft, Source source, int selected,
    Progress learning, Asked asked, Done message, String problem) {
  static final TeachState START = new TeachState(
      null, "", null, List.of(), Draft.EMPTY, Source.CAMERA, -1, null, null, null, null);

  /** Where pictures come from. */
  enum Source {
    CAMERA,
    GALLERY,
    PAD
  }

  /** Pictures that have been looked at, of how many. */
  record Progress(int done, int of) {}

  /** A class whose name is being changed, or that is to be deleted. */
  record Asked(String label, boolean rename) {}

  /**
   * What has been done, for a sentence.
   *
   * @param label of the class, where it is about one
   * @param count of pictures, or classes
   */
  record Done(Kind kind, String label, int count) {
    enum Kind {
      LEARNED,
      RENAMED,
      REMOVED,
      RESET,
      IMPORTED,
      EXPORTED
    }
  }

  /** Another bundle is open: what belongs to the one before is left. */
  TeachState withBundle(String name, String called, Teachable how) {
    // What a process that is gone has left is taken up by the first bundle that is open.
    boolean first = bundle == null;
    return new TeachState(
        name, called, how, List.of(), Draft.EMPTY, source, first ? selected : -1, null, first ? asked : null, null,
        null);
  }

  TeachState withKnown(List<String> now) {
    boolean gone = asked != null && !now.contains(asked.label());
    return new TeachState(
        bundle, title, what, now, draft, source, selected, learning, gone ? null : asked, message, problem);
  }

  TeachState with(Draft next) {
    int last = next.examples().size() - 1;
    return new TeachState(
        bundle, title, what, labels, next, source, Math.min(selected, last), learning, asked, message, problem);
  }

  TeachState with(Source next) {
    return new TeachState(bundle, title, what, labels, draft, next, -1, learning, asked, message, null);
  }

  TeachState withSelected(int next) {
    return new TeachState(bundle, title, what, labels, draft, source, next, learning, asked, message, problem);
  }

  TeachState with(Progress next) {
    return new TeachState(bundle, title, what, labels, draft, source, selected, next, asked, message, problem);
  }

  TeachState with(Asked next) {
    return new TeachState(bundle, title, what, labels, draft, source, selected, learning, next, message, problem);
  }

  /** What was said before is done with. */
  TeachState saying(Done done, String sentence) {
    return new TeachState(bundle, title, what, labels, draft, source, selected, learning, asked, done, sentence);
  }

  /** Whether the draft can be learned now. */
  boolean ready() {
    return what != null && learning == null && draft.lack(what, labels) == Lack.NOTHING;
  }

  /** The picture that is looked at, or null. */
  Example looked() {
    return selected >= 0 && selected < draft.examples().size() ? draft.examples().get(selected) : null;
  }
}
