package org.frugal.app.bundles;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.frugal.app.Failures;
import org.frugal.app.ZipBundles;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;

@RunWith(RobolectricTestRunner.class)
public class SelfTestRecordTest {
  private static final BundleItem.SelfTest RESULT =
      new BundleItem.SelfTest(3, List.of("expected the label 1, received 0", "two\nlines"));

  @Rule public TemporaryFolder temporary = new TemporaryFolder();
  private Path zip;

  @Before
  public void make() throws IOException {
    zip = temporary.getRoot().toPath().resolve("a.zip");
    Files.write(zip, new ZipBundles("stages").bytes());
  }

  @Test
  public void whatIsWrittenIsReadByTheSameDevice() throws IOException {
    assertNull(new SelfTestRecord(zip, "one").read());
    new SelfTestRecord(zip, "one").write(RESULT);
    assertEquals(
        new BundleItem.SelfTest(3, List.of("expected the label 1, received 0", "two lines")),
        new SelfTestRecord(zip, "one").read());
    assertNull(new SelfTestRecord(zip, "other").read());
  }

  @Test
  public void itCountsForThatZipAlone() throws IOException {
    new SelfTestRecord(zip, "one").write(RESULT);
    Files.setLastModifiedTime(zip, FileTime.fromMillis(1));
    assertNull("replaced by one of the same size", new SelfTestRecord(zip, "one").read());
  }

  @Test
  public void aDamagedOneIsNone() throws IOException {
    SelfTestRecord record = new SelfTestRecord(zip, "one");
    record.write(RESULT);
    Path file = SelfTestRecord.beside(zip);
    String whole = Files.readString(file);
    for (String damaged : List.of("", whole.split("\n")[0] + "\n", whole.replace("\n3\n", "\nthree\n"))) {
      Files.writeString(file, damaged);
      assertNull(damaged, record.read());
    }
    Files.write(file, new byte[] {(byte) 0xff, (byte) 0xfe});
    assertNull(record.read());
  }

  @Test
  public void theSelfTestRunsOnceOnADevice() throws IOException {
    AtomicReference<String> device = new AtomicReference<>("one");
    Inspection inspection = new Inspection(new Failures(RuntimeEnvironment.getApplication()), device::get);
    BundleItem.SelfTest first = inspection.of("a", false, zip).selfTest();
    assertTrue(first.passed());
    List<String> lines = Files.readAllLines(SelfTestRecord.beside(zip), StandardCharsets.UTF_8);
    // A number that no run would give tells that it was read.
    Files.write(SelfTestRecord.beside(zip), List.of(lines.get(0), "999"));
    assertEquals(999, inspection.of("a", false, zip).selfTest().cases());
    device.set("after an update");
    assertEquals(first, inspection.of("a", false, zip).selfTest());
  }

  @Test
  public void oneThatCannotBeWrittenIsLeftOutAndTheTestRunsAgain() throws IOException {
    Path file = SelfTestRecord.beside(zip);
    Files.createDirectories(file.resolve("in the way"));
    assertFalse(new SelfTestRecord(zip, "one").write(RESULT));
    assertNull(new SelfTestRecord(zip, "one").read());
    Inspection inspection = new Inspection(new Failures(RuntimeEnvironment.getApplication()), () -> "one");
    for (int start = 0; start < 2; start++) {
      assertTrue("start " + start, inspection.of("a", false, zip).selfTest().passed());
    }
    try (Stream<Path> left = Files.list(zip.getParent())) {
      assertEquals("nothing half written stays", List.of(zip, file), left.sorted().toList());
    }
    assertTrue("its bundle can be removed", new BundleStore(zip.getParent()).remove("a"));
  }

  @Test
  public void aRecordThatCannotBeReplacedIsStillWhole() throws IOException {
    SelfTestRecord record = new SelfTestRecord(zip, "one");
    assertTrue(record.write(RESULT));
    Path part = Path.of(SelfTestRecord.beside(zip) + ".part");
    Files.createDirectories(part.resolve("in the way"));
    assertFalse(record.write(new BundleItem.SelfTest(3, List.of())));
    assertEquals(2, record.read().problems().size());
  }

  @Test
  public void aRemovedBundleLeavesNoRecord() throws IOException {
    new SelfTestRecord(zip, "one").write(RESULT);
    assertTrue(new BundleStore(zip.getParent()).remove("a"));
    assertFalse(Files.exists(SelfTestRecord.beside(zip)));
  }
}
