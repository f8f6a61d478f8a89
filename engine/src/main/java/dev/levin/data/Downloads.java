package dev.levin.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
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
import java.util.HexFormat;
import java.util.List;

/** Fetches files once: checked by SHA-256, continued where an earlier try broke off, moved into place when whole. */
public final class Downloads {
    private Downloads() {
    }

    /**
     * Makes sure that {@code folder/name} exists and has the given digest.
     *
     * @param mirrors addresses to try in order
     * @return the file
     * @throws IOException telling how to put the file there by hand when no mirror can be reached
     */
    public static Path fetch(Path folder, String name, String sha256, List<URI> mirrors) throws IOException {
        Path file = folder.resolve(name);
        if (Files.exists(file)) {
            check(file, sha256);
            return file;
        }
        Files.createDirectories(folder);
        Path part = folder.resolve(name + ".part");
        IOException last = null;
        for (URI mirror : mirrors) {
            try {
                download(mirror, part);
                check(part, sha256);
                Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
                return file;
            } catch (IOException e) {
                last = e;
            }
        }
        throw new IOException("can't download " + name + " (" + last + "). Without a network, put the file (SHA-256 " + sha256
                + ") into " + folder.toAbsolutePath() + ", or use the drawn digits, which need no download", last);
    }

    private static void check(Path file, String sha256) throws IOException {
        String found = digest(file);
        if (!found.equalsIgnoreCase(sha256)) {
            if (file.toString().endsWith(".part")) {
                Files.deleteIfExists(file);
            }
            throw new IOException(file + " has SHA-256 " + found + ", expected " + sha256 + "; delete it and try again");
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

    private static void download(URI from, Path part) throws IOException {
        long have = Files.exists(part) ? Files.size(part) : 0;
        HttpRequest.Builder request = HttpRequest.newBuilder(from).timeout(Duration.ofSeconds(60));
        if (have > 0) {
            request.header("Range", "bytes=" + have + "-");
        }
        try (HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10))
                .followRedirects(HttpClient.Redirect.NORMAL).build()) {
            HttpResponse<InputStream> response = client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream body = response.body()) {
                int status = response.statusCode();
                if (status != 200 && status != 206) {
                    throw new IOException(from + " answered " + status);
                }
                try (OutputStream out = Files.newOutputStream(part, StandardOpenOption.CREATE,
                        status == 206 ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                    body.transferTo(out);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while downloading " + from, e);
        }
    }
}
