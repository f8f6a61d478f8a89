package dev.levin.trainer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.LoggerFactory;

/**
 * Jobs of the SLURM scheduler: before the time is up it sends SIGUSR1; the run then saves {@code hpc_ckpt_N.ckpt} in the root
 * folder and puts the job back into the queue, and the job that starts next goes on from that file by itself.
 */
final class Slurm {
    static final String SIGNAL = "SIGUSR1";
    private static final Pattern FILE = Pattern.compile("hpc_ckpt_(\\d+)\\.ckpt");

    private final Map<String, String> environment;
    private final Consumer<List<String>> command;

    /** @param command runs a command line */
    Slurm(Map<String, String> environment, Consumer<List<String>> command) {
        this.environment = environment;
        this.command = command;
    }

    static Slurm ofThisProcess() {
        return new Slurm(System.getenv(), Slurm::run);
    }

    private static void run(List<String> line) {
        try {
            Process p = new ProcessBuilder(line).inheritIO().start();
            int code = p.waitFor();
            if (code != 0) {
                LoggerFactory.getLogger(Trainer.class).warn("{} ended with {}; the job is not in the queue again", line, code);
            }
        } catch (IOException e) {
            LoggerFactory.getLogger(Trainer.class).warn("{} can't be run: {}; the job is not in the queue again", line, e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether this process is a batch job, and not an interactive shell in one. */
    boolean isJob() {
        return environment.containsKey("SLURM_NTASKS") && environment.containsKey("SLURM_JOB_ID")
                && !List.of("bash", "interactive").contains(environment.getOrDefault("SLURM_JOB_NAME", ""));
    }

    /** The id under which the job is put back; {@code array_task} in an array. */
    String jobId() {
        String array = environment.get("SLURM_ARRAY_JOB_ID");
        return array == null ? environment.get("SLURM_JOB_ID") : array + "_" + environment.get("SLURM_ARRAY_TASK_ID");
    }

    void requeue() {
        command.accept(List.of("scontrol", "requeue", jobId()));
    }

    /** The file with the highest number. */
    static Optional<Path> newest(Path root) {
        int n = highest(root);
        return n < 0 ? Optional.empty() : Optional.of(root.resolve("hpc_ckpt_" + n + ".ckpt"));
    }

    static Path next(Path root) {
        return root.resolve("hpc_ckpt_" + (Math.max(0, highest(root)) + 1) + ".ckpt");
    }

    private static int highest(Path root) {
        if (!Files.isDirectory(root)) {
            return -1;
        }
        try (var files = Files.list(root)) {
            return files.map(p -> FILE.matcher(p.getFileName().toString())).filter(Matcher::matches).mapToInt(m -> Integer.parseInt(m.group(1))).max().orElse(-1);
        } catch (IOException e) {
            throw new UncheckedIOException("can't look for checkpoints of the scheduler in " + root, e);
        }
    }
}
