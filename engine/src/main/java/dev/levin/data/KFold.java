package dev.levin.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Splits samples into folds: each is the validation part once. */
public final class KFold {
    /** Sample numbers of one fold, both ascending. */
    public record Fold(int number, int[] train, int[] validation) {
    }

    private KFold() {
    }

    /** Contiguous folds, or random ones when shuffled; sizes differ by at most one. */
    public static List<Fold> of(int samples, int folds, boolean shuffle, long seed) {
        check(samples, folds);
        int[] order = shuffle ? Samplers.permutation(samples, Samplers.random(seed, 0)) : Samplers.identity(samples);
        int[] fold = new int[samples];
        int at = 0;
        for (int f = 0; f < folds; f++) {
            int size = samples / folds + (f < samples % folds ? 1 : 0);
            for (int i = 0; i < size; i++) {
                fold[order[at++]] = f;
            }
        }
        return folds(fold, folds);
    }

    /** Every fold has about the same share of each label. */
    public static List<Fold> stratified(int[] labels, int folds, long seed) {
        check(labels.length, folds);
        Map<Integer, List<Integer>> byLabel = new TreeMap<>();
        for (int i : Samplers.permutation(labels.length, Samplers.random(seed, 0))) {
            byLabel.computeIfAbsent(labels[i], l -> new ArrayList<>()).add(i);
        }
        byLabel.forEach((label, list) -> {
            if (list.size() < folds) {
                throw new IllegalArgumentException("label " + label + " has only " + list.size() + " samples, too few for " + folds
                        + " stratified folds");
            }
        });
        int[] fold = new int[labels.length];
        int next = 0;
        for (List<Integer> members : byLabel.values()) {
            for (int i : members) {
                fold[i] = next++ % folds;
            }
        }
        return folds(fold, folds);
    }

    /** Samples of one group never stand on both sides; larger groups are dealt first. */
    public static List<Fold> grouped(int[] groups, int folds, long seed) {
        Map<Integer, Integer> sizes = new LinkedHashMap<>();
        for (int i : Samplers.permutation(groups.length, Samplers.random(seed, 0))) {
            sizes.merge(groups[i], 1, Integer::sum);
        }
        check(sizes.size(), folds);
        long[] load = new long[folds];
        Map<Integer, Integer> foldOf = new LinkedHashMap<>();
        sizes.entrySet().stream().sorted((a, b) -> b.getValue() - a.getValue()).forEach(e -> {
            int lightest = 0;
            for (int f = 1; f < folds; f++) {
                lightest = load[f] < load[lightest] ? f : lightest;
            }
            foldOf.put(e.getKey(), lightest);
            load[lightest] += e.getValue();
        });
        return folds(Arrays.stream(groups).map(foldOf::get).toArray(), folds);
    }

    private static void check(int samples, int folds) {
        if (folds < 2 || folds > samples) {
            throw new IllegalArgumentException("the number of folds must be between 2 and " + samples + ", not " + folds);
        }
    }

    private static List<Fold> folds(int[] fold, int count) {
        List<Fold> result = new ArrayList<>();
        for (int f = 0; f < count; f++) {
            int number = f;
            int[] all = Samplers.identity(fold.length);
            result.add(new Fold(f, Arrays.stream(all).filter(i -> fold[i] != number).toArray(),
                    Arrays.stream(all).filter(i -> fold[i] == number).toArray()));
        }
        return result;
    }
}
