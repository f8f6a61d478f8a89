package dev.levin.examples.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

class InteropConformanceTest {
    private static final Path GIVEN = Path.of("../engine/src/test/resources/interop");

    @TempDir
    Path dir;

    @Test
    void everyGivenFilePasses() throws IOException {
        var report = InteropConformance.run(GIVEN);
        assertEquals(List.of(), report.lines().stream().filter(l -> !l.passed()).toList());
        assertTrue(report.passed() > 100, () -> report.passed() + " checks");
    }

    private void copy(String... names) throws IOException {
        for (String name : names) {
            Path target = dir.resolve(name);
            Files.createDirectories(target.getParent());
            Files.copy(GIVEN.resolve(name), target, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private List<String> failures() throws IOException {
        return InteropConformance.run(dir).lines().stream().filter(l -> !l.passed()).map(InteropConformance.Line::toString)
                .toList();
    }

    @Test
    void aDifferenceIsReported() throws IOException {
        copy("lightning_like.ckpt", "lightning_like.json", "mlp.pt", "mlp.json", "alldtypes.safetensors", "alldtypes.json",
                "fortran.npy", "npy.json", "plain.npz");
        assertEquals(List.of(), failures());
        replace("lightning_like.json", "\"neg\":-7", "\"neg\":-8");
        replace("mlp.json", "0.020976662635803223", "0.020976662635803213");
        replace("alldtypes.json", "[-752,804,91]", "[-752,804,90]");
        replace("npy.json", "0.98302656", "0.98302666");
        List<String> failures = failures();
        assertEquals(5, failures.size(), failures.toString());
        assertTrue(failures.toString().contains("'hyper_parameters.neg' should be -8, is -7"), failures.toString());
        assertTrue(failures.toString().contains("'i16[2]' should be 90, is 91"), failures.toString());
    }

    @Test
    void modelsRunWithTheirWeights() throws IOException {
        for (String model : List.of("mlp", "cnn", "lstm")) {
            copy(model + ".pt", model + ".json");
        }
        var runs = InteropConformance.run(dir).lines().stream().filter(l -> l.name().startsWith("run ")).toList();
        assertEquals(3, runs.size());
        assertTrue(runs.stream().allMatch(InteropConformance.Line::passed), runs.toString());
        replace("mlp.json", "[-0.0318367,", "[-0.0318667,");
        assertEquals(1, failures().size());
        assertTrue(failures().getFirst().contains("output element 0 should be -0.03186"), failures().toString());
    }

    private void replace(String name, String from, String to) throws IOException {
        String text = Files.readString(dir.resolve(name));
        assertTrue(text.contains(from), name);
        Files.writeString(dir.resolve(name), text.replace(from, to));
    }

    @Test
    void aGoodFileAmongTheBadFails() throws IOException {
        copy("mlp.pt");
        Files.createDirectory(dir.resolve("must_fail"));
        Files.move(dir.resolve("mlp.pt"), dir.resolve("must_fail/mlp.pt"));
        assertTrue(failures().getFirst().contains("it was read"));
    }

    @Test
    void anUnreadableFileFails() throws IOException {
        copy("must_fail/truncated.pt");
        Files.move(dir.resolve("must_fail/truncated.pt"), dir.resolve("truncated.pt"));
        assertTrue(failures().getFirst().startsWith("FAILED  read truncated.pt"));
    }

    @Test
    void aMissingFolderIsNamed() {
        assertThrows(NotDirectoryException.class, () -> InteropConformance.run(dir.resolve("none")));
    }
}
