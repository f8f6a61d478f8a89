package dev.levin.device.cpu.gemm;

import dev.levin.device.cpu.dnnl.ConvSpec;
import dev.levin.type.DType;
import java.util.List;

/**
 * A convolution over one or two axes, in 32 bits: source [n, h, w, c], weights [o, c, kh, kw], destination [n, oh, ow, o].
 */
record ConvShape(int n, int c, int o, int h, int w, int kh, int kw, int oh, int ow, int sh, int sw, int ph, int pw, int dh, int dw) {
    /** What offsets of 32 bits and displacements reach with room to spare. */
    private static final long MOST = 1 << 30;
    /** Pixels of a row: what is summed is listed for each of them. */
    private static final long WIDEST = 1 << 13;

    /** Whether machine code is there for it: F32, one group, whole vectors of channels on both sides. */
    static boolean supports(ConvSpec s) {
        int d = s.size().size();
        if (s.input() != DType.F32 || s.output() != DType.F32 || s.groups() != 1 || d > 2 || s.batch() < 1) {
            return false;
        }
        if (Math.max(s.size().getLast(), s.outputSize().getLast()) > WIDEST) {
            return false;
        }
        long lanes = TileCode.LANE;
        long source = 4 * s.channels() * product(s.size());
        long destination = 4 * s.filters() * product(s.outputSize());
        long weights = 4 * s.channels() * s.filters() * product(s.kernel());
        return s.channels() > 0 && s.filters() > 0 && s.channels() % lanes == 0 && s.filters() % lanes == 0 && source > 0 && destination > 0
                && weights > 0 && weights < MOST && TileCode.ROWS * Math.max(source, destination) < MOST && s.batch() * product(s.outputSize()) < MOST
                && s.batch() * product(s.size()) < MOST;
    }

    private static long product(List<Long> x) {
        return x.stream().reduce(1L, Math::multiplyExact);
    }

    static ConvShape of(ConvSpec s) {
        List<Long> out = s.outputSize();
        return new ConvShape(Math.toIntExact(s.batch()), Math.toIntExact(s.channels()), Math.toIntExact(s.filters()), high(s.size(), 1),
                wide(s.size()), high(s.kernel(), 1), wide(s.kernel()), high(out, 1), wide(out), high(s.stride(), 1), wide(s.stride()),
                high(s.before(), 0), wide(s.before()), high(s.dilation(), 1), wide(s.dilation()));
    }

    private static int high(List<Long> x, int missing) {
        return x.size() == 1 ? missing : Math.toIntExact(x.getFirst());
    }

    private static int wide(List<Long> x) {
        return Math.toIntExact(x.getLast());
    }

    int taps() {
        return kh * kw;
    }

    /** Elements of one image of the source. */
    int sourceImage() {
        return h * w * c;
    }

    int destinationImage() {
        return oh * ow * o;
    }

    /** Multiplications and additions, with those on padding. */
    double flops() {
        return 2.0 * n * oh * ow * o * c * taps();
    }

    /** Source row that destination row {@code y} reads with kernel row {@code k}; -1 for padding. */
    int sourceRow(int y, int k) {
        int i = y * sh - ph + k * dh;
        return i < h ? Math.max(i, -1) : -1;
    }

    int sourceColumn(int x, int k) {
        int i = x * sw - pw + k * dw;
        return i < w ? Math.max(i, -1) : -1;
    }

    /** Destination row that reads source row {@code i} with kernel row {@code k}; -1 for none. */
    int destinationRow(int i, int k) {
        return destination(i + ph - k * dh, sh, oh);
    }

    int destinationColumn(int i, int k) {
        return destination(i + pw - k * dw, sw, ow);
    }

    private static int destination(int at, int stride, int size) {
        return at < 0 || at % stride != 0 || at / stride >= size ? -1 : at / stride;
    }
}
