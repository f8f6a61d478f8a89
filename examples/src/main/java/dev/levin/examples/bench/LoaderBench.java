package dev.levin.examples.bench;

import dev.levin.data.Batch;
import dev.levin.data.DataLoader;
import dev.levin.data.Dataset;
import dev.levin.data.Draws;
import dev.levin.data.RowDataset;
import dev.levin.data.vision.PixelDataset;
import dev.levin.data.vision.ToTensor;
import dev.levin.examples.bench.measure.Samples;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The loader alone: 60,000 images of unsigned bytes in memory, each normalised when it is fetched, shuffled batches of 256. No
 * model. {@code loader} is the library's data set of images; {@code loader_rows} a data set of one's own that writes samples into
 * their batch; {@code loader_plain} one that makes a tensor of every sample, which are stacked; {@code _w2} has two workers.
 */
final class LoaderBench {
    private static final int IMAGES = 60_000;
    private static final int PIXELS = 784;
    private static final int BATCH = 256;
    private static final int EPOCHS = 3;
    private static final Shape IMAGE = Shape.of(1, 28, 28);

    private LoaderBench() {
    }

    static boolean knows(String workload) {
        return workload.matches("loader(_plain|_rows)?(_w\\d+)?");
    }

    private static byte[] pixels() {
        float[] u = Samples.uniform(6, 1 << 20);
        byte[] some = new byte[u.length];
        for (int i = 0; i < some.length; i++) {
            some[i] = (byte) (int) (u[i] * 256);
        }
        byte[] all = new byte[IMAGES * PIXELS];
        for (int i = 0; i < all.length; i += some.length) {
            System.arraycopy(some, 0, all, i, Math.min(some.length, all.length - i));
        }
        return all;
    }

    private static void normalize(byte[] raw, int from, float[] out, int at) {
        for (int i = 0; i < PIXELS; i++) {
            out[at + i] = ((raw[from + i] & 0xff) / 255f - 0.1307f) / 0.3081f;
        }
    }

    private static Dataset<Batch> data(String workload, byte[] raw) {
        if (workload.contains("plain")) {
            return plain(raw);
        }
        if (workload.contains("rows")) {
            return rows(raw);
        }
        int[] labels = new int[IMAGES];
        Arrays.setAll(labels, i -> i % 10);
        return new PixelDataset(raw, 28, 28, 1, labels).toTensor(ToTensor.normalized(0.1307, 0.3081));
    }

    private static Dataset<Batch> rows(byte[] raw) {
        return new RowDataset(IMAGE) {
            @Override
            public int size() {
                return IMAGES;
            }

            @Override
            protected void read(int index, float[] out, int at, Draws draws, int place) {
                normalize(raw, index * PIXELS, out, at);
            }

            @Override
            protected long label(int index) {
                return index % 10;
            }
        };
    }

    private static Dataset<Batch> plain(byte[] raw) {
        return new Dataset<>() {
            @Override
            public int size() {
                return IMAGES;
            }

            @Override
            public Batch get(int index) {
                float[] x = new float[PIXELS];
                normalize(raw, index * PIXELS, x, 0);
                return new Batch(Tensor.of(HostArray.wrap(DType.F32, x), IMAGE), Tensor.of(HostArray.wrap(DType.I64, new long[] {index % 10}), Shape.scalar()));
            }
        };
    }

    /** @param warmup epochs before the clock starts; the peer has none */
    static Map<String, Object> run(String workload, int epochs, int warmup) {
        byte[] raw = pixels();
        int workers = workload.contains("_w") ? Integer.parseInt(workload.replaceFirst(".*_w", "")) : 0;
        DataLoader<Batch> loader = new DataLoader<>(data(workload, raw), BATCH).shuffle(0).workers(workers);
        double[] rates = new double[epochs];
        double[] firsts = new double[epochs];
        double total = 0;
        for (int e = -warmup; e < epochs; e++) {
            long begin = System.nanoTime();
            long first = 0;
            int n = 0;
            Batch last = null;
            for (Batch b : loader) {
                first = first == 0 ? System.nanoTime() - begin : first;
                n += b.input().size(0);
                last = b;
            }
            long end = System.nanoTime();
            if (e >= 0) {
                rates[e] = n * 1e9 / (end - begin);
                firsts[e] = first * 1e-9;
                for (float f : last.input().toFloats()) {
                    total += f / (double) last.input().numel();
                }
            }
        }
        Arrays.sort(rates);
        Arrays.sort(firsts);
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("samples_per_s", rates[epochs / 2]);
        m.put("samples_per_s_min", rates[0]);
        m.put("samples_per_s_max", rates[epochs - 1]);
        m.put("first_batch_s", firsts[epochs / 2]);
        m.put("steps_per_s", rates[epochs / 2] / BATCH);
        m.put("windows", epochs);
        m.put("loss_last", total / epochs);
        return m;
    }

    static Map<String, Object> run(String workload, String[] args) {
        return run(workload, args.length > 2 ? Integer.parseInt(args[2]) : EPOCHS, args.length > 3 ? Integer.parseInt(args[3]) : 0);
    }
}
