package dev.levin.data.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.levin.io.AtomicFile;
import dev.levin.io.FormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Tokens and their numbers, 0 to size - 1. Immutable.
 *
 * <p>Saved as a JSON object {@code {"tokens": [...], "unknown": "<unk>"}}; {@code unknown} is null where every token must be
 * known.
 */
public final class Vocabulary {
    /** Fills up shorter sequences. */
    public static final String PAD = "<pad>";
    /** Stands for tokens that are not in the vocabulary. */
    public static final String UNKNOWN = "<unk>";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<String> tokens;
    private final Map<String, Integer> numbers = new HashMap<>();
    private final String unknown;

    /**
     * @param tokens in the order of their numbers
     * @param unknown the token that stands for all others; null if there is none
     */
    public Vocabulary(List<String> tokens, String unknown) {
        this.tokens = List.copyOf(tokens);
        this.unknown = unknown;
        for (int i = 0; i < this.tokens.size(); i++) {
            if (numbers.put(this.tokens.get(i), i) != null) {
                throw new IllegalArgumentException("the token '" + this.tokens.get(i) + "' is twice in the vocabulary");
            }
        }
        if (unknown != null && !numbers.containsKey(unknown)) {
            throw new IllegalArgumentException("the unknown token '" + unknown + "' is not in the vocabulary");
        }
    }

    /**
     * The tokens that occur most often, after the special ones; equally frequent ones in their own order.
     *
     * @param minCount rarer tokens are left out
     * @param maxSize largest size, special tokens included
     * @param special {@link #UNKNOWN} among them stands for what is left out
     */
    public static Vocabulary of(Iterable<String> text, int minCount, int maxSize, List<String> special) {
        Map<String, Long> counts = new HashMap<>();
        for (String token : text) {
            counts.merge(token, 1L, Long::sum);
        }
        special.forEach(counts::remove);
        List<String> all = new ArrayList<>(special);
        counts.entrySet().stream().filter(e -> e.getValue() >= minCount)
                .sorted(Comparator.comparing((Map.Entry<String, Long> e) -> -e.getValue()).thenComparing(Map.Entry::getKey))
                .limit(Math.max(0, maxSize - special.size())).forEach(e -> all.add(e.getKey()));
        return new Vocabulary(all, special.contains(UNKNOWN) ? UNKNOWN : null);
    }

    public int size() {
        return tokens.size();
    }

    public boolean contains(String token) {
        return numbers.containsKey(token);
    }

    /**
     * The number of a token, or of the unknown one.
     *
     * @throws IllegalArgumentException if it is not there and there is no unknown token
     */
    public int number(String token) {
        Integer n = numbers.get(token);
        if (n != null) {
            return n;
        }
        if (unknown == null) {
            throw new IllegalArgumentException("the token '" + token + "' is not in the vocabulary of " + size()
                    + ", which has no unknown token; build it with the special token " + UNKNOWN + ", or from a text that has this one");
        }
        return numbers.get(unknown);
    }

    /** The token of a number. */
    public String token(int number) {
        if (number < 0 || number >= tokens.size()) {
            throw new IndexOutOfBoundsException("token " + number + " does not exist: the vocabulary has " + tokens.size());
        }
        return tokens.get(number);
    }

    /** All tokens, by number. */
    public List<String> tokens() {
        return tokens;
    }

    /** The token that stands for others; null if there is none. */
    public String unknown() {
        return unknown;
    }

    /** Writes it, atomically. */
    public void save(Path file) throws IOException {
        Map<String, Object> m = new HashMap<>();
        m.put("tokens", tokens);
        m.put("unknown", unknown);
        byte[] bytes = JSON.writeValueAsBytes(m);
        AtomicFile.write(file, channel -> {
            for (ByteBuffer b = ByteBuffer.wrap(bytes); b.hasRemaining();) {
                channel.write(b);
            }
        });
    }

    /** @throws FormatException if the file is not a saved vocabulary */
    public static Vocabulary load(Path file) throws IOException {
        try {
            JsonNode root = JSON.readTree(Files.readAllBytes(file));
            if (!root.path("tokens").isArray()) {
                throw new FormatException(file, "is not a saved vocabulary: it has no list 'tokens'");
            }
            List<String> tokens = new ArrayList<>();
            root.get("tokens").forEach(t -> tokens.add(t.asText()));
            return new Vocabulary(tokens, root.path("unknown").isTextual() ? root.get("unknown").asText() : null);
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw new FormatException(file, "is not a saved vocabulary: " + e.getMessage(), e);
        }
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Vocabulary v && tokens.equals(v.tokens) && java.util.Objects.equals(unknown, v.unknown);
    }

    @Override
    public int hashCode() {
        return tokens.hashCode();
    }
}
