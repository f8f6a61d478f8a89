package dev.levin.device.cuda.execution;

import dev.levin.device.cuda.kernels.Routines;
import dev.levin.device.cuda.libraries.LibraryCall;
import dev.levin.device.cuda.libraries.MatmulSpec;
import dev.levin.graph.Program;
import dev.levin.plan.Call;
import dev.levin.plan.MatrixView;
import dev.levin.type.DType;
import java.util.List;

/** Matrix products: the library's, or Levin's own kernel for types and layouts it has none for. */
final class MatmulRoutine implements Routine {
    /** Library calls that a product with several batch axes may take. */
    private static final int MAX_CALLS = 256;

    private final LibraryCall library;
    private final BatchAxes axes;
    private final TextLaunch own;
    private final TextLaunch epilogue;
    private final MatrixView a;
    private final MatrixView b;
    private final Call call;
    private final long batches;
    private final long m;
    private final long n;
    private final long k;
    private final int bytes;

    private MatmulRoutine(CudaRuntime runtime, Program program, Call call) {
        Program.Instr main = program.instr(call.main());
        DType t = main.dtype();
        this.call = call;
        a = MatrixView.of(program, main.inputs()[0]);
        b = MatrixView.of(program, main.inputs()[1]);
        batches = main.shape().dim(0);
        m = main.shape().dim(1);
        n = main.shape().dim(2);
        k = program.instr(main.inputs()[0]).shape().dim(2);
        bytes = t.bytes();
        axes = k == 0 ? null : BatchAxes.of(a, b);
        library = library(runtime, t);
        own = library != null || k == 0 ? null : new TextLaunch(Routines.matmul(t), words());
        boolean bias = call.bias() >= 0 && library == null;
        epilogue = bias || call.addend() >= 0 || call.activation() == Call.Activation.RELU
                ? new TextLaunch(Routines.epilogue(t), 0, 0, 0, batches * m * n, n, 1, call.activation() == Call.Activation.RELU ? 1 : 0) : null;
    }

    static Routine of(CudaRuntime runtime, Program program, Call call) {
        return new MatmulRoutine(runtime, program, call);
    }

    private LibraryCall library(CudaRuntime runtime, DType t) {
        if (axes == null || !t.isFloat()) {
            return null;
        }
        int last = axes.extents().size() - 1;
        long calls = 1;
        for (int i = 0; i < last; i++) {
            calls *= axes.extents().get(i);
        }
        if (calls > MAX_CALLS) {
            return null;
        }
        long[] sa = a.strides();
        long[] sb = b.strides();
        return runtime.libraries().matmul(new MatmulSpec(t, last < 0 ? 1 : axes.extents().get(last), m, n, k, sa[sa.length - 2], sa[sa.length - 1],
                last < 0 ? 0 : axes.a().get(last), sb[sb.length - 2], sb[sb.length - 1], last < 0 ? 0 : axes.b().get(last),
                alignment(a.offset(), axes.a()), alignment(b.offset(), axes.b()), call.bias() >= 0,
                runtime.options().tf32()));
    }

    /** What the addresses of all matrices of an operand are a multiple of, from memory aligned to 64 bytes. */
    private int alignment(long offset, List<Long> steps) {
        long all = 64 | offset * bytes;
        for (long s : steps) {
            all |= s * bytes;
        }
        return (int) Math.min(64, Long.lowestOneBit(all));
    }

    /** {@code MatmulArgs}. */
    private long[] words() {
        long[] w = new long[10 + 16];
        w[3] = m;
        w[4] = n;
        w[5] = k;
        int la = a.strides().length;
        int lb = b.strides().length;
        w[6] = a.strides()[la - 2];
        w[7] = a.strides()[la - 1];
        w[8] = b.strides()[lb - 2];
        w[9] = b.strides()[lb - 1];
        batch(w, 10, a);
        batch(w, 18, b);
        return w;
    }

    private static void batch(long[] w, int at, MatrixView v) {
        int n = v.batch().length;
        if (n > 4) {
            throw new UnsupportedOperationException("a product over " + n + " batch axes of an operand; reshape it to fewer");
        }
        for (int i = 0; i < 4; i++) {
            boolean there = i >= 4 - n;
            w[at + i] = there ? v.batch()[i - 4 + n] : 1;
            w[at + 4 + i] = there ? v.strides()[i - 4 + n] : 0;
        }
    }

    @Override
    public List<TextLaunch> kernels() {
        return own == null ? epilogue == null ? List.of() : List.of(epilogue) : epilogue == null ? List.of(own) : List.of(own, epilogue);
    }

    @Override
    public long scratchBytes() {
        return library == null ? 0 : library.workspaceBytes();
    }

    @Override
    public void run(CudaRuntime runtime, long[] x, long y, long scratch, long trap) {
        long pa = x[0] + a.offset() * bytes;
        long pb = x[1] + b.offset() * bytes;
        int next = 2;
        long bias = call.bias() >= 0 ? x[next++] : 0;
        long addend = call.addend() >= 0 ? x[next] : 0;
        if (k == 0) {
            runtime.driver().fill(y, 0, batches * m * n * bytes, runtime.compute());
        } else if (library != null) {
            walk(runtime, 0, pa, pb, bias, y, batches * m * n * bytes, scratch);
        } else {
            own.set(0, pa).set(1, pb).set(2, y).blocks(runtime, batches * ((m + 31) / 32) * ((n + 31) / 32));
        }
        if (epilogue != null) {
            epilogue.set(0, y).set(1, library == null ? bias : 0).set(2, addend).run(runtime, batches * m * n);
        }
    }

    /** One call for each position of all batch axes but the last. */
    private void walk(CudaRuntime runtime, int axis, long pa, long pb, long bias, long y, long span, long scratch) {
        if (axis >= axes.extents().size() - 1) {
            library.run(bias == 0 ? new long[] {pa, pb} : new long[] {pa, pb, bias}, y, scratch, runtime.compute());
            return;
        }
        long extent = axes.extents().get(axis);
        for (long i = 0; i < extent; i++) {
            walk(runtime, axis + 1, pa + i * axes.a().get(axis) * bytes, pb + i * axes.b().get(axis) * bytes, bias, y + i * (span / extent),
                    span / extent, scratch);
        }
    }

    @Override
    public void close() {
        if (library != null) {
            library.close();
        }
    }
}
