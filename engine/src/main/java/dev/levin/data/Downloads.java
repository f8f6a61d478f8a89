package dev.levin.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPInputStream;

/** Fetches files once: checked by SHA-256, continued where an earlier try broke off, moved into place when whole. */
public final class Downloads {
    private static final int TRIES = 3;
    private static final int BLOCK = 512;

    private Downloads() {
    }

    /**
     * Makes sure that {@code folder/name} exists and has the given digest. A connection that breaks off is taken up again a few
     * times; what has arrived stays in {@code name.part} for the next call.
     *
     * @param mirrors addresses to try in order
     * @return the file
     * @throws IOException telling how to put the file there by hand when no mirror can be reached
     */
    public static Path fetch(Path folder, String name, String sha256, List<URI> mirrors) throws IOException {
        Path file = folder.resolve(name);
        if (Files.exists(file)) {
            check(file, sha256, "delete it, so that it is downloaded again");
            return file;
        }
        Files.createDirectories(folder);
        Path part = folder.resolve(name + ".part");
        List<String> failures = new ArrayList<>();
        IOException last = null;
        for (URI mirror : mirrors) {
            try {
                download(mirror, part);
                try {
                    check(part, sha256, "it is deleted");
                } catch (IOException e) {
                    Files.deleteIfExists(part);
                    throw e;
                }
                Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
                return file;
            } catch (IOException e) {
                failures.add(mirror + ": " + e.getMessage());
                last = e;
            }
        }
        throw new IOException("can't download " + name + " (" + String.join("; ", failures) + "). Without a network, put the file (SHA-256 " + sha256
                + ") into " + folder.toAbsolutePath() + ", or use the drawn digits (DrawnDigits), which need no download", last);
    }

    private static void check(Path file, String sha256, String advice) throws IOException {
        String found = digest(file);
        if (!found.equalsIgnoreCase(sha256)) {
            throw new IOException(file + " has SHA-256 " + found + ", expected " + sha256 + "; " + advice);
        }
    }

    /** SHA-256 of a file, in hex. */
    public static String digest(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest d = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[1 << 16];
            int n;
            while ((n = in.read(buffer)) > 0) {
                d.update(buffer, 0, n);
            }
            return HexFormat.of().formatHex(d.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** Tries again as long as something more arrives each time. */
    private static void download(URI from, Path part) throws IOException {
        for (int attempt = 1;; attempt++) {
            long before = Files.exists(part) ? Files.size(part) : 0;
            try {
                attempt(from, part, before);
                return;
            } catch (IOException e) {
                long now = Files.exists(part) ? Files.size(part) : 0;
                if (attempt == TRIES || now <= before) {
                    throw e;
                }
            }
        }
    }

    private static void attempt(URI from, Path part, long have) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(from).timeout(Duration.ofSeconds(60));
        if (have > 0) {
            request.header("Range", "bytes=" + have + "-");
        }
        HttpClient.Builder builder = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).followRedirects(HttpClient.Redirect.NORMAL);
        ProxySelector proxy = ProxySelector.getDefault();
        try (HttpClient client = (proxy == null ? builder : builder.proxy(proxy)).build()) {
            HttpResponse<InputStream> response = client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream body = response.body()) {
                int status = response.statusCode();
                boolean goesOn = status == 206 && response.headers().firstValue("Content-Range").orElse("").startsWith("bytes " + have + "-");
                if (status == 416 && have > 0) {
                    return; // Everything has arrived before, or more than there is: the digest tells.
                }
                if (status != 200 && !goesOn) {
                    throw new IOException("the server answered " + status);
                }
                try (OutputStream out = Files.newOutputStream(part, StandardOpenOption.CREATE,
                        goesOn ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                    body.transferTo(out);
                }
                long expected = response.headers().firstValueAsLong("Content-Length").orElse(-1);
                long arrived = Files.size(part) - (goesOn ? have : 0);
                if (expected >= 0 && arrived < expected) {
                    throw new IOException("the connection broke off after " + arrived + " of " + expected + " bytes");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while downloading " + from, e);
        }
    }

    /**
     * Unpacks the files of a .tar.gz archive into a folder; links and special files are left out.
     *
     * @throws IOException for names that would lead out of the folder, and for archives that end early
     */
    public static void unpack(Path tarGz, Path folder) throws IOException {
        Path root = folder.toAbsolutePath().normalize();
        try (InputStream in = new GZIPInputStream(Files.newInputStream(tarGz), 1 << 16)) {
            byte[] header = new byte[BLOCK];
            while (in.readNBytes(header, 0, BLOCK) == BLOCK && header[0] != 0) {
                String prefix = text(header, 345, 155);
                String name = (prefix.isEmpty() ? "" : prefix + "/") + text(header, 0, 100);
                long size = octal(tarGz, header, 124, 12);
                Path target = root.resolve(name).normalize();
                if (!target.startsWith(root)) {
                    throw new IOException(tarGz + " holds '" + name + "', which leads out of " + root);
                }
                if (header[156] == '0' || header[156] == 0) {
                    Files.createDirectories(target.getParent());
                    try (OutputStream out = Files.newOutputStream(target)) {
                        copy(tarGz, name, in, out, size);
                    }
                    in.skipNBytes((BLOCK - size % BLOCK) % BLOCK);
                } else {
                    in.skipNBytes(Math.ceilDiv(size, BLOCK) * BLOCK);
                }
            }
        } catch (java.io.EOFException e) {
            throw new IOException(tarGz + " is truncated; delete it, so that it is downloaded again", e);
        }
    }

    private static void copy(Path archive, String name, InputStream in, OutputStream out, long size) throws IOException {
        byte[] buffer = new byte[1 << 16];
        long left = size;
        while (left > 0) {
            int n = in.read(buffer, 0, (int) Math.min(buffer.length, left));
            if (n < 0) {
                throw new IOException(archive + " is truncated inside '" + name + "'; delete it, so that it is downloaded again");
            }
            out.write(buffer, 0, n);
            left -= n;
        }
    }

    private static String text(byte[] header, int at, int length) {
        int end = at;
        while (end < at + length && header[end] != 0) {
            end++;
        }
        return new String(header, at, end - at, java.nio.charset.StandardCharsets.UTF_8);
    }

    private static long octal(Path archive, byte[] header, int at, int length) throws IOException {
        String digits = text(header, at, length).strip();
        try {
            return digits.isEmpty() ? 0 : Long.parseLong(digits, 8);
        } catch (NumberFormatException e) {
            throw new IOException(archive + " is not a tar archive: '" + digits + "' is not a size", e);
        }
    }
}
