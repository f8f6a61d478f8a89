package dev.levin.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Fetches the samples of a batch and joins them: in one go if the data set can, else one by one.
 *
 * @param fused asks {@link Dataset#batch} first; only where samples and batches have one type and no collate function was given
 */
record BatchMaker<S, B>(Dataset<S> dataset, Collate<S, B> collate, boolean fused) {
    private static final int NAMED = 8;

    /**
     * @param number of the batch, for messages
     * @throws SampleException naming the sample that could not be fetched
     * @throws LoaderException naming the batch that could not be made of its samples
     */
    B make(int number, int[] indices, Draws draws, Activity activity) {
        if (fused) {
            B whole = whole(number, indices, draws);
            if (whole != null) {
                return whole;
            }
        }
        List<S> samples = new ArrayList<>(indices.length);
        for (int i = 0; i < indices.length; i++) {
            activity.sample(indices[i]);
            samples.add(sample(indices[i], draws, i));
        }
        activity.sample(-1);
        try {
            return collate.collate(samples);
        } catch (Exception e) {
            throw failed(number, indices, e);
        }
    }

    private S sample(int index, Draws draws, int place) {
        try {
            return dataset.get(index, draws.at(place));
        } catch (SampleException e) {
            throw e;
        } catch (Exception e) {
            throw new SampleException(index, dataset.describe(index), e);
        }
    }

    @SuppressWarnings("unchecked")
    private B whole(int number, int[] indices, Draws draws) {
        try {
            return (B) dataset.batch(indices, draws);
        } catch (SampleException e) {
            throw e;
        } catch (Exception e) {
            // Which sample was it? The one that also fails alone.
            for (int i = 0; i < indices.length; i++) {
                sample(indices[i], draws, i);
            }
            throw failed(number, indices, e);
        }
    }

    private LoaderException failed(int number, int[] indices, Exception e) {
        return new LoaderException("batch " + number + " of " + dataset.name() + " (" + list(indices) + ") could not be made: "
                + (e instanceof IllegalArgumentException ? e.getMessage() : e.toString()), e);
    }

    static String list(int[] indices) {
        String some = Arrays.toString(Arrays.copyOf(indices, Math.min(indices.length, NAMED)));
        return "samples " + (indices.length <= NAMED ? some : some.substring(0, some.length() - 1) + ", ... " + indices.length + " in all]");
    }
}
