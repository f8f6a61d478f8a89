package dev.levin.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against a small HTTP server of its own, which can break off, ignore ranges or lie. */
@Timeout(60)
class DownloadsTest {
    @TempDir
    Path folder;

    private final byte[] data = new byte[200_000];
    private final List<String> ranges = new CopyOnWriteArrayList<>();
    private ServerSocket server;
    private volatile int sendAtMost = Integer.MAX_VALUE;
    private volatile boolean knowsRanges = true;
    private volatile int status = 200;

    @BeforeEach
    void serve() throws IOException {
        new SplittableRandom(1).nextBytes(data);
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().start(() -> {
            while (!server.isClosed()) {
                try (Socket s = server.accept()) {
                    answer(s);
                } catch (IOException e) {
                    // The client went away, or the test is over.
                }
            }
        });
    }

    @AfterEach
    void close() throws IOException {
        server.close();
    }

    private void answer(Socket s) throws IOException {
        InputStream in = s.getInputStream();
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
            int c = in.read();
            if (c < 0) {
                return;
            }
            head.write(c);
        }
        String range = head.toString(StandardCharsets.US_ASCII).lines().filter(l -> l.toLowerCase(java.util.Locale.ROOT).startsWith("range:"))
                .findFirst().map(l -> l.substring(6).strip()).orElse("");
        ranges.add(range);
        int from = knowsRanges && !range.isEmpty() ? Integer.parseInt(range.replaceAll("\\D", "")) : 0;
        OutputStream out = s.getOutputStream();
        if (from >= data.length) {
            out.write("HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            return;
        }
        out.write(("HTTP/1.1 " + (from > 0 ? 206 : status) + " X\r\nContent-Length: " + (data.length - from) + "\r\n"
                + (from > 0 ? "Content-Range: bytes " + from + "-" + (data.length - 1) + "/" + data.length + "\r\n" : "")
                + "Connection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        out.write(data, from, Math.min(sendAtMost, data.length - from));
        out.flush();
    }

    private List<URI> address() {
        return List.of(URI.create("http://127.0.0.1:" + server.getLocalPort() + "/a.bin"));
    }

    private String sha256() throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(data));
    }

    @Test
    void aFileIsFetchedOnce() throws Exception {
        Path file = Downloads.fetch(folder, "a.bin", sha256(), address());
        assertArrayEquals(data, Files.readAllBytes(file));
        Downloads.fetch(folder, "a.bin", sha256(), address());
        assertEquals(List.of(""), ranges);
        assertFalse(Files.exists(folder.resolve("a.bin.part")));
    }

    @Test
    void whatArrivedBeforeIsNotFetchedAgain() throws Exception {
        Files.write(folder.resolve("a.bin.part"), Arrays.copyOf(data, 120_000));
        assertArrayEquals(data, Files.readAllBytes(Downloads.fetch(folder, "a.bin", sha256(), address())));
        assertEquals(List.of("bytes=120000-"), ranges);
    }

    @Test
    void aConnectionThatBreaksOffIsTakenUpAgain() throws Exception {
        sendAtMost = 90_000;
        assertArrayEquals(data, Files.readAllBytes(Downloads.fetch(folder, "a.bin", sha256(), address())));
        assertEquals(3, ranges.size());
        assertEquals("", ranges.getFirst());
    }

    @Test
    void whatArrivedIsKeptWhenTheServerKeepsBreakingOff() throws Exception {
        sendAtMost = 10_000;
        String message = assertThrows(IOException.class, () -> Downloads.fetch(folder, "a.bin", sha256(), address())).getMessage();
        assertTrue(message.contains("put the file (SHA-256 " + sha256()) && message.contains(folder.toString()), message);
        long kept = Files.size(folder.resolve("a.bin.part"));
        assertTrue(kept > 0 && kept < data.length, kept + " bytes");
        sendAtMost = Integer.MAX_VALUE;
        assertArrayEquals(data, Files.readAllBytes(Downloads.fetch(folder, "a.bin", sha256(), address())));
        assertEquals("bytes=" + kept + "-", ranges.getLast());
    }

    @Test
    void aServerThatIgnoresRangesIsUnderstood() throws Exception {
        knowsRanges = false;
        Files.write(folder.resolve("a.bin.part"), new byte[500]);
        assertArrayEquals(data, Files.readAllBytes(Downloads.fetch(folder, "a.bin", sha256(), address())));
    }

    @Test
    void aWrongChecksumIsSaidAndLeavesNothing() throws Exception {
        String wrong = "0".repeat(64);
        String message = assertThrows(IOException.class, () -> Downloads.fetch(folder, "a.bin", wrong, address())).getMessage();
        assertTrue(message.contains(sha256()) && message.contains(wrong), message);
        assertFalse(Files.exists(folder.resolve("a.bin")) || Files.exists(folder.resolve("a.bin.part")));
    }

    @Test
    void aPartThatIsWholeOrTooLongEndsWell() throws Exception {
        Files.write(folder.resolve("a.bin.part"), data);
        assertArrayEquals(data, Files.readAllBytes(Downloads.fetch(folder, "a.bin", sha256(), address())));
        Files.delete(folder.resolve("a.bin"));
        Files.write(folder.resolve("a.bin.part"), new byte[data.length + 5]);
        assertThrows(IOException.class, () -> Downloads.fetch(folder, "a.bin", sha256(), address()));
        assertArrayEquals(data, Files.readAllBytes(Downloads.fetch(folder, "a.bin", sha256(), address())));
    }

    @Test
    void aDamagedFileIsNotUsed() throws Exception {
        Files.write(folder.resolve("a.bin"), new byte[3]);
        String message = assertThrows(IOException.class, () -> Downloads.fetch(folder, "a.bin", sha256(), address())).getMessage();
        assertTrue(message.contains("a.bin") && message.contains("delete it"), message);
        assertTrue(ranges.isEmpty());
    }

    @Test
    void otherMirrorsAreTriedAndAllFailuresTold() throws Exception {
        URI dead = URI.create("http://127.0.0.1:1/a.bin");
        assertArrayEquals(data, Files.readAllBytes(Downloads.fetch(folder, "a.bin", sha256(), List.of(dead, address().getFirst()))));
        Files.delete(folder.resolve("a.bin"));
        status = 404;
        String message = assertThrows(IOException.class, () -> Downloads.fetch(folder, "a.bin", sha256(), List.of(dead, address().getFirst()))).getMessage();
        assertTrue(message.contains("127.0.0.1:1/") && message.contains("answered 404"), message);
    }
}
