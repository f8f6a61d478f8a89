package dev.levin.examples.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs one process that prints one line of JSON. */
final class Measurement {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** What Linux counts processor time in. */
    private static final double TICKS_PER_SECOND = 100;

    private Measurement() {
    }

    /**
     * What the process printed, with {@code wall_s} and {@code other_cores}, how many processors all other processes kept busy
     * meanwhile; or {@code error}.
     */
    static ObjectNode run(Peer peer, Cell cell, int limitSeconds) throws IOException, InterruptedException {
        long begin = System.nanoTime();
        double busy = machineBusy();
        double own = ownBusy();
        ProcessBuilder builder = new ProcessBuilder(peer.command().apply(cell));
        for (Map.Entry<String, String> e : peer.environment().entrySet()) {
            builder.environment().put(e.getKey(), e.getValue());
        }
        Process p = builder.redirectErrorStream(true).start();
        CompletableFuture<ObjectNode> printed = CompletableFuture.supplyAsync(() -> last(p));
        if (!p.waitFor(limitSeconds, TimeUnit.SECONDS)) {
            p.descendants().forEach(ProcessHandle::destroyForcibly);
            p.destroyForcibly().waitFor();
            printed.join();
            return JSON.createObjectNode().put("error", "not ready after " + limitSeconds + " s");
        }
        ObjectNode node = printed.join();
        double wall = (System.nanoTime() - begin) * 1e-9;
        node.put("wall_s", wall);
        double others = machineBusy() - busy - (ownBusy() - own);
        if (others >= 0) {
            node.put("other_cores", others / wall);
        }
        return node;
    }

    private static ObjectNode last(Process p) {
        String said = "";
        ObjectNode result = null;
        try (BufferedReader in = p.inputReader(StandardCharsets.UTF_8)) {
            String line;
            while ((line = in.readLine()) != null) {
                int brace = line.indexOf('{');
                if (brace >= 0 && line.contains("steps_per_s")) {
                    result = (ObjectNode) JSON.readTree(line.substring(brace));
                } else if (!line.isBlank() && !line.startsWith("WARNING") && !line.startsWith("\tat ") && !said.contains("Exception")) {
                    said = line.strip();
                }
            }
        } catch (JsonProcessingException e) {
            said = e.getOriginalMessage();
        } catch (IOException e) {
            said = e.toString();
        }
        return result != null ? result : JSON.createObjectNode().put("error", said.isEmpty() ? "printed nothing" : said);
    }

    /** Seconds of processor time that anything on this machine has used, stolen time included; NaN where the system does not say. */
    private static double machineBusy() throws IOException {
        return Files.exists(Path.of("/proc/stat")) ? sum(Files.readAllLines(Path.of("/proc/stat")).getFirst().split("\\s+"), 1, 2, 3, 6, 7, 8) : Double.NaN;
    }

    /** Seconds of processor time of this process and of those it has waited for. */
    private static double ownBusy() throws IOException {
        Path stat = Path.of("/proc/self/stat");
        if (!Files.exists(stat)) {
            return Double.NaN;
        }
        String text = Files.readString(stat);
        return sum(text.substring(text.lastIndexOf(')') + 2).split(" "), 11, 12, 13, 14);
    }

    private static double sum(String[] fields, int... which) {
        double ticks = 0;
        for (int i : which) {
            ticks += Double.parseDouble(fields[i]);
        }
        return ticks / TICKS_PER_SECOND;
    }
}
